"""Files that are put away to save room: only what can be fetched again, never what is needed."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection

from storage import local
from storage.db.engine import driver
from storage.records.facts import Touched


def put_away(
    conn: Connection, digests: Sequence[bytes], *, folders: Sequence[int]
) -> frozenset[bytes]:
    """Mark those as put away that the server can give again; return them."""
    raw = driver(conn)
    held = _held_by_drafts(conn)
    away, tickets = set(), set()
    for digest in digests:
        if digest.hex() in held or not _can_come_back(conn, digest, folders):
            continue
        away.add(digest)
        found = raw.execute(
            "SELECT DISTINCT m.ticket_uid FROM attachment a JOIN message m ON m.id=a.message_id"
            " WHERE a.sha256=?",
            (digest,),
        )
        tickets |= {uid for (uid,) in found if uid}
        raw.execute("UPDATE attachment SET kept=0 WHERE sha256=?", (digest,))
    local.note_touched(conn, Touched(tickets=frozenset(tickets)))
    return frozenset(away)


def unneeded(conn: Connection, digests: Sequence[bytes]) -> frozenset[bytes]:
    """Return which of these files nothing on this desk needs to be here."""
    raw = driver(conn)
    held = _held_by_drafts(conn)
    kept = "SELECT 1 FROM attachment WHERE sha256=? AND kept=1 LIMIT 1"
    return frozenset(
        digest
        for digest in digests
        if digest.hex() not in held and not raw.execute(kept, (digest,)).fetchone()
    )


def _can_come_back(conn: Connection, digest: bytes, folders: Sequence[int]) -> bool:
    """Return whether every mail with this file lies, as a copy of it and no other's, where we read.

    What was imported or sent from here is needed for good: its bytes are nowhere else for sure.
    """
    marks = ",".join("?" * len(folders))
    needed, found = (
        driver(conn)
        .execute(
            "SELECT count(*) FILTER (WHERE m.raw IS NOT NULL OR m.content_hash IS NULL OR NOT EXISTS("  # noqa: S608 - marks only
            "  SELECT 1 FROM place p WHERE p.message_id=m.id AND p.checked=1"
            f"  AND p.folder_id IN ({marks}))), count(*)"
            " FROM attachment a JOIN message m ON m.id=a.message_id WHERE a.sha256=?",
            (*folders, digest),
        )
        .fetchone()
    )
    return bool(found) and not needed


def _held_by_drafts(conn: Connection) -> frozenset[str]:
    rows = driver(conn).execute("SELECT files FROM draft WHERE files<>'[]'")
    return frozenset(one["sha256"] for (files,) in rows for one in json.loads(files))
