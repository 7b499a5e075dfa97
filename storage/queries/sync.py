"""What the engine asks the desk about folders, places and bodies. Hot reads, see `hot`."""

from dataclasses import dataclass
from typing import Any, Final

from storage.records.mail import Folder
from storage.records.query import Query
from storage.records.words import FolderRole

DISTRUSTED: Final = "engine.distrusts"
"View state: what the server offers and has proved not to keep, one space between."


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBody:
    """A message known by its headers whose body is still on the server."""

    uid: int
    message_id: int
    size: int
    has_body: bool = False
    "Its text is here: what is wanted are files that were put away."


# what lies at a place that is still to be compared may be another mail's text
_ITS_OWN = (
    "(p.checked=1 OR NOT EXISTS(SELECT 1 FROM place q WHERE q.message_id=m.id AND q.checked=1))"
)


def folders() -> Query[Folder]:
    return Query(
        "SELECT id, name, role, uidvalidity, high_uid, low_uid, server_count, highestmodseq FROM folder ORDER BY id",
        (),
        _folder,
    )


def folder(folder_id: int) -> Query[Folder]:
    return Query(
        "SELECT id, name, role, uidvalidity, high_uid, low_uid, server_count, highestmodseq FROM folder WHERE id=?",
        (folder_id,),
        _folder,
    )


def counts(folder_id: int) -> Query[tuple[int, int]]:
    """Return (places, skipped): server = places + skipped, or something is missing."""
    return Query(
        "SELECT (SELECT count(*) FROM place WHERE folder_id=?1),"
        " (SELECT count(*) FROM skipped WHERE folder_id=?1)",
        (folder_id,),
        lambda row: (row[0], row[1]),
    )


def skipped_why(folder_id: int) -> Query[str]:
    """Return why messages of a folder were skipped, each reason once."""
    return Query(
        "SELECT DISTINCT why FROM skipped WHERE folder_id=? ORDER BY why",
        (folder_id,),
        lambda row: row[0],
    )


def skipped() -> Query[tuple[str, int, str]]:
    """Return (folder, UID, why) of every message that was skipped."""
    return Query(
        "SELECT f.name, s.uid, s.why FROM skipped s JOIN folder f ON f.id=s.folder_id"
        " ORDER BY f.id, s.uid",
        (),
        lambda row: (row[0], row[1], row[2]),
    )


def skipped_by_fault(folder_id: int, fault: str, version: str) -> Query[int]:
    """Return UIDs that another version of this program skipped by its own fault, newest first."""
    return Query(
        "SELECT uid FROM skipped WHERE folder_id=?1 AND substr(why, 1, length(?2))=?2"
        " AND instr(why, ', ' || ?3 || ')')=0 ORDER BY uid DESC LIMIT 1000",
        (folder_id, fault, version),
        lambda row: row[0],
    )


def skipped_for(folder_id: int, reason: str) -> Query[int]:
    """Return UIDs that were skipped for a reason that begins so, the newest 50."""
    return Query(
        "SELECT uid FROM skipped WHERE folder_id=?1 AND substr(why, 1, length(?2))=?2"
        " ORDER BY uid DESC LIMIT 50",
        (folder_id, reason),
        lambda row: row[0],
    )


def known_uids(folder_id: int) -> Query[int]:
    """Return every UID of a folder that the desk has a place or a reason for."""
    return Query(
        "SELECT uid FROM place WHERE folder_id=?1 UNION SELECT uid FROM skipped WHERE folder_id=?1",
        (folder_id,),
        lambda row: row[0],
    )


def flags_below(folder_id: int, uid: int, *, limit: int) -> Query[tuple[int, str]]:
    """Return (UID, flags) of the newest places below `uid`, newest first."""
    return Query(
        "SELECT uid, flags FROM place WHERE folder_id=? AND uid < ? ORDER BY uid DESC LIMIT ?",
        (folder_id, uid, limit),
        lambda row: (row[0], row[1]),
    )


