"""When a ticket's resolution clock stood still. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from storage.folds.cells import Cells, word
from storage.records import keys
from storage.records.words import Status
from storage.rules.sla import Pause

_WAITS = frozenset({Status.PENDING, Status.ON_HOLD, Status.CLOSED, Status.DISMISSED})
_ENDED_BY_MAIL = _WAITS - {Status.ON_HOLD}


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    at_ms: int
    status: Status | None = None
    "None: the customer wrote."


def pauses(cells: Cells, customers_ms: Iterable[int]) -> list[Pause]:
    """Return when it waited on somebody, had ended or slept: ascending, apart from one another.

    `customers_ms` is when mail of people came in.
    """
    came = sorted(customers_ms)
    return _merged(sorted([*_waits(cells, came), *_sleeps(cells, came)], key=lambda one: one[0]))


def _waits(cells: Cells, came: Sequence[int]) -> Iterator[Pause]:
    events = [
        _Event(one.at_ms, found)
        for one in cells.history(keys.STATUS)
        if (found := word(Status, str(one.fact.value)))
    ]
    events = sorted([*events, *(_Event(at) for at in came)], key=lambda one: one.at_ms)
    since, waits = 0, Status.OPEN
    for event in events:
        becomes = event.status or (Status.OPEN if waits in _ENDED_BY_MAIL else waits)
        if waits in _WAITS and becomes not in _WAITS:
            yield since, event.at_ms
        if becomes in _WAITS and waits not in _WAITS:
            since = event.at_ms
        waits = becomes
    if waits in _WAITS:
        yield since, None


def _sleeps(cells: Cells, came: Sequence[int]) -> Iterator[Pause]:
    naps = list(cells.history(keys.SNOOZED_UNTIL))
    for nap, after in zip(naps, [*naps[1:], None], strict=False):
        until = nap.fact.value
        if isinstance(until, int) and until > nap.at_ms:
            woken = next((at for at in came if at > nap.at_ms), until)
            yield nap.at_ms, min(until, woken, until if after is None else after.at_ms)


def _merged(some: Iterable[Pause]) -> list[Pause]:
    found: list[Pause] = []
    for begins, ends in some:
        if found and (found[-1][1] is None or begins <= found[-1][1]):
            before, till = found[-1]
            found[-1] = (before, None if till is None or ends is None else max(till, ends))
        else:
            found.append((begins, ends))
    return found
