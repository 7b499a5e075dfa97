"""Which body comes next: wishes, then the newest, large ones last, the largest never unasked.

A text above 1 MB comes alone: it is fetched in pieces.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from storage.mail import plan
from storage.queries import sync as queries
from storage.queries.sync import WantedBody
from storage.store import Desk
from storage.sync.box import Box
from storage.sync.inbound import Inbound
from storage.sync.portion import Portion

_ABOVE_ALL: Final = 2**32
_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Share:
    """Bodies of one folder that are to be fetched, under the numbers of one generation."""

    box: Box
    generation: int
    wanted: Sequence[WantedBody]

    @property
    def is_stale(self) -> bool:
        return self.generation != self.box.generation


class BodyQueue:
    """What is still to be fetched in one session, folder by folder in turn."""

    def __init__(self, desk: Desk, inbound: Inbound, *, since_ms: int) -> None:
        self._desk = desk
        self._inbound = inbound
        self._since_ms = since_ms
        self._waiting: list[Share] = []
        self._passed: set[tuple[int, int, int]] = set()
        "(folder, generation, UID) that the server refused, or has no more: not asked for again just now."

    @property
    def has_more(self) -> bool:
        """Whether `next` would return something without looking for it."""
        return bool(self._waiting)

    def wishes(self) -> Iterator[Share]:
        """Yield what somebody waits for, the newest wish first."""
        met: set[int] = set()
        for box in self._inbound.boxes:
            for one in self._not_passed(box, self._desk.hot(queries.wishes(box.folder.id))):
                if one.message_id not in met:
                    met.add(one.message_id)
                    yield Share(box, box.generation, [one])

    def next(self, portion: Portion) -> Share | None:
        """Return the next bodies of one folder, at most so many and so large; None at the end."""
        is_old = self._inbound.has_new_mail or any(one.is_stale for one in self._waiting)
        if is_old or not self._waiting:
            self._inbound.has_new_mail = False
            self._waiting = list(self._filled())
        if not self._waiting:
            return None
        share = self._waiting.pop(0)
        now = _begin(share, portion)
        if later := share.wanted[len(now.wanted) :]:
            self._waiting.insert(0, replace(share, wanted=later))
        return now

    def following(self, box: Box, portion: Portion) -> Sequence[WantedBody]:
        """Return what `next` would give, if it can be asked for ahead and nothing comes between."""
        share = self._waiting[0] if self._waiting else None
        if share is None or share.box is not box or share.is_stale or self._inbound.has_new_mail:
            return []
        can_wait = portion.is_quick and not is_large(share.wanted[0])
        return _begin(share, portion).wanted if can_wait else []

    def patient(self, portion: Portion) -> Share | None:
        """Return what is to come when nobody waits for anything; None where there is nothing.

        Asked anew each time: it may be taken back at any moment.
        """
        for box in self._inbound.boxes:
            some = self._desk.hot(queries.patient_wishes(box.folder.id, limit=_AT_ONCE))
            if wanted := self._not_passed(box, some):
                wanted.sort(key=is_large)
                share = Share(box, box.generation, wanted)
                return _begin(share, portion)
        return None

    def copies(self, *, most: int) -> Iterator[Share]:
        """Yield copies whose body is to be compared."""
        for box in self._inbound.boxes:
            below = _ABOVE_ALL
            while some := self._desk.hot(
                queries.unchecked(box.folder.id, below, limit=most, max_size=plan.LARGEST_BODY)
            ):
                below = some[-1].uid
                generation = box.generation
                asked = self._not_passed(box, some)
                for at in plan.cut([one.size for one in asked], most=most):
                    yield Share(box, generation, asked[at.start : at.stop])

    def pass_over(self, box: Box, one: WantedBody) -> None:
        self._passed.add((box.folder.id, box.generation, one.uid))

    def ask_again(self) -> bool:
        """Forget what was passed over; return whether anything was."""
        had = bool(self._passed)
        self._passed.clear()
        return had

    def _filled(self) -> Iterator[Share]:
        (count,) = self._desk.hot(queries.bodiless_upto(_AT_ONCE))
        for larger_than, max_size in (
            (-1, plan.SMALL_BODY),
            (plan.SMALL_BODY, plan.LARGEST_BODY),
        ):
            met: set[int] = set()
            for box in self._inbound.boxes:
                # two copies, in one folder or in two, have one body
                wanted = []
                for one in self._of(
                    box, larger_than=larger_than, max_size=max_size, are_few=count < _AT_ONCE
                ):
                    if one.message_id not in met:
                        met.add(one.message_id)
                        wanted.append(one)
                if wanted:
                    yield Share(box, box.generation, wanted)
            if met:
                return

    def _of(self, box: Box, *, larger_than: int, max_size: int, are_few: bool) -> list[WantedBody]:
        below = _ABOVE_ALL
        while some := self._desk.hot(
            queries.bodies_below(
                box.folder.id,
                below,
                limit=_AT_ONCE,
                larger_than=larger_than,
                max_size=max_size,
                since_ms=self._since_ms,
                are_few=are_few,
            )
        ):
            if wanted := self._not_passed(box, some):
                return wanted
            below = some[-1].uid
        return []

    def _not_passed(self, box: Box, wanted: Sequence[WantedBody]) -> list[WantedBody]:
        passed = self._passed
        return [one for one in wanted if (box.folder.id, box.generation, one.uid) not in passed]


def _begin(share: Share, portion: Portion) -> Share:
    """Return the first of a share that are fetched at once."""
    most = 1 if is_large(share.wanted[0]) else portion.most
    sizes = [one.size for one in share.wanted if is_large(one) == is_large(share.wanted[0])]
    end = next(plan.cut(sizes, most=most, most_bytes=portion.most_bytes)).stop
    return replace(share, wanted=share.wanted[:end])


def is_large(one: WantedBody) -> bool:
    """Return whether a text is fetched in pieces."""
    return one.size > plan.SMALL_BODY
