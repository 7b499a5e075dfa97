"""Header blocks and whole mails become messages, places, threads and tickets."""

import re
import sqlite3
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from storage import local
from storage.db.blobs import Blobs
from storage.db.engine import driver
from storage.db.rows import where_in
from storage.intake import bodies, messages
from storage.records.desk import DeskSettings
from storage.records.facts import Touched
from storage.records.ids import MessageKey
from storage.records.mail import IncomingHeaders, ParsedMail, Place
from storage.records.words import FolderRole
from storage.refold import everything as refold

_DELIVERED = re.compile(rb"(?im)^received:(?:[^\r\n]|\r?\n[ \t])*\sid\s")
_PLACE = (
    "INSERT INTO place(folder_id, uid, message_id, flags, internal_ms, size, server_id, checked)"
    " VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET flags=excluded.flags"
)


_SAME = (
    # a place that is still to be compared may turn out to be another message's
    "SELECT p.message_id, 0 FROM message m JOIN place p ON p.message_id=m.id"
    " WHERE m.base_key=?1 AND p.checked=1 AND ?4<>'' AND p.server_id=?4 UNION ALL"
    " SELECT m.id, 1 FROM message m WHERE m.base_key=?1 AND m.arrival_ms=?2 AND m.size=?3"
    " AND NOT EXISTS(SELECT 1 FROM place q WHERE q.message_id=m.id AND ?4<>'' AND q.server_id<>'')"
    " UNION ALL SELECT p.message_id, 2 FROM message m JOIN place p ON p.message_id=m.id"
    " WHERE m.base_key=?1 AND p.checked=1 AND p.internal_ms=?2 AND p.size=?3"
    " AND (?4='' OR p.server_id='')"
    " ORDER BY 2 LIMIT 1"
)


def headers(
    conn: Connection,
    folder_id: int,
    batch: Sequence[IncomingHeaders],
    *,
    prove: messages.Prove,
) -> Touched:
    """Store the header blocks of one folder: messages, places, threads, tickets.

    Seen before at the same place: nothing happens, so a batch may be taken twice.
    """
    raw = driver(conn)
    is_sent = _role(raw, folder_id) is FolderRole.SENT
    known = messages.known(raw, [one.headers.key for one in batch])
    placed = _placed(raw, folder_id, [one.place.uid for one in batch])
    fresh: dict[MessageKey, IncomingHeaders] = {}
    copies = []
    for one in batch:
        if one.place.uid in placed:
            continue
        if one.headers.key in known or one.headers.key in fresh:
            copies.append(one)
        else:
            fresh[one.headers.key] = one
    news = [_new(one, is_sent=is_sent) for one in fresh.values()]
    desk = refold.settings(conn)
    ids, components = messages.insert(raw, news, desk, prove)
    for one, row_id in zip(fresh.values(), ids, strict=True):
        known[one.headers.key] = row_id
        _place(raw, folder_id, one.place, row_id, is_checked=True)
    for one in copies:
        row_id = known[one.headers.key]
        components |= _copy(raw, folder_id, one, row_id, desk, is_sent=is_sent, prove=prove)
    return threaded(conn, components)


def _new(one: IncomingHeaders, *, is_sent: bool) -> messages.New:
    return messages.New(
        headers=one.headers,
        raw_header=one.raw,
        raw=None,
        arrival_ms=messages.ms(one.place.arrived_at),
        size=one.place.size,
        is_sent=is_sent,
    )


def whole(
    conn: Connection,
    mails: Sequence[tuple[bytes, ParsedMail]],
    *,
    prove: messages.Prove,
    blobs: Blobs,
    is_ours: bool = False,
) -> Touched:
    """Store complete mails that lie in no folder: imported, or accepted from our outbox.

    Arrival is their Date. A mail that is on the desk already changes nothing.
    """
    raw = driver(conn)
    known = messages.known(raw, [mail.headers.key for _, mail in mails])
    fresh: dict[MessageKey, tuple[bytes, ParsedMail]] = {}
    for source, mail in mails:
        if mail.headers.key not in known:
            fresh.setdefault(mail.headers.key, (source, mail))
    news = [
        messages.New(
            headers=mail.headers,
            raw_header=source.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
            raw=source,
            arrival_ms=messages.ms(mail.headers.date or datetime.now(UTC)),
            size=len(source),
            is_sent=is_ours,
        )
        for source, mail in fresh.values()
    ]
    ids, components = messages.insert(raw, news, refold.settings(conn), prove)
    words: list[bodies.Words] = []
    for row_id, (_, mail) in zip(ids, fresh.values(), strict=True):
        components |= bodies.store(raw, row_id, mail.body, prove=prove, blobs=blobs, words=words)
    touched = threaded(conn, components)
    bodies.index(raw, words)
    return touched


