"""Mail that was taken in out of files."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection

from storage.records import keys
from storage.records.facts import Fact
from storage.records.ids import TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTickets:
    """Tickets that an import brought: work, however old, whose targets count from now on."""

    kind: ClassVar[str] = "ticket.import"
    tickets: tuple[TicketId, ...]
    at_ms: int

    def check(self, conn: Connection) -> None:
        """Refuse nothing: they have just come in, in this transaction."""

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        for uid in self.tickets:
            yield Fact(keys.ticket(uid), keys.CLOCK, self.at_ms)
