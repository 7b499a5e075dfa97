"""Header blocks and whole mails become messages, places, threads and tickets."""

import json
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from storage import local
from storage.db.blobs import Blobs
from storage.db.engine import driver
from storage.db.rows import where_in
from storage.intake import bodies, rows
from storage.records.desk import DeskSettings
from storage.records.facts import Touched
from storage.records.ids import MessageKey, message_id_hash
from storage.records.mail import Address, IncomingHeaders, ParsedHeaders, ParsedMail, Place
from storage.records.words import Direction, FolderRole
from storage.refold import everything as refold

PARSE_VERSION = 1
Prove = Callable[[str], bool]
"Whether an id carries a valid MAC of this team: it is ours."

_INSERT = (
    "INSERT INTO message(id, key, base_key, msgid, in_reply_to, refs, proven, component, direction, is_colleague,"
    " from_addr, from_name, reply_to, to_addrs, cc_addrs, subject, date_ms, arrival_ms, size, is_auto, is_report,"
    " may_auto_reply, auth_passed, defects, header, raw, parse_version)"
    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """A message that is not on the desk yet."""

    headers: ParsedHeaders
    raw_header: bytes
    raw: bytes | None
    arrival_ms: int
    size: int
    is_sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMail:
    """A whole mail out of a file."""

    raw: bytes
    "With CRLF, as it travelled."
    mail: ParsedMail
    arrived_at: datetime
    is_sent: bool = False
    "We sent it, whatever it says of itself."
    header: bytes | None = None
    "Of one that was put together again: the block it had. Its bytes are no original then."


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What an import brought."""

    keys: frozenset[MessageKey]
    "Of the mails that are new here, or whose text is."
    touched: Touched


def headers(
    conn: Connection,
    folder_id: int,
    batch: Sequence[IncomingHeaders],
    *,
    prove: Prove,
) -> Touched:
    """Store the header blocks of one folder: messages, places, threads, tickets.

    Seen before at the same place: nothing happens, so a batch may be taken twice.
    """
    raw = driver(conn)
    is_sent = _role(raw, folder_id) is FolderRole.SENT
    known = _known(raw, [one.headers.key for one in batch])
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
    ids, components = _insert(raw, news, desk, prove)
    for one, row_id in zip(fresh.values(), ids, strict=True):
        known[one.headers.key] = row_id
        _place(raw, folder_id, one.place, row_id, is_checked=True)
    for one in copies:
        row_id = known[one.headers.key]
        components |= _copy(raw, folder_id, one, row_id, desk, is_sent=is_sent, prove=prove)
    return _threaded(conn, components)


def _new(one: IncomingHeaders, *, is_sent: bool) -> _New:
    return _New(
        headers=one.headers,
        raw_header=one.raw,
        raw=None,
        arrival_ms=_ms(one.place.arrived_at),
        size=one.place.size,
        is_sent=is_sent,
    )


def whole(
    conn: Connection,
    mails: Sequence[tuple[bytes, ParsedMail]],
    *,
    prove: Prove,
    blobs: Blobs,
    is_ours: bool = False,
) -> Touched:
    """Store complete mails that lie in no folder: imported, or accepted from our outbox.

    Arrival is their Date. A mail that is on the desk already changes nothing.
    """
    raw = driver(conn)
    known = _known(raw, [mail.headers.key for _, mail in mails])
    fresh: dict[MessageKey, tuple[bytes, ParsedMail]] = {}
    for source, mail in mails:
        if mail.headers.key not in known:
            fresh.setdefault(mail.headers.key, (source, mail))
    news = [
        _New(
            headers=mail.headers,
            raw_header=source.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
            raw=source,
            arrival_ms=_ms(mail.headers.date or datetime.now(UTC)),
            size=len(source),
            is_sent=is_ours,
        )
        for source, mail in fresh.values()
    ]
    ids, components = _insert(raw, news, refold.settings(conn), prove)
    words: list[bodies.Words] = []
    for row_id, (_, mail) in zip(ids, fresh.values(), strict=True):
        components |= bodies.store(raw, row_id, mail.body, prove=prove, blobs=blobs, words=words)
    touched = _threaded(conn, components)
    bodies.index(raw, words)
    return touched


def imported(conn: Connection, mails: Sequence[FileMail], *, prove: Prove, blobs: Blobs) -> Arrived:
    """Store mails out of files. One that is here already, with the same content, stays as it is.

    Its content decides, as with a copy that the server has: other content under the same
    headers is another message, and a message whose text is not here yet gets it.
    """
    raw = driver(conn)
    known = _known(raw, [one.mail.headers.key for one in mails])
    fresh: dict[MessageKey, FileMail] = {}
    copies = []
    for one in mails:
        if one.mail.headers.key in known or one.mail.headers.key in fresh:
            copies.append(one)
        else:
            fresh[one.mail.headers.key] = one
    news = [_from_file(one) for one in fresh.values()]
    ids, components = _insert(raw, news, refold.settings(conn), prove)
    for row_id, one in zip(ids, fresh.values(), strict=True):
        components |= bodies.store(raw, row_id, one.mail.body, prove=prove, blobs=blobs)
    for one in copies:
        settled, concerned = _settled(raw, one, prove=prove, blobs=blobs)
        ids += settled
        components |= concerned
    keys_of_new = where_in(raw, "SELECT key FROM message WHERE id IN {}", ids)
    return Arrived(
        keys=frozenset(MessageKey(row[0]) for row in keys_of_new),
        touched=_threaded(conn, components),
    )


def _settled(
    conn: sqlite3.Connection, one: FileMail, *, prove: Prove, blobs: Blobs
) -> tuple[list[int], set[int]]:
    """Return the row that a mail under known headers became or filled, and what to thread."""
    base = one.mail.headers.key
    row_id, components = bodies.settle(
        conn,
        base,
        one.mail.body,
        arrival_ms=_ms(one.arrived_at),
        size=len(one.raw),
        prove=prove,
        blobs=blobs,
    )
    if row_id is not None:
        source = zlib.compress(one.raw)
        conn.execute("UPDATE message SET raw=? WHERE id=?", (source, row_id))
    if one.is_sent:
        components |= _known_as_ours(conn, base)
    return ([] if row_id is None else [row_id]), components


def _from_file(one: FileMail) -> _New:
    return _New(
        headers=one.mail.headers,
        raw_header=one.header or one.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
        raw=one.raw if one.header is None else None,
        arrival_ms=_ms(one.arrived_at),
        size=len(one.raw),
        is_sent=one.is_sent,
    )


def _known_as_ours(conn: sqlite3.Connection, base: bytes) -> set[int]:
    changed = conn.execute(
        "UPDATE message SET direction='out', is_colleague=1 WHERE base_key=? AND direction='in'"
        " RETURNING component",
        (base,),
    ).fetchall()
    return {component for (component,) in changed}


def _threaded(conn: Connection, components: set[int]) -> Touched:
    if not components:
        return Touched()
    touched = refold.of_tickets(conn, refold.components(conn, components))
    local.note_touched(conn, touched)
    return touched


def _insert(
    conn: sqlite3.Connection, news: Sequence[_New], desk: DeskSettings, prove: Prove
) -> tuple[list[int], set[int]]:
    ids = rows.free_ids(conn, [one.arrival_ms for one in news])
    named = [rows.named_ids(one.headers) for one in news]
    components = rows.join_components(conn, list(zip(ids, named, strict=True)))
    conn.executemany(
        _INSERT,
        [
            _row(one, row_id, component, prove, is_ours=_is_ours(conn, one, desk, prove))
            for one, row_id, component in zip(news, ids, components, strict=True)
        ],
    )
    conn.executemany(
        "INSERT INTO message_id_owner(hash, message_id) VALUES(?,?) ON CONFLICT DO NOTHING",
        [
            (message_id_hash(one.headers.message_id), row_id)
            for one, row_id in zip(news, ids, strict=True)
            if one.headers.message_id
        ],
    )
    return ids, set(components)


def _row(
    one: _New, row_id: int, component: int, prove: Prove, *, is_ours: bool
) -> tuple[str | int | bytes | None, ...]:
    h = one.headers
    proven = [named for named in dict.fromkeys([*h.in_reply_to, *h.references]) if prove(named)]
    return (
        row_id,
        h.key,
        h.key,
        h.message_id,
        " ".join(h.in_reply_to),
        " ".join(h.references),
        " ".join(proven),
        component,
        (Direction.OUT if is_ours else Direction.IN).value,
        int(is_ours),
        h.sender.email,
        h.sender.name,
        _addresses(h.reply_to),
        _addresses(h.to),
        _addresses(h.cc),
        h.subject,
        _ms(h.date) if h.date else one.arrival_ms,
        one.arrival_ms,
        one.size,
        int(h.is_auto),
        int(h.is_report),
        int(h.may_auto_reply),
        None if h.auth_passed is None else int(h.auth_passed),
        json.dumps(h.defects, ensure_ascii=False),
        zlib.compress(one.raw_header, 1),
        None if one.raw is None else zlib.compress(one.raw),
        PARSE_VERSION,
    )


def _is_ours(conn: sqlite3.Connection, one: _New, desk: DeskSettings, prove: Prove) -> bool:
    h = one.headers
    if one.is_sent or (desk.is_of_team(h.sender.email) and h.auth_passed is True):
        return True
    # the desk has what we wrote under that id: this is another mail under it
    owned = "SELECT 1 FROM message_id_owner WHERE hash=?"
    return (
        _proves_ours(h, desk, prove)
        and conn.execute(owned, (message_id_hash(h.message_id),)).fetchone() is None
    )


def _proves_ours(found: ParsedHeaders, desk: DeskSettings, prove: Prove) -> bool:
    # whoever got a mail of ours knows its id, and may write under it
    from_us = desk.is_own(found.sender.email)
    return from_us and bool(found.message_id) and prove(found.message_id)


def _copy(
    conn: sqlite3.Connection,
    folder_id: int,
    one: IncomingHeaders,
    row_id: int,
    desk: DeskSettings,
    *,
    is_sent: bool,
    prove: Prove,
) -> set[int]:
    """Store another copy's place; return its component where the message itself changed.

    Same id by the server, or where it gives none same size and INTERNALDATE, or from us with a
    valid MAC in its id: the same copy. Anything else is compared once its body is here. The
    message's own size and arrival count as much as a place's: a new UIDVALIDITY took the
    places away.
    """
    arrived = _ms(one.place.arrived_at)
    place = one.place
    told = (one.headers.key, arrived, place.size, place.server_id)
    same = conn.execute(_SAME, told).fetchone()
    row_id = same[0] if same else row_id
    is_known = bool(same) or _proves_ours(one.headers, desk, prove)
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


def _place(
    conn: sqlite3.Connection, folder_id: int, place: Place, row_id: int, *, is_checked: bool
) -> None:
    flags = " ".join(sorted(place.flags))
    values = (folder_id, place.uid, row_id, flags, _ms(place.arrived_at), place.size)
    conn.execute(_PLACE, (*values, place.server_id, int(is_checked)))
    conn.execute("DELETE FROM skipped WHERE folder_id=? AND uid=?", values[:2])


def _known(conn: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, int]:
    sql = "SELECT base_key, min(id) FROM message WHERE base_key IN {} GROUP BY base_key"
    return dict(where_in(conn, sql, keys))


def _placed(conn: sqlite3.Connection, folder_id: int, uids: Sequence[int]) -> set[int]:
    sql = f"SELECT uid FROM place WHERE folder_id={int(folder_id)} AND uid IN {{}}"  # noqa: S608 - a number
    return {row[0] for row in where_in(conn, sql, uids)}


def _role(conn: sqlite3.Connection, folder_id: int) -> FolderRole:
    row = conn.execute("SELECT role FROM folder WHERE id=?", (folder_id,)).fetchone()
    return FolderRole(row[0])


def _addresses(some: Sequence[Address]) -> str:
    return json.dumps([[one.name, one.email] for one in some], ensure_ascii=False)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
