"""At which row a ticket stands in a list: asked whenever rows under a highlight may have moved."""

from typing import Final

from storage.queries.hot import IS_OPEN, NO_DUE_MS, ORDERS, Values
from storage.records.query import Query

_FIRST_KEYS: Final = {
    "due": f"coalesce(t.due_ms, {NO_DUE_MS})",
    "activity": "t.activity_ms",
    "created": "t.created_ms",
}


def position(
    uid: str, where: str = IS_OPEN, values: Values = (), *, order: str = "due"
) -> Query[int]:
    """Return at which row (from 0) the ticket stands in a list; no row where it is not in it.

    Counts what stands before it along the index: 10 ms at the end of 100,000, where numbering
    the rows took 150. The first key is compared alone too, because SQLite does not enter an
    index by a row of values that begins with an expression.
    """
    first, keys = _FIRST_KEYS[order], ORDERS[order].replace(" DESC", "")
    before = ">" if " DESC" in ORDERS[order] else "<"
    return Query(
        f"WITH own AS (SELECT {first} AS first FROM ticket t WHERE t.uid=? AND ({where})) "  # noqa: S608 - our own SQL
        f"SELECT (SELECT count(*) FROM ticket t WHERE ({where})"
        f" AND {first} {before}= (SELECT first FROM own)"
        f" AND ({keys}) {before} (SELECT {keys} FROM ticket t WHERE t.uid=?)) FROM own",
        (uid, *values, *values, uid),
        lambda row: int(row[0]),
    )
