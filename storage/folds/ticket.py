"""A ticket's facts and mails to its row. Pure, without clock or configuration.

A set of facts has one meaning in whatever order it came, so two desks that hold the same
facts and mails show the same ticket.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from storage.folds import pauses
from storage.folds.cells import Cells, word
from storage.records import keys
from storage.records.desk import DeskSettings
from storage.records.facts import Stamped
from storage.records.words import Category, CloseRequirement, Direction, LinkUse, Priority, Status
from storage.rules import closing, sla

_REPLY_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw|fw|fwd|wg)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE
)
CHANNEL = "email"
"The only one there is so far."
_REOPENED_BY_MAIL = frozenset({Status.CLOSED, Status.DISMISSED, Status.PENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldMail:
    """What the fold needs of one mail of the ticket."""

    id: int
    key: bytes
    direction: Direction
    is_auto: bool
    is_member: bool
    arrival_ms: int
    date_ms: int
    sender: str
    sender_name: str
    subject: str
    snippet: str
    has_body: bool

    @property
    def is_human(self) -> bool:
        return self.is_member and not self.is_auto

    @property
    def happened_ms(self) -> int:
        """The earlier of arrival and Date: a migrated mailbox arrived in one day."""
        return min(self.arrival_ms, self.date_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteState:
    uid: str
    actor: str
    at_ms: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketState:
    """A row of `ticket` with its links and notes."""

    uid: str
    subject: str
    requester: str
    requester_name: str
    status: Status
    raw_status: Status
    reopened_why: str
    ended_ms: int | None
    category: Category | None
    area: str | None
    assignee: str | None
    priority: Priority
    channel: str
    snoozed_ms: int | None
    merged_into: str | None
    created_ms: int
    activity_ms: int
    first_response_ms: int | None
    due_ms: int | None
    last_from: Direction
    messages: int
    last_message: int
    snippet: str
    fetching: bool
    links: frozenset[tuple[str, str, str | None]]
    "(kind, target, use)"
    notes: tuple[NoteState, ...]


@dataclass(frozen=True, slots=True)
class _Standing:
    status: Status
    raw: Status
    why: str
    ended_ms: int | None


def fold(
    uid: str,
    facts: Iterable[Stamped],
    mails: Sequence[FoldMail],
    desk: DeskSettings,
    *,
    merged: Iterable[Stamped] = (),
    merged_into: str | None = None,
) -> TicketState | None:
    """Return the ticket's state; None where there is nothing to show.

    `facts` are those about it and its aliases, `merged` those of tickets whose notes and
    links join it; `merged_into` is the survivor, where threading took its messages there.
    """
    cells, joined = Cells(facts), Cells(merged)
    mails = sorted(mails, key=lambda mail: (mail.arrival_ms, mail.id))
    if merged_into is None and not mails:
        return None
    members = [mail for mail in mails if mail.is_member] or mails
    links = _links(cells) | _links(joined)
    standing = _standing(cells, mails, links, desk=desk, merged_into=merged_into)
    notes = _notes(uid, cells, joined) if merged_into is None else ()
    return TicketState(
        uid=uid,
        messages=sum(mail.is_member for mail in mails),
        last_message=max((mail.id for mail in mails), default=0),
        snoozed_ms=_snoozed(cells, mails),
        merged_into=merged_into,
        links=links,
        notes=notes,
        **_decided(cells, standing),
        **_said(members, cells, notes, standing, desk),
    )


class _Decided(TypedDict):
    """What facts say of a ticket."""

    status: Status
    raw_status: Status
    reopened_why: str
    ended_ms: int | None
    category: Category | None
    area: str | None
    assignee: str | None
    priority: Priority


def _decided(cells: Cells, standing: _Standing) -> _Decided:
    return _Decided(
        status=standing.status,
        raw_status=standing.raw,
        reopened_why=standing.why,
        ended_ms=standing.ended_ms,
        category=word(Category, cells.maybe(keys.CATEGORY)),
        area=cells.maybe(keys.AREA),
        assignee=cells.maybe(keys.ASSIGNEE),
        priority=_priority(cells),
    )


class _Said(TypedDict):
    """What the mails alone say of a ticket."""

    subject: str
    requester: str
    requester_name: str
    channel: str
    created_ms: int
    activity_ms: int
    first_response_ms: int | None
    due_ms: int | None
    last_from: Direction
    snippet: str
    fetching: bool


def _said(
    members: Sequence[FoldMail],
    cells: Cells,
    notes: tuple[NoteState, ...],
    standing: _Standing,
    desk: DeskSettings,
) -> _Said:
    customer = next((m for m in members if m.direction is Direction.IN), None)
    last = next((mail for mail in reversed(members) if mail.is_human), None)
    newest = members[-1] if members else None
    created_ms = min((mail.arrival_ms for mail in members), default=_first_ms(cells))
    response_ms = first_response_ms(members)
    return _Said(
        subject=_subject(members),
        requester=customer.sender if customer else "",
        requester_name=customer.sender_name if customer else "",
        channel=CHANNEL,
        created_ms=created_ms,
        activity_ms=max([m.arrival_ms for m in members] + [n.at_ms for n in notes], default=0),
        first_response_ms=response_ms,
        due_ms=_due_ms(
            members,
            cells,
            standing,
            desk,
            start_ms=max(created_ms, _clock_ms(cells)),
            is_answered=response_ms is not None,
        ),
        last_from=last.direction if last else Direction.IN,
        snippet=newest.snippet if newest else "",
        fetching=bool(newest and not newest.has_body),
    )


def _due_ms(
    members: Sequence[FoldMail],
    cells: Cells,
    standing: _Standing,
    desk: DeskSettings,
    *,
    start_ms: int,
    is_answered: bool,
) -> int | None:
    """Return the instant of the clock that runs: until the first answer it is that answer's."""
    if standing.status.has_ended:
        return None
    promise = sla.Promise(targets={**sla.DEFAULTS, **desk.targets}, hours=desk.hours)
    priority = _priority(cells)
    if not is_answered:
        return promise.first_response_due_ms(start_ms, priority=priority, channel=CHANNEL)
    if standing.status in {Status.PENDING, Status.ON_HOLD}:
        return None
    came = (one.arrival_ms for one in members if one.direction is Direction.IN and one.is_human)
    stood = pauses.pauses(cells, came)
    if stood and stood[-1][1] is None:
        # reopened by a mail that whoever ended it had not seen: it never stood still
        stood.pop()
    return promise.resolution_due_ms(start_ms, stood, priority=priority, channel=CHANNEL)


