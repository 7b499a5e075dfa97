"""Folders, cursors and places: how far the server has been read, what lies where."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from storage import local
from storage.db.engine import driver
from storage.db.rows import slices
from storage.records.facts import Touched
from storage.records.mail import Folder
from storage.records.words import FolderRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a folder has been read; stored in the transaction of the rows it speaks of."""

    uidvalidity: int
    high_uid: int
    low_uid: int | None
    highestmodseq: int | None
    server_count: int
    checked_ms: int


def watch(conn: Connection, name: str, role: FolderRole) -> Folder:
    """Return the folder, known from now on."""
    raw = driver(conn)
    raw.execute(
        "INSERT INTO folder(name, role) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET role=excluded.role",
        (name, role.value),
    )
    return next(one for one in folders(conn) if one.name == name)


def folders(conn: Connection) -> list[Folder]:
    sql = "SELECT id, name, role, uidvalidity, high_uid, low_uid, server_count, highestmodseq FROM folder ORDER BY id"
    return [
        Folder(
            id=row[0],
            name=row[1],
            role=FolderRole(row[2]),
            uidvalidity=row[3],
            high_uid=row[4],
            low_uid=row[5],
            server_count=row[6],
            highestmodseq=row[7],
        )
        for row in driver(conn).execute(sql)
    ]


def move_cursor(conn: Connection, folder_id: int, cursor: Cursor) -> None:
    driver(conn).execute(
        "UPDATE folder SET uidvalidity=?, high_uid=?, low_uid=?, highestmodseq=?, server_count=?, checked_ms=? WHERE id=?",
        (
            cursor.uidvalidity,
            cursor.high_uid,
            cursor.low_uid,
            cursor.highestmodseq,
            cursor.server_count,
            cursor.checked_ms,
            folder_id,
        ),
    )


def places(conn: Connection, folder_id: int) -> dict[int, str]:
    """Return the flags by UID of every copy known in the folder."""
    sql = "SELECT uid, flags FROM place WHERE folder_id=?"
    return dict(driver(conn).execute(sql, (folder_id,)).fetchall())


def set_flags(conn: Connection, folder_id: int, flags: Mapping[int, Iterable[str]]) -> int:
    """Write changed flags; return how many rows differed."""
    raw = driver(conn)
    changed = 0
    for uid, some in flags.items():
        text = " ".join(sorted(some))
        sql = "UPDATE place SET flags=? WHERE folder_id=? AND uid=? AND flags<>?"
        changed += raw.execute(sql, (text, folder_id, uid, text)).rowcount
    return changed


def forget_places(conn: Connection, folder_id: int, uids: Iterable[int]) -> Touched:
    """Take away copies that the server has no more; their messages stay on their tickets."""
    raw = driver(conn)
    tickets: set[str] = set()
    for some in slices(uids):
        marks = ",".join("?" * len(some))
        found = raw.execute(
            f"SELECT DISTINCT m.ticket_uid FROM place p JOIN message m ON m.id=p.message_id"  # noqa: S608 - marks only
            f" WHERE p.folder_id=? AND p.uid IN ({marks})",
            (folder_id, *some),
        )
        tickets |= {uid for (uid,) in found if uid}
        for table in ("place", "skipped"):
            raw.execute(
                f"DELETE FROM {table} WHERE folder_id=? AND uid IN ({marks})",  # noqa: S608 - marks only
                (folder_id, *some),
            )
    touched = Touched(tickets=frozenset(tickets))
    local.note_touched(conn, touched)
    return touched


def move_places(conn: Connection, folder_id: int, target_id: int, uids: Mapping[int, int]) -> None:
    """Write that copies lie in another folder now, under the UIDs that the server gave them.

    The target's cursor passes them where nothing else can lie between it and them.
    """
    raw = driver(conn)
    for old, new in uids.items():
        raw.execute(
            "INSERT INTO place(folder_id, uid, message_id, flags, internal_ms, size, checked)"
            " SELECT ?1, ?2, message_id, flags, internal_ms, size, checked FROM place"
            " WHERE folder_id=?3 AND uid=?4 ON CONFLICT DO NOTHING",
            (target_id, new, folder_id, old),
        )
        raw.execute("DELETE FROM place WHERE folder_id=? AND uid=?", (folder_id, old))
    (high,) = raw.execute("SELECT high_uid FROM folder WHERE id=?", (target_id,)).fetchone()
    passed = high
    while passed + 1 in uids.values():
        passed += 1
    if passed > high:
        raw.execute("UPDATE folder SET high_uid=? WHERE id=?", (passed, target_id))


def forget_all_places(conn: Connection, folder_id: int) -> None:
    """A new UIDVALIDITY: every UID means something else now. Messages stay."""
    raw = driver(conn)
    raw.execute("DELETE FROM place WHERE folder_id=?", (folder_id,))
    raw.execute("DELETE FROM skipped WHERE folder_id=?", (folder_id,))
    raw.execute(
        "UPDATE folder SET uidvalidity=NULL, high_uid=0, low_uid=NULL, highestmodseq=NULL WHERE id=?",
        (folder_id,),
    )


def skip(conn: Connection, folder_id: int, uid: int, why: str) -> None:
    driver(conn).execute(
        "INSERT INTO skipped(folder_id, uid, why) VALUES(?,?,?) ON CONFLICT DO UPDATE SET why=excluded.why",
        (folder_id, uid, why),
    )


def counts(conn: Connection, folder_id: int) -> tuple[int, int]:
    """Return (places, skipped) of a folder: server = desk + skipped, or something is missing."""
    sql = (
        "SELECT (SELECT count(*) FROM place WHERE folder_id=?1),"
        " (SELECT count(*) FROM skipped WHERE folder_id=?1)"
    )
    row: tuple[int, int] = driver(conn).execute(sql, (folder_id,)).fetchone()
    return row


def bodies_wanted(
    conn: Connection, folder_id: int, *, limit: int, max_size: int, since_ms: int | None = None
) -> list[tuple[int, int, int, bytes]]:
    """Return (UID, message row id, size, header block) of bodies to fetch.

    Wished ones first, then the newest; a body that is larger than `max_size` only when
    somebody wishes for it.
    """
    sql = (
        "SELECT p.uid, m.id, p.size, m.header FROM message m JOIN place p ON p.message_id=m.id"
        " LEFT JOIN wish w ON w.message_id=m.id"
        " WHERE p.folder_id=? AND m.has_body=0 AND (w.message_id IS NOT NULL OR (p.size <= ? AND m.arrival_ms >= ?))"
        " GROUP BY m.id ORDER BY w.at_ms IS NULL, w.at_ms DESC, m.id DESC LIMIT ?"
    )
    return _fetchable(driver(conn), sql, (folder_id, max_size, since_ms or 0, limit))


def copies_unchecked(
    conn: Connection, folder_id: int, *, limit: int
) -> list[tuple[int, int, int, bytes]]:
    """Return (UID, message row id, size, header block) of copies whose body is to be compared."""
    sql = (
        "SELECT p.uid, m.id, p.size, m.header FROM place p JOIN message m ON m.id=p.message_id"
        " WHERE p.folder_id=? AND p.checked=0 ORDER BY p.uid DESC LIMIT ?"
    )
    return _fetchable(driver(conn), sql, (folder_id, limit))


def _fetchable(
    conn: sqlite3.Connection, sql: str, values: Sequence[int]
) -> list[tuple[int, int, int, bytes]]:
    return [(row[0], row[1], row[2], row[3]) for row in conn.execute(sql, values)]
