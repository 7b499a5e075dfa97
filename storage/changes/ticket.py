"""What engineers decide about a ticket."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Connection

from storage.changes.base import known_area
from storage.db.engine import fetch
from storage.errors import CloseBlockedError, RuleBrokenError, UsageError
from storage.queries import hot, tickets, work
from storage.records import keys
from storage.records.facts import Fact, Json
from storage.records.ids import BugId, FeatureId, NoteId, TicketId
from storage.records.local import ArchiveWanted, LocalRow
from storage.records.ticket import KbLink, TicketSummary
from storage.records.words import ArticleState, Category, CloseRequirement, Priority, Status
from storage.rules import closing
from storage.rules.closing import LinkedPage

_SETTABLE = frozenset({Status.OPEN, Status.PENDING, Status.ON_HOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTicket:
    """An engineer is done with the ticket."""

    kind: ClassVar[str] = "ticket.close"
    ticket_id: TicketId
    category: Category | None = None
    "Chosen in the close sheet; None keeps the ticket's own."
    area: str | None = None
    kb_links: tuple[KbLink, ...] = ()
    shown: frozenset[str] | None = None
    "Hex of the first 8 bytes of the inbound mails that its closer saw; None: all that are here."

    def check(self, conn: Connection) -> None:
        """Refuse unless the ticket, with what was chosen, has a category and a KB link.

        Raises:
            NotFoundError: no such ticket, or no such article.
            CloseBlockedError: something is still missing.
            RuleBrokenError: the ticket has ended already.
        """
        ticket = tickets.summary(conn, self.ticket_id)
        if ticket.status.has_ended:
            raise RuleBrokenError(f"Ticket {ticket.handle} cannot be closed: {_ended(ticket)}.")
        known_area(conn, self.area)
        missing = missing_before_close(
            conn, ticket, category=self.category, area=self.area, kb_links=self.kb_links
        )
        if missing:
            raise CloseBlockedError(ticket.handle, missing)

    def facts(self, conn: Connection) -> Iterable[Fact]:
        ticket = tickets.summary(conn, self.ticket_id)
        entity = keys.ticket(ticket.id)
        if self.category and self.category is not ticket.category:
            yield Fact(entity, keys.CATEGORY, self.category.value)
        if self.area and self.area != ticket.area:
            yield Fact(entity, keys.AREA, self.area)
        for link in self.kb_links:
            yield Fact(entity, keys.KB + link.target, link.use.value)
        yield from _ended_with(conn, ticket, Status.CLOSED, shown=self.shown)

    def local(self, conn: Connection) -> Iterable[LocalRow]:
        if tickets.settings(conn).archive_closed:
            yield ArchiveWanted(ticket_uid=tickets.summary(conn, self.ticket_id).id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenTicket:
    kind: ClassVar[str] = "ticket.reopen"
    ticket_id: TicketId

    def check(self, conn: Connection) -> None:
        ticket = tickets.summary(conn, self.ticket_id)
        if ticket.status is Status.MERGED:
            raise RuleBrokenError(
                f"Ticket {ticket.handle} cannot be reopened: it was merged into another."
            )
        if not ticket.status.has_ended:
            raise RuleBrokenError(f"Ticket {ticket.handle} cannot be reopened: it is open.")

    def facts(self, conn: Connection) -> Iterable[Fact]:
        ticket = tickets.summary(conn, self.ticket_id)
        yield Fact(keys.ticket(ticket.id), keys.STATUS, Status.OPEN.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissTicket:
    """Not a ticket: spam, a robot, misdirected."""

    kind: ClassVar[str] = "ticket.dismiss"
    ticket_id: TicketId

    def check(self, conn: Connection) -> None:
        """Refuse once an engineer answered: that was a ticket, and it closes through the gate."""
        ticket = tickets.summary(conn, self.ticket_id)
        if ticket.status.has_ended:
            raise RuleBrokenError(f"Ticket {ticket.handle} cannot be dismissed: {_ended(ticket)}.")
        if tickets.was_answered(conn, ticket.id):
            raise RuleBrokenError(
                f"Ticket {ticket.handle} cannot be dismissed: it was answered. Close it instead."
            )

    def facts(self, conn: Connection) -> Iterable[Fact]:
        return _ended_with(conn, tickets.summary(conn, self.ticket_id), Status.DISMISSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatus:
    """Open, waiting on the customer (pending) or waiting on a bug (on_hold)."""

    kind: ClassVar[str] = "ticket.status"
    ticket_id: TicketId
    status: Status
    shown: frozenset[str] | None = None
    "As of CloseTicket."

    def check(self, conn: Connection) -> None:
        ticket = tickets.summary(conn, self.ticket_id)
        if self.status not in _SETTABLE:
            raise UsageError(
                f"A ticket cannot be set to {self.status}: open, pending or on_hold are allowed."
            )
        if ticket.status.has_ended and self.status is not Status.OPEN:
            raise RuleBrokenError(
                f"Ticket {ticket.handle} cannot be set to {self.status}: {_ended(ticket)}. Reopen it first."
            )

    def facts(self, conn: Connection) -> Iterable[Fact]:
        ticket = tickets.summary(conn, self.ticket_id)
        return _ended_with(conn, ticket, self.status, shown=self.shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignTicket:
    kind: ClassVar[str] = "ticket.assign"
    ticket_id: TicketId
    engineer: str | None
    "Address; None takes the assignment away."

    def check(self, conn: Connection) -> None:
        tickets.summary(conn, self.ticket_id)
        if self.engineer is not None and "@" not in self.engineer:
            raise UsageError(f"'{self.engineer}' is no address of an engineer.")

    def facts(self, conn: Connection) -> Iterable[Fact]:
        who = self.engineer.lower() if self.engineer else None
        yield _register(conn, self.ticket_id, keys.ASSIGNEE, who)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCategory:
    kind: ClassVar[str] = "ticket.category"
    ticket_id: TicketId
    category: Category | None

    def check(self, conn: Connection) -> None:
        ticket = tickets.summary(conn, self.ticket_id)
        if self.category is None and ticket.status is Status.CLOSED:
            raise RuleBrokenError(
                f"Ticket {ticket.handle} cannot lose its category: it is closed. Reopen it first."
            )
        if self.category in tickets.settings(conn).categories_off:
            raise RuleBrokenError(f"The category {self.category} is switched off on this desk.")

    def facts(self, conn: Connection) -> Iterable[Fact]:
        value = self.category.value if self.category else None
        yield _register(conn, self.ticket_id, keys.CATEGORY, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetArea:
    kind: ClassVar[str] = "ticket.area"
    ticket_id: TicketId
    area: str | None

    def check(self, conn: Connection) -> None:
        ticket = tickets.summary(conn, self.ticket_id)
        known_area(conn, self.area)
        needed = tickets.settings(conn).gate.needs_area
        if needed and not self.area and ticket.area and ticket.status is Status.CLOSED:
            raise RuleBrokenError(
                f"Ticket {ticket.handle} cannot lose its product area: it is closed. Reopen it first."
            )

    def facts(self, conn: Connection) -> Iterable[Fact]:
        yield _register(conn, self.ticket_id, keys.AREA, self.area or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority:
    kind: ClassVar[str] = "ticket.priority"
    ticket_id: TicketId
    priority: Priority

    def check(self, conn: Connection) -> None:
        tickets.summary(conn, self.ticket_id)

    def facts(self, conn: Connection) -> Iterable[Fact]:
        yield _register(conn, self.ticket_id, keys.PRIORITY, self.priority.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeTicket:
    kind: ClassVar[str] = "ticket.snooze"
    ticket_id: TicketId
    until: datetime | None
    "UTC; None wakes it."

    def check(self, conn: Connection) -> None:
        ticket = tickets.summary(conn, self.ticket_id)
        if ticket.status.has_ended:
            raise RuleBrokenError(f"Ticket {ticket.handle} cannot be snoozed: {_ended(ticket)}.")

    def facts(self, conn: Connection) -> Iterable[Fact]:
        ticket = tickets.summary(conn, self.ticket_id)
        entity = keys.ticket(ticket.id)
        until = int(self.until.timestamp() * 1000) if self.until else None
        yield Fact(entity, keys.SEEN, tickets.inbound_keys(conn, ticket.id))
        yield Fact(entity, keys.SNOOZED_UNTIL, until)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTag:
    kind: ClassVar[str] = "ticket.tag"
    ticket_id: TicketId
    tag: str
    is_on: bool = True

    def check(self, conn: Connection) -> None:
        tickets.summary(conn, self.ticket_id)
        if not self.tag or len(self.tag) > 40 or not self.tag.isprintable() or " " in self.tag:
            raise UsageError("A tag is one word of 1 to 40 printable characters.")

    def facts(self, conn: Connection) -> Iterable[Fact]:
        on = True if self.is_on else None
        yield _register(conn, self.ticket_id, keys.TAG + self.tag.lower(), on)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkArticle:
    kind: ClassVar[str] = "ticket.link"
    ticket_id: TicketId
    link: KbLink

    def check(self, conn: Connection) -> None:
        """Refuse what can never count; a draft without an answer may wait on an open ticket.

        Raises:
            NotFoundError: no such article.
            RuleBrokenError: archived, or a page of somebody else.
        """
        tickets.summary(conn, self.ticket_id)
        page = work.linked_page(conn, self.link.target)
        if page.article_state is ArticleState.ARCHIVED:
            raise RuleBrokenError("That article cannot be linked: it is archived.")
        if page.article_state is None and not tickets.settings(conn).gate.accepts_url(page.target):
            raise RuleBrokenError(
                "That page cannot be linked: its host is neither yours nor in the team's gate.kb_hosts."
            )

    def facts(self, conn: Connection) -> Iterable[Fact]:
        yield _register(conn, self.ticket_id, keys.KB + self.link.target, self.link.use.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkArticle:
    kind: ClassVar[str] = "ticket.unlink"
    ticket_id: TicketId
    target: str

    def check(self, conn: Connection) -> None:
        ticket = tickets.summary(conn, self.ticket_id)
        targets = {link.target for link in ticket.kb_links}
        if self.target not in targets:
            raise RuleBrokenError(f"Ticket {ticket.handle} has no link to {self.target}.")
        if ticket.status is Status.CLOSED and self._opens_the_gate(conn, ticket):
            raise RuleBrokenError(
                f"Ticket {ticket.handle} cannot lose its last KB link: it is closed. Reopen it first."
            )

    def _opens_the_gate(self, conn: Connection, ticket: TicketSummary) -> bool:
        """Return whether what is left would not do: a draft without an answer is no link."""
        pages: list[LinkedPage] = fetch(conn, hot.linked_pages(ticket.id))
        left = [page for page in pages if page.target != self.target]
        gate = tickets.settings(conn).gate
        before, after = (
            closing.missing_before_close(ticket.category, ticket.area, some, gate)
            for some in (pages, left)
        )
        return not left or bool(after - before)

    def facts(self, conn: Connection) -> Iterable[Fact]:
        yield _register(conn, self.ticket_id, keys.KB + self.target, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBug:
    kind: ClassVar[str] = "ticket.bug"
    ticket_id: TicketId
    bug_id: BugId
    is_on: bool = True

    def check(self, conn: Connection) -> None:
        tickets.summary(conn, self.ticket_id)
        work.bug(conn, self.bug_id)

    def facts(self, conn: Connection) -> Iterable[Fact]:
        on = True if self.is_on else None
        yield _register(conn, self.ticket_id, keys.BUG + self.bug_id, on)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFeature:
    kind: ClassVar[str] = "ticket.feature"
    ticket_id: TicketId
    feature_id: FeatureId
    is_on: bool = True

    def check(self, conn: Connection) -> None:
        tickets.summary(conn, self.ticket_id)
        work.feature(conn, self.feature_id)

    def facts(self, conn: Connection) -> Iterable[Fact]:
        on = True if self.is_on else None
        yield _register(conn, self.ticket_id, keys.FEATURE + self.feature_id, on)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    """Internal: it never leaves the desk."""

    kind: ClassVar[str] = "ticket.note"
    ticket_id: TicketId
    note_id: NoteId
    "Random, made by the caller."
    text: str

    def check(self, conn: Connection) -> None:
        tickets.summary(conn, self.ticket_id)
        if not self.text.strip():
            raise UsageError("The note is empty: nothing was added.")

    def facts(self, conn: Connection) -> Iterable[Fact]:
        yield _register(conn, self.ticket_id, keys.NOTE + self.note_id, self.text)


def missing_before_close(
    conn: Connection,
    ticket: TicketSummary,
    *,
    category: Category | None = None,
    area: str | None = None,
    kb_links: tuple[KbLink, ...] = (),
) -> frozenset[CloseRequirement]:
    """Return what the ticket lacks before it can be closed, judged with what was chosen.

    Raises:
        NotFoundError: an article among `kb_links` is not on this desk.
    """
    pages: list[LinkedPage] = fetch(conn, hot.linked_pages(ticket.id))
    pages += [work.linked_page(conn, link.target) for link in kb_links]
    return closing.missing_before_close(
        category or ticket.category, area or ticket.area, pages, tickets.settings(conn).gate
    )


def _register(conn: Connection, ticket_id: TicketId, key: str, value: Json) -> Fact:
    return Fact(keys.ticket(tickets.summary(conn, ticket_id).id), key, value)


def _ended_with(
    conn: Connection,
    ticket: TicketSummary,
    status: Status,
    *,
    shown: frozenset[str] | None = None,
) -> Iterable[Fact]:
    entity = keys.ticket(ticket.id)
    here = tickets.inbound_keys(conn, ticket.id)
    seen = [one for one in here if shown is None or one in shown]
    yield Fact(entity, keys.SEEN, seen)
    yield Fact(entity, keys.STATUS, status.value)


def _ended(ticket: TicketSummary) -> str:
    words = {Status.CLOSED: "it is closed", Status.DISMISSED: "it was marked as not a ticket"}
    return words.get(ticket.status, "it was merged into another")