def bodies_below(
    folder_id: int,
    uid: int,
    *,
    limit: int,
    larger_than: int,
    max_size: int,
    since_ms: int,
    are_few: bool = False,
) -> Query[WantedBody]:
    """Return bodies to fetch from a folder, newest first, below a UID.

    Where they are few, they are looked for by message: by place every mail of the folder would
    be asked, 40 ms for 20,000.
    """
    tables = ["place p", "message m"]
    first, second = reversed(tables) if are_few else tables
    return Query(
        f"SELECT p.uid, m.id, p.size FROM {first} CROSS JOIN {second} ON m.id=p.message_id"  # noqa: S608 - our own words
        " WHERE p.folder_id=? AND p.uid < ? AND p.size > ? AND p.size <= ? AND m.has_body=0"
        f" AND m.arrival_ms >= ? AND {_ITS_OWN} ORDER BY p.uid DESC LIMIT ?",
        (folder_id, uid, larger_than, max_size, since_ms, limit),
        _wanted,
    )


def bodiless_upto(most: int) -> Query[int]:
    """Return how many messages have no body here; counted to `most` at the highest."""
    sql = "SELECT count(*) FROM (SELECT 1 FROM message WHERE has_body=0 LIMIT ?)"
    return Query(sql, (most,), lambda row: int(row[0]))


def wishes(folder_id: int) -> Query[WantedBody]:
    """Return what somebody waits for, the newest wish first, whatever their size."""
    return _wishes(folder_id, "w.at_ms > 0", limit=20)


def patient_wishes(folder_id: int, *, limit: int) -> Query[WantedBody]:
    """Return what is to come when there is nothing else to do, newest first."""
    return _wishes(folder_id, "w.at_ms = 0", limit=limit)


def _wishes(folder_id: int, which: str, *, limit: int) -> Query[WantedBody]:
    return Query(
        # CROSS: the few wishes first; the planner would begin with every place of the folder
        "SELECT p.uid, m.id, p.size, m.has_body FROM wish w CROSS JOIN message m ON m.id=w.message_id"  # noqa: S608 - our own words
        f" CROSS JOIN place p ON p.message_id=m.id WHERE p.folder_id=? AND {which} AND (m.has_body=0"
        " OR EXISTS(SELECT 1 FROM attachment a WHERE a.message_id=m.id AND a.kept=0))"
        f" AND {_ITS_OWN} ORDER BY w.at_ms DESC, p.uid DESC LIMIT ?",
        (folder_id, limit),
        lambda row: WantedBody(uid=row[0], message_id=row[1], size=row[2], has_body=bool(row[3])),
    )


def unchecked(folder_id: int, below_uid: int, *, limit: int, max_size: int) -> Query[WantedBody]:
    """Return copies whose body is to be compared, once the first copy's is here."""
    return Query(
        "SELECT p.uid, m.id, p.size FROM place p JOIN message m ON m.id=p.message_id"
        " WHERE p.folder_id=? AND p.checked=0 AND p.uid < ? AND p.size <= ? AND m.has_body=1"
        " ORDER BY p.uid DESC LIMIT ?",
        (folder_id, below_uid, max_size, limit),
        _wanted,
    )


def without_place() -> Query[int]:
    """Return messages whose text can come from nowhere: no copy of them lies in a folder."""
    return Query(
        "SELECT m.id FROM message m WHERE m.has_body=0"
        " AND NOT EXISTS(SELECT 1 FROM place p WHERE p.message_id=m.id) ORDER BY m.id",
        (),
        lambda row: row[0],
    )


def header_block(message_id: int) -> Query[bytes]:
    """Return the header block of a message, zlib."""
    return Query("SELECT header FROM message WHERE id=?", (message_id,), lambda row: row[0])


def is_on_its_way(folder_id: int, uid: int) -> Query[int]:
    """Return 1 where the text or a file of the mail at a place is still to come."""
    return Query(
        "SELECT 1 FROM place p JOIN message m ON m.id=p.message_id WHERE p.folder_id=? AND p.uid=?"
        " AND (m.has_body=0 OR EXISTS(SELECT 1 FROM attachment a WHERE a.message_id=m.id AND a.kept=0))",
        (folder_id, uid),
        lambda row: row[0],
    )


def messages() -> Query[int]:
    """Return how many messages there are."""
    return Query("SELECT count(*) FROM message", (), lambda row: int(row[0]))


def _folder(row: tuple[Any, ...]) -> Folder:
    return Folder(
        id=row[0],
        name=row[1],
        role=FolderRole(row[2]),
        uidvalidity=row[3],
        high_uid=row[4],
        low_uid=row[5],
        server_count=row[6],
        highestmodseq=row[7],
    )


def _wanted(row: tuple[Any, ...]) -> WantedBody:
    return WantedBody(uid=row[0], message_id=row[1], size=row[2])
