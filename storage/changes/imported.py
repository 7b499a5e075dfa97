"""Mail that was taken in out of files."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection

from storage.queries import imports, tickets
from storage.records import keys
from storage.records.facts import Fact
from storage.records.ids import TicketId
from storage.records.words import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTickets:
    """Tickets that an import brought: work, however old, whose targets count from `at_ms` on."""

    kind: ClassVar[str] = "ticket.import"
    tickets: tuple[TicketId, ...]
    at_ms: int

    def check(self, conn: Connection) -> None:
        """Refuse nothing: they have just come in, in this transaction."""

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        for uid in self.tickets:
            yield Fact(keys.ticket(uid), keys.CLOCK, self.at_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndImported:
    """History: of these tickets those end, not as closed, that exist by an import alone."""

    kind: ClassVar[str] = "ticket.imported"
    tickets: tuple[TicketId, ...]

    def check(self, conn: Connection) -> None:
        """Refuse nothing: what somebody worked on, or a mailbox holds, is left alone."""

    def facts(self, conn: Connection) -> Iterable[Fact]:
        for uid in imports.untouched(conn, self.tickets):
            yield Fact(keys.ticket(uid), keys.SEEN, tickets.inbound_keys(conn, uid))
            yield Fact(keys.ticket(uid), keys.STATUS, Status.DISMISSED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberMails:
    """Old mail is about to join a ticket: it tells nothing new to whoever decided about it."""

    kind: ClassVar[str] = "ticket.history"
    ticket_id: TicketId
    seen: tuple[str, ...]
    "As of `keys.SEEN`, with the mails that are to come."

    def check(self, conn: Connection) -> None:
        """Refuse nothing: the ticket stays as it stands."""

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        yield Fact(keys.ticket(self.ticket_id), keys.SEEN, self.seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTickets:
    """What a ticket's mails were filed under where they come from, as tags."""

    kind: ClassVar[str] = "ticket.labels"
    tags: tuple[tuple[TicketId, str], ...]

    def check(self, conn: Connection) -> None:
        """Refuse nothing: of tickets that no import made, none is named."""

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        for uid, tag in self.tags:
            yield Fact(keys.ticket(uid), keys.TAG + tag, value=True)