def threaded(conn: Connection, components: set[int]) -> Touched:
    if not components:
        return Touched()
    touched = refold.of_tickets(conn, refold.components(conn, components))
    local.note_touched(conn, touched)
    return touched


def _copy(
    conn: sqlite3.Connection,
    folder_id: int,
    one: IncomingHeaders,
    row_id: int,
    desk: DeskSettings,
    *,
    is_sent: bool,
    prove: messages.Prove,
) -> set[int]:
    """Store another copy's place; return its component where the message itself changed.

    Same id by the server, or where it gives none same size and INTERNALDATE, or from us with a
    valid MAC in its id, or imported with the very same header: the same copy. Anything else is
    compared once its body is here. The message's own size and arrival count as much as a
    place's: a new UIDVALIDITY took the places away.
    """
    arrived = messages.ms(one.place.arrived_at)
    place = one.place
    told = (one.headers.key, arrived, place.size, place.server_id)
    same = conn.execute(_SAME, told).fetchone() or _imported(conn, one)
    row_id = same[0] if same else row_id
    is_known = bool(same) or messages.proves_ours(one.headers, desk, prove)
    never_came = "SELECT 1 FROM message WHERE id=? AND has_body=1 AND content_hash IS NULL"
    if is_known and conn.execute(never_came, (row_id,)).fetchone():
        is_known = False  # its text may come from here
    _place(conn, folder_id, one.place, row_id, is_checked=is_known)
    changed = conn.execute(
        "UPDATE message SET arrival_ms=min(arrival_ms, ?1), direction=CASE WHEN ?2 THEN 'out' ELSE direction END,"
        " is_colleague=is_colleague OR ?2"
        " WHERE id=?3 AND (arrival_ms > ?1 OR (?2 AND direction='in')) RETURNING component",
        (arrived, int(is_sent), row_id),
    ).fetchall()
    return {component for (component,) in changed}


def _imported(conn: sqlite3.Connection, one: IncomingHeaders) -> tuple[int] | None:
    """Return the imported mail that this is a copy of: as large, with the very same header.

    Only one that was delivered: a mail server's own line in it is like no other's.
    """
    if not _DELIVERED.search(one.raw):
        return None
    rows = conn.execute(
        "SELECT id, header FROM message WHERE base_key=? AND size=? AND raw IS NOT NULL",
        (one.headers.key, one.place.size),
    )
    return next(((row_id,) for row_id, block in rows if zlib.decompress(block) == one.raw), None)


def _place(
    conn: sqlite3.Connection, folder_id: int, place: Place, row_id: int, *, is_checked: bool
) -> None:
    flags = " ".join(sorted(place.flags))
    values = (folder_id, place.uid, row_id, flags, messages.ms(place.arrived_at), place.size)
    conn.execute(_PLACE, (*values, place.server_id, int(is_checked)))
    conn.execute("DELETE FROM skipped WHERE folder_id=? AND uid=?", values[:2])


def _placed(conn: sqlite3.Connection, folder_id: int, uids: Sequence[int]) -> set[int]:
    sql = f"SELECT uid FROM place WHERE folder_id={int(folder_id)} AND uid IN {{}}"  # noqa: S608 - a number
    return {row[0] for row in where_in(conn, sql, uids)}


def _role(conn: sqlite3.Connection, folder_id: int) -> FolderRole:
    row = conn.execute("SELECT role FROM folder WHERE id=?", (folder_id,)).fetchone()
    return FolderRole(row[0])
