"""An engineer's corrections of where a message belongs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection, select

from storage.db import tables as t
from storage.errors import NotFoundError
from storage.queries import tickets
from storage.records import keys
from storage.records.facts import Fact
from storage.records.ids import MessageKey, TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveMessage:
    """The message belongs to that ticket; what answers it follows.

    Moving it to the ticket that it is on accepts an unverified sender.
    """

    kind: ClassVar[str] = "message.move"
    key: MessageKey
    ticket_id: TicketId

    def check(self, conn: Connection) -> None:
        _known(conn, self.key)
        tickets.summary(conn, self.ticket_id)

    def facts(self, conn: Connection) -> Iterable[Fact]:
        uid = tickets.summary(conn, self.ticket_id).id
        yield Fact(keys.message(self.key), keys.TICKET, uid)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitMessage:
    """The message, and what answers it, becomes a ticket of its own."""

    kind: ClassVar[str] = "message.split"
    key: MessageKey
    ticket_id: TicketId
    "Random, made by the caller: the new ticket's."

    def check(self, conn: Connection) -> None:
        _known(conn, self.key)

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        yield Fact(keys.message(self.key), keys.TICKET, self.ticket_id)


def _known(conn: Connection, key: MessageKey) -> None:
    if conn.execute(select(t.message.c.id).where(t.message.c.key == key)).first() is None:
        raise NotFoundError("That message is not on this desk.")
