"""What a ticket is, above what was said on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from textual.reactive import reactive

from storage.records.ticket import TicketSummary
from storage.records.words import Category, CloseRequirement, Priority
from widgets.category_form import category_name
from widgets.cells import Line, clip_line, shorten, spread, width_of
from widgets.painted import PaintedLines
from widgets.ticket_row import status_words
from widgets.times import age, due

_SEPARATOR = (" \N{BOX DRAWINGS LIGHT VERTICAL} ", "rule-strong")


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the team calls its people and categories."""

    me: str = ""
    engineers: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[Category, str] = field(default_factory=dict)
    bugs: Mapping[str, str] = field(default_factory=dict)
    "Titles by id, as far as known."


class TicketHead(PaintedLines):
    """Three or four lines: subject and clock; who; what it is filed under; why it is open again."""

    DEFAULT_CSS = "TicketHead { height: auto; }"

    ticket: reactive[TicketSummary | None] = reactive(None)
    missing: reactive[frozenset[CloseRequirement]] = reactive(frozenset())
    names: reactive[Names] = reactive(Names())
    now: reactive[datetime] = reactive(datetime.fromtimestamp(0, UTC))

    def watch_ticket(self, before: TicketSummary | None, ticket: TicketSummary | None) -> None:
        # a layout costs more than everything that a walk down the list repaints
        if _height(before) != _height(ticket):
            self.refresh(layout=True)

    def lines(self, width: int) -> list[Line]:
        ticket = self.ticket
        if ticket is None:
            return []
        found = [
            self._first(ticket, width),
            self._people(ticket, width),
            self._filed(ticket, width),
        ]
        if ticket.reopened_why:
            found.append((("  ", ""), (shorten(ticket.reopened_why, width - 3), "soon")))
        return found

    def _first(self, ticket: TicketSummary, width: int) -> Line:
        _, word, role = status_words(ticket, now=self.now)
        clock: Line = ()
        if ticket.due_at is not None and not ticket.status.has_ended:
            clock = (due(ticket.due_at, now=self.now), ("  ", ""))
        right = (("  ", ""), *clock, (word, role), (" ", ""))
        room = max(width - sum(width_of(text) for text, _ in right) - 10, 10)
        subject = shorten(ticket.subject or "(no subject)", room)
        left = ((f"  {ticket.handle}  ", "handle"), (subject, "bold ink-strong"))
        return spread(left, right, width)

    def _people(self, ticket: TicketSummary, width: int) -> Line:
        who = ticket.requester
        named = ((f"{who.name} ", "ink"),) if who.name else ()
        cells = [("  ", ""), *named, (f"<{who.email}>" if who.name else who.email, "ink-dim")]
        cells += [_SEPARATOR, (self._assignee(ticket), "ink-dim")]
        if ticket.priority is not Priority.NORMAL:
            cells += [_SEPARATOR, (ticket.priority.value, f"severity-{_LIKE[ticket.priority]}")]
        cells += [_SEPARATOR, (f"{age(ticket.created_at, now=self.now)} old", "ink-faint")]
        if ticket.reply_waiting:
            cells += [_SEPARATOR, ("reply waiting", "soon")]
        return clip_line(tuple(cells), width)

    def _assignee(self, ticket: TicketSummary) -> str:
        if ticket.assignee is None:
            return "nobody has it"
        if ticket.assignee == self.names.me:
            return "mine"
        return self.names.engineers.get(ticket.assignee) or ticket.assignee

    def _filed(self, ticket: TicketSummary, width: int) -> Line:
        gap, there = "soon", "ink"
        category = ticket.category and category_name(ticket.category, self.names.categories)
        cells = [("  ", ""), (category or "no category", there if category else gap)]
        cells += [(f" / {ticket.area}", "ink-dim")] if ticket.area else []
        links = [link.title or link.target for link in ticket.kb_links]
        counts = CloseRequirement.KB_LINK not in self.missing
        said = shorten(links[0], 40) if links else "no KB link"
        cells += [_SEPARATOR, ("KB " if links else "", "ink-faint")]
        cells.append((said, there if links and counts else gap))
        cells += [(f" +{len(links) - 1}", "ink-faint")] if len(links) > 1 else []
        if links and not counts:
            cells.append((" (says no answer yet)", gap))
        for bug in ticket.bugs:
            cells += [_SEPARATOR, ("bug ", "ink-faint"), (self._bug(bug), "ink-dim")]
        cells += [(f"  #{tag}", "ink-faint") for tag in ticket.tags]
        return clip_line(tuple(cells), width)

    def _bug(self, bug: str) -> str:
        return shorten(self.names.bugs.get(bug, bug[:4]), 32)

    def ground(self, y: int) -> str:
        del y
        return "strip"


def _height(ticket: TicketSummary | None) -> int:
    return 0 if ticket is None else 4 if ticket.reopened_why else 3


_LIKE = {Priority.CRITICAL: "critical", Priority.HIGH: "high", Priority.LOW: "low"}
"Priorities look like severities."
