"""What changes ask about tickets before they are made."""

from sqlalchemy import Connection, exists, func, select

from storage.db import tables as t
from storage.db.engine import fetch
from storage.errors import NotFoundError
from storage.queries import hot
from storage.records.desk import DeskSettings
from storage.records.facts import Json
from storage.records.ids import TicketId
from storage.records.ticket import TicketSummary
from storage.records.words import Direction


def summary(conn: Connection, ticket_id: TicketId) -> TicketSummary:
    """Return the ticket, also by an older name of it.

    Raises:
        NotFoundError: no such ticket on this desk.
    """
    found = fetch(conn, hot.ticket(ticket_id))
    if not found:
        canonical = select(t.alias.c.ticket_uid).where(t.alias.c.uid == ticket_id)
        if (uid := conn.execute(canonical).scalar()) is not None:
            found = fetch(conn, hot.ticket(uid))
    if not found:
        raise NotFoundError(f"There is no ticket {ticket_id[:8]} on this desk.")
    return found[0]


def canonical(conn: Connection, uid: str) -> str:
    """Return the uid that a ticket goes by now; `uid` itself where threading renamed nothing."""
    c = t.alias.c
    renamed = select(func.min(c.ticket_uid)).where(c.uid == uid, c.kind == "alias")
    return conn.execute(renamed).scalar() or uid


def names(conn: Connection, uid: str) -> list[str]:
    """Return every uid that the ticket of `uid` has gone by, its own first."""
    own = canonical(conn, uid)
    c = t.alias.c
    others = select(c.uid).distinct().where(c.ticket_uid == own, c.kind == "alias").order_by(c.uid)
    return [own, *conn.execute(others).scalars()]


def settings(conn: Connection) -> DeskSettings:
    return hot.settings_of(fetch(conn, hot.settings_rows()))


def inbound_keys(conn: Connection, ticket_id: TicketId) -> list[Json]:
    """Return the first 8 bytes, in hex, of every inbound message's key held here."""
    rows = conn.execute(
        select(t.message.c.key)
        .where(t.message.c.ticket_uid == ticket_id)
        .where(t.message.c.direction == Direction.IN.value)
        .order_by(t.message.c.arrival_ms, t.message.c.id)
    )
    return [key[:8].hex() for (key,) in rows]


def was_answered(conn: Connection, ticket_id: TicketId) -> bool:
    """Return whether an engineer's mail is on the ticket, or one waits to leave."""
    mail = exists().where(
        t.message.c.ticket_uid == ticket_id,
        t.message.c.direction == Direction.OUT.value,
        t.message.c.is_auto == 0,
    )
    waiting = exists().where(t.outbox.c.ticket_uid == ticket_id)
    return bool(conn.execute(select(mail | waiting)).scalar())
