"""Row ids, ids that mails name, and the components that they make."""

import sqlite3
from collections.abc import Iterable, Sequence

from storage.db.rows import where_in
from storage.records.ids import message_id_hash
from storage.records.mail import ParsedHeaders

_EPOCH_2000_MS = 946_684_800_000


def named_ids(headers: ParsedHeaders, reported: Iterable[str] = ()) -> list[str]:
    """Return every id that a mail has or names."""
    own = [headers.message_id] if headers.message_id else []
    return [*own, *headers.in_reply_to, *headers.references, *reported]


def free_ids(conn: sqlite3.Connection, arrivals_ms: Sequence[int]) -> list[int]:
    """Return a row id for each arrival: seconds since 2000, or the next free number.

    Newest-first search is then a scan by row id, whatever the order of fetching.
    """
    wanted = [max(1, (ms - _EPOCH_2000_MS) // 1000) for ms in arrivals_ms]
    next_free: dict[int, int] = {}
    given: set[int] = set()
    result = []
    for second in wanted:
        candidate = next_free.get(second, second)
        # neither what the desk holds nor what this batch has given, and each may hide the other
        while candidate in given or (free := _first_free(conn, candidate)) != candidate:
            candidate = candidate + 1 if candidate in given else free
        given.add(candidate)
        next_free[second] = candidate + 1
        result.append(candidate)
    return result


def join_components(
    conn: sqlite3.Connection, mails: Sequence[tuple[int, Sequence[str]]]
) -> list[int]:
    """Return the component of each (row id, ids it has or names); joined ones become one.

    Every id is remembered, unseen ones as ghosts: two mails that name the same lost parent
    are one conversation.
    """
    hashes = {one: message_id_hash(one) for _, ids in mails for one in ids}
    known = dict(
        where_in(conn, "SELECT hash, component FROM mail_id WHERE hash IN {}", hashes.values())
    )
    leader: dict[int, int] = {}

    def find(component: int) -> int:
        while (above := leader.get(component, component)) != component:
            component = above
        return component

    of_hash: dict[bytes, int] = dict(known)
    chosen = []
    for row_id, ids in mails:
        around = {find(of_hash[hashes[one]]) for one in ids if hashes[one] in of_hash}
        component = min(around, default=row_id)
        for other in around - {component}:
            leader[other] = component
        for one in ids:
            of_hash[hashes[one]] = component
        chosen.append(component)
    for old in [one for one in leader if find(one) != one]:
        conn.execute("UPDATE mail_id SET component=? WHERE component=?", (find(old), old))
        conn.execute("UPDATE message SET component=? WHERE component=?", (find(old), old))
        conn.execute("UPDATE alias SET component=? WHERE component=?", (find(old), old))
    conn.executemany(
        "INSERT INTO mail_id(hash, component) VALUES(?,?) ON CONFLICT DO UPDATE SET component=excluded.component",
        [(digest, find(component)) for digest, component in of_hash.items() if digest not in known],
    )
    return [find(component) for component in chosen]


def _first_free(conn: sqlite3.Connection, start: int) -> int:
    """Return an unused row id from `start` on: the first one, where used ones have no gaps.

    It looks ids up and counts none: mails that were copied without their dates have all
    arrived within some seconds, and every batch comes by here.
    """
    if not _is_taken(conn, start):
        return start
    width = 1
    while _is_taken(conn, start + width):
        width *= 2
    low, high = width // 2, width
    while high - low > 1:
        middle = (low + high) // 2
        if _is_taken(conn, start + middle):
            low = middle
        else:
            high = middle
    return start + high


def _is_taken(conn: sqlite3.Connection, row_id: int) -> bool:
    return conn.execute("SELECT 1 FROM message WHERE id=?", (row_id,)).fetchone() is not None
