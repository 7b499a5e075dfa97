"""Things by what names them: tickets by uid, all others by its first characters. See `hot`."""

import json
from collections.abc import Sequence

from storage.queries import hot
from storage.records.query import Query
from storage.records.ticket import TicketSummary


def tickets(uids: Sequence[str]) -> Query[TicketSummary]:
    """Return these tickets, in no order that means anything."""
    return hot.tickets("t.uid IN (SELECT value FROM json_each(?))", (json.dumps(uids),))


def last_ticket() -> Query[int]:
    """Return the row number of the newest ticket row; 0 where there is none."""
    return Query("SELECT coalesce(max(id), 0) FROM ticket", (), lambda row: int(row[0]))


def tickets_after(row_number: int) -> Query[str]:
    """Return the uids of ticket rows that are newer than that one."""
    sql = "SELECT uid FROM ticket WHERE id > ? AND status<>'merged' ORDER BY id"
    return Query(sql, (row_number,), lambda row: str(row[0]))


def bugs(prefix: str) -> Query[str]:
    return _named("bug", "uid", prefix)


def features(prefix: str) -> Query[str]:
    return _named("feature", "uid", prefix)


def articles(prefix: str) -> Query[str]:
    return _named("article", "uid", prefix)


def replies(prefix: str) -> Query[str]:
    return _named("outbox", "id", prefix)


def _named(table: str, column: str, prefix: str) -> Query[str]:
    """Return up to 10 uids that begin with `prefix`."""
    return Query(
        f"SELECT {column} FROM {table} WHERE {column} >= ? AND {column} < ? ORDER BY 1 LIMIT 10",  # noqa: S608 - our own names
        (prefix, prefix + "~"),
        lambda row: str(row[0]),
    )
