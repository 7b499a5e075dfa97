"""Mails of an export back into rows, as they were: identity, arrival and whose they are included."""

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from storage import local
from storage.db.blobs import Blobs
from storage.db.engine import driver
from storage.db.rows import where_in
from storage.intake import bodies, messages, rows
from storage.records.facts import Touched
from storage.records.ids import MessageKey, message_id_hash
from storage.records.mail import ParsedBody, ParsedHeaders
from storage.records.words import Direction
from storage.refold import everything as refold

_INSERT = (
    "INSERT INTO message(id, key, base_key, same_id_other_content, msgid, in_reply_to, refs, proven,"
    " component, direction, is_colleague, from_addr, from_name, reply_to, to_addrs, cc_addrs, subject,"
    " date_ms, arrival_ms, size, is_auto, is_report, may_auto_reply, auth_passed, defects, header, raw,"
    " parse_version) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredMail:
    """A mail as another desk had it."""

    id: int
    key: MessageKey
    base_key: MessageKey
    headers: ParsedHeaders
    header: bytes
    raw: bytes | None
    body: ParsedBody | None
    "None: its text was not there."
    is_ours: bool
    is_colleague: bool
    auth_passed: bool | None
    proven: tuple[str, ...]
    arrival_ms: int
    size: int
    defects: tuple[str, ...]
    "Of headers and body together."


def restored(conn: Connection, mails: Sequence[RestoredMail], *, blobs: Blobs) -> Touched:
    """Store mails of another desk; one that is here already stays as it is."""
    raw = driver(conn)
    sql = "SELECT key FROM message WHERE key IN {}"
    here = {row[0] for row in where_in(raw, sql, [one.key for one in mails])}
    news = list({one.key: one for one in mails if one.key not in here}.values())
    if not news:
        return Touched()
    ids = _numbers(raw, news)
    named = [rows.named_ids(one.headers) for one in news]
    components = rows.join_components(raw, list(zip(ids, named, strict=True)))
    raw.executemany(
        _INSERT,
        [
            _row(one, row_id, component)
            for one, row_id, component in zip(news, ids, components, strict=True)
        ],
    )
    raw.executemany(
        "INSERT INTO message_id_owner(hash, message_id) VALUES(?,?) ON CONFLICT DO NOTHING",
        [
            (message_id_hash(one.headers.message_id), row_id)
            for one, row_id in zip(news, ids, strict=True)
            if one.headers.message_id
        ],
    )
    concerned = set(components)
    words: list[bodies.Words] = []
    for row_id, one in zip(ids, news, strict=True):
        if one.body is not None:
            proven = frozenset(one.proven)
            concerned |= bodies.store(
                raw, row_id, one.body, prove=proven.__contains__, blobs=blobs, words=words
            )
    bodies.index(raw, words)
    touched = refold.of_tickets(conn, refold.components(conn, concerned))
    local.note_touched(conn, touched)
    return touched


def _numbers(conn: sqlite3.Connection, news: Sequence[RestoredMail]) -> list[int]:
    """Return the row ids they had; free ones where one of them is taken."""
    wanted = [one.id for one in news]
    sql = "SELECT id FROM message WHERE id IN {}"
    if len(set(wanted)) == len(wanted) and not list(where_in(conn, sql, wanted)):
        return wanted
    return rows.free_ids(conn, [one.arrival_ms for one in news])


def _row(one: RestoredMail, row_id: int, component: int) -> tuple[str | int | bytes | None, ...]:
    h = one.headers
    people = [
        json.dumps([[who.name, who.email] for who in some], ensure_ascii=False)
        for some in (h.reply_to, h.to, h.cc)
    ]
    return (
        row_id,
        one.key,
        one.base_key,
        int(one.key != one.base_key),
        h.message_id,
        " ".join(h.in_reply_to),
        " ".join(h.references),
        " ".join(one.proven),
        component,
        (Direction.OUT if one.is_ours else Direction.IN).value,
        int(one.is_colleague),
        h.sender.email,
        h.sender.name,
        *people,
        h.subject,
        int(h.date.timestamp() * 1000) if h.date else one.arrival_ms,
        one.arrival_ms,
        one.size,
        int(h.is_auto),
        int(h.is_report),
        int(h.may_auto_reply),
        None if one.auth_passed is None else int(one.auth_passed),
        json.dumps(one.defects, ensure_ascii=False),
        zlib.compress(one.header, 1),
        None if one.raw is None else zlib.compress(one.raw),
        messages.PARSE_VERSION,
    )