def first_response_ms(mails: Iterable[FoldMail]) -> int | None:
    """Return when the first human answer to a customer was accepted; None while there is none."""
    asked = False
    for mail in mails:
        if mail.direction is Direction.IN:
            asked = True
        elif asked and mail.is_human:
            return mail.arrival_ms
    return None


def unseen(cells: Cells, mails: Iterable[FoldMail]) -> list[FoldMail]:
    """Return the customer's mails that whoever decided last had not on their desk.

    No times are compared: a mail that reached the server while an engineer closed offline
    is not lost.
    """
    held = cells.value(keys.SEEN)
    seen = (
        {one for one in held if isinstance(one, str)} if isinstance(held, list | tuple) else set()
    )
    return [
        mail
        for mail in mails
        if mail.direction is Direction.IN and mail.is_human and mail.key[:8].hex() not in seen
    ]


def _standing(
    cells: Cells,
    mails: Sequence[FoldMail],
    links: frozenset[tuple[str, str, str | None]],
    *,
    desk: DeskSettings,
    merged_into: str | None,
) -> _Standing:
    category = word(Category, cells.maybe(keys.CATEGORY))
    holder = cells.holder(keys.STATUS)
    raw = word(Status, cells.maybe(keys.STATUS)) or Status.NEW
    if merged_into is not None:
        return _Standing(Status.MERGED, raw, "", cells.last_ms)
    if holder is None or raw is Status.NEW:
        ended = _before_the_desk(mails, desk)
        if ended is not None and not cells:
            return _Standing(Status.DISMISSED, Status.NEW, "", ended)
        touched = bool(cells) or any(m.direction is Direction.OUT and m.is_human for m in mails)
        return _Standing(Status.OPEN if touched else Status.NEW, raw, "", None)
    at_ms = holder.at_ms
    if raw in _REOPENED_BY_MAIL and unseen(cells, mails):
        why = "Reopened: the customer wrote again" if raw.has_ended else ""
        return _Standing(Status.OPEN, raw, why, None)
    kb_links = sum(kind == "kb" for kind, _, _ in links)
    if raw is Status.CLOSED and (missing := closing.broken_invariant(category, kb_links)):
        return _Standing(Status.OPEN, raw, _lost(cells, missing, desk), None)
    return _Standing(raw, raw, "", at_ms if raw.has_ended else None)


def _lost(cells: Cells, missing: frozenset[CloseRequirement], desk: DeskSettings) -> str:
    if CloseRequirement.KB_LINK in missing:
        removal = max((one for _, one in cells.gone(keys.KB)), key=lambda o: o.stamp, default=None)
        what = "the KB link"
    else:
        removal, what = cells.holder(keys.CATEGORY), "the category"
    who = desk.name_of(removal.actor) if removal else "somebody"
    return f"Reopened: {who} removed {what}"


def _before_the_desk(mails: Sequence[FoldMail], desk: DeskSettings) -> int | None:
    if desk.since_ms is None or not mails:
        return None
    last = max(mail.happened_ms for mail in mails)
    return last if last < desk.since_ms else None


def _snoozed(cells: Cells, mails: Sequence[FoldMail]) -> int | None:
    until = cells.value(keys.SNOOZED_UNTIL)
    return until if isinstance(until, int) and until and not unseen(cells, mails) else None


def _priority(cells: Cells) -> Priority:
    return word(Priority, cells.maybe(keys.PRIORITY)) or Priority.NORMAL


def _clock_ms(cells: Cells) -> int:
    clock = cells.value(keys.CLOCK)
    return clock if isinstance(clock, int) else 0


def _links(cells: Cells) -> frozenset[tuple[str, str, str | None]]:
    found: set[tuple[str, str, str | None]] = set()
    for target, one in cells.elements(keys.KB):
        use = one.fact.value
        found.add(("kb", target, use if isinstance(use, str) else LinkUse.USED.value))
    for kind, prefix in (("bug", keys.BUG), ("feature", keys.FEATURE), ("tag", keys.TAG)):
        found.update((kind, target, None) for target, _ in cells.elements(prefix))
    return frozenset(link for link in found if link[1])


def _notes(uid: str, *sources: Cells) -> tuple[NoteState, ...]:
    notes = [
        NoteState(uid=note, actor=one.actor, at_ms=one.at_ms, body=str(one.fact.value))
        for cells in sources
        for note, one in cells.elements(keys.NOTE)
    ]
    return tuple(sorted(notes, key=lambda note: (note.at_ms, note.uid, uid)))


def _subject(mails: Sequence[FoldMail]) -> str:
    first = next((mail.subject for mail in mails if mail.subject.strip()), "")
    return _REPLY_PREFIX.sub("", first).strip() or "(no subject)"


def _first_ms(cells: Cells) -> int:
    return cells.first.at_ms if cells.first else 0
