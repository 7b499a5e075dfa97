"""One ticket as one line, from 50 to 250 cells.

What decides whose turn it is never leaves the line: unread, who, what about, the clock, the
status. The rest comes in as the terminal grows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from storage.records.ticket import TicketSummary
from storage.records.words import Category, Direction, Priority, Status
from widgets.cells import Line, clip, fit, fit_right, shorten, width_of
from widgets.times import age, due

UNREAD, REPLY_WAITING = "\N{BLACK SMALL SQUARE}", "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
_PRIORITY = {
    Priority.CRITICAL: ("!!", "bold severity-critical"),
    Priority.HIGH: ("! ", "severity-high"),
    Priority.NORMAL: ("  ", ""),
    Priority.LOW: ("  ", ""),
}
STATUS = {
    Status.NEW: ("N", "new", "bold status-new"),
    Status.OPEN: ("O", "open", "status-open"),
    Status.PENDING: ("W", "waiting", "status-waiting"),
    Status.ON_HOLD: ("B", "on bug", "status-waiting"),
    Status.CLOSED: ("C", "closed", "status-ended"),
    Status.DISMISSED: ("X", "dismissed", "ink-faint"),
    Status.MERGED: ("M", "merged", "ink-faint"),
}
"Letter, word and role of each status."
_SNOOZED = ("Z", "snoozed", "status-waiting")


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns; 0 leaves one out. The subject takes what is left."""

    who: int
    subject: int
    gate: int
    category: int
    assignee: int
    talk: int
    age: int
    clock: int
    status: int


@lru_cache(64)
def columns(width: int) -> Columns:
    """Return what fits into `width` cells."""
    named = {
        "who": 12 if width < 72 else 16 if width < 110 else 20 if width < 170 else 26,
        "gate": 0 if width < 66 else 2,
        "category": 0 if width < 94 else 14 if width < 132 else 26 if width < 190 else 32,
        "assignee": 0 if width < 108 else 10 if width < 150 else 14,
        "talk": 0 if width < 120 else 3,
        "age": 0 if width < 126 else 4,
        "clock": 8,
        "status": 1 if width < 118 else 9,
    }
    spent = 10 + sum(each + 2 for each in named.values() if each)
    return Columns(subject=max(width - spent, 0), **named)


@dataclass(frozen=True, kw_only=True)
class TicketPainter:
    """Paints tickets for one engineer."""

    me: str = ""
    "My address: what is mine says 'me'."
    names: Mapping[str, str] = field(default_factory=dict)
    "Engineers by address."
    category_names: Mapping[Category, str] = field(default_factory=dict)
    "What the team calls a category."

    def __call__(self, ticket: TicketSummary, /, *, width: int, now: datetime) -> Line:
        plan = columns(width)
        has_ended = ticket.status.has_ended
        ink = "ink-dim" if has_ended else "bold ink-strong" if ticket.unread else "ink"
        cells = [
            (UNREAD if ticket.unread else " ", "unread"),
            _PRIORITY[Priority.NORMAL if has_ended else ticket.priority],
            (" ", ""),
            (fit(ticket.handle, 6), "handle"),
            (fit(shorten(self._who(ticket), plan.who), plan.who), ink),
            ("  ", ""),
            *_about(ticket, plan.subject, ink),
        ]
        for text, role, size in self._right(ticket, plan, now):
            if size:
                cells += [("  ", ""), (text, role)]
        return tuple(cells)

    def _who(self, ticket: TicketSummary) -> str:
        return ticket.requester.name or ticket.requester.email or "(no sender)"

    def _right(
        self, ticket: TicketSummary, plan: Columns, now: datetime
    ) -> tuple[tuple[str, str, int], ...]:
        when, urgency = self._clock(ticket, plan, now)
        letter, word, role = status_words(ticket, now=now)
        talk = str(min(ticket.messages, 999)) if ticket.messages > 1 else ""
        return (
            (
                gate_letters(ticket),
                "ink-faint" if ticket.status.has_ended else "ink-dim",
                plan.gate,
            ),
            (fit(self._kind(ticket, plan.category), plan.category), "ink-dim", plan.category),
            (fit(self._assignee(ticket, plan.assignee), plan.assignee), "ink-dim", plan.assignee),
            (fit_right(talk, plan.talk), "ink-faint", plan.talk),
            (fit_right(age(ticket.activity_at, now=now), plan.age), "ink-faint", plan.age),
            (fit_right(when, plan.clock), urgency, plan.clock),
            (letter if plan.status == 1 else fit(word, plan.status), role, plan.status),
        )

    def _clock(self, ticket: TicketSummary, plan: Columns, now: datetime) -> tuple[str, str]:
        """Return the deadline; where there is none and no column for the age, the age."""
        if ticket.due_at is not None and not ticket.status.has_ended:
            return due(ticket.due_at, now=now)
        return ("", "") if plan.age else (age(ticket.activity_at, now=now), "ink-faint")

    def _kind(self, ticket: TicketSummary, width: int) -> str:
        if ticket.category is None:
            return shorten(ticket.area or "", width)
        name = self.category_names.get(ticket.category, ticket.category.value)
        if width < 20 or not ticket.area:
            return shorten(name, width)
        return shorten(f"{name}/{ticket.area}", width)

    def _assignee(self, ticket: TicketSummary, width: int) -> str:
        if ticket.assignee is None:
            return "-"
        if ticket.assignee == self.me:
            return "me"
        return shorten(self.names.get(ticket.assignee, ticket.assignee.partition("@")[0]), width)


def _about(ticket: TicketSummary, width: int, ink: str) -> Line:
    """Return the subject and, dimmed, how the last words begin."""
    signs = f"{REPLY_WAITING} " if ticket.reply_waiting else ""
    room = max(width - len(signs), 0)
    subject = clip(ticket.subject.strip() or "(no subject)", room)
    left = room - width_of(subject)
    rest = fit("  " + _then(ticket), left) if left > 6 else " " * left
    role = "defect" if ticket.reopened_why else "ink-faint"
    return ((signs, "bold reply"), (subject, ink), (rest, role))


def _then(ticket: TicketSummary) -> str:
    if ticket.fetching:
        return "on the server" if ticket.comes_when_asked else "fetching.."
    if ticket.reopened_why:
        return ticket.reopened_why
    said = "us: " if ticket.last_from is Direction.OUT and ticket.snippet else ""
    return said + " ".join(ticket.snippet.split())


def gate_letters(ticket: TicketSummary) -> str:
    """Return C and K for the category and KB link a close needs, '-' for the one that lacks."""
    return ("C" if ticket.category else "-") + ("K" if ticket.kb_links else "-")


def status_words(ticket: TicketSummary, *, now: datetime) -> tuple[str, str, str]:
    """Return letter, word and role of what the ticket waits for."""
    if ticket.snoozed_until is not None and ticket.snoozed_until > now:
        return _SNOOZED
    return STATUS[ticket.status]
