"""Mails become rows of `message`, whatever way they came."""

import json
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.db.rows import where_in
from storage.intake import rows
from storage.records.desk import DeskSettings
from storage.records.ids import message_id_hash
from storage.records.mail import Address, ParsedHeaders
from storage.records.words import Direction

PARSE_VERSION = 1
Prove = Callable[[str], bool]
"Whether an id carries a valid MAC of this team: it is ours."

_INSERT = (
    "INSERT INTO message(id, key, base_key, msgid, in_reply_to, refs, proven, component, direction, is_colleague,"
    " from_addr, from_name, reply_to, to_addrs, cc_addrs, subject, date_ms, arrival_ms, size, is_auto, is_report,"
    " may_auto_reply, auth_passed, defects, header, raw, parse_version)"
    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A message that is not on the desk yet."""

    headers: ParsedHeaders
    raw_header: bytes
    raw: bytes | None
    arrival_ms: int
    size: int
    is_sent: bool


def insert(
    conn: sqlite3.Connection, news: Sequence[New], desk: DeskSettings, prove: Prove
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
    one: New, row_id: int, component: int, prove: Prove, *, is_ours: bool
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
        ms(h.date) if h.date else one.arrival_ms,
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


def _is_ours(conn: sqlite3.Connection, one: New, desk: DeskSettings, prove: Prove) -> bool:
    h = one.headers
    if one.is_sent or (desk.is_of_team(h.sender.email) and h.auth_passed is True):
        return True
    # the desk has what we wrote under that id: this is another mail under it
    owned = "SELECT 1 FROM message_id_owner WHERE hash=?"
    return (
        proves_ours(h, desk, prove)
        and conn.execute(owned, (message_id_hash(h.message_id),)).fetchone() is None
    )


def proves_ours(found: ParsedHeaders, desk: DeskSettings, prove: Prove) -> bool:
    # whoever got a mail of ours knows its id, and may write under it
    from_us = desk.is_own(found.sender.email)
    return from_us and bool(found.message_id) and prove(found.message_id)


def known(conn: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, int]:
    sql = "SELECT base_key, min(id) FROM message WHERE base_key IN {} GROUP BY base_key"
    return dict(where_in(conn, sql, keys))


def _addresses(some: Sequence[Address]) -> str:
    return json.dumps([[one.name, one.email] for one in some], ensure_ascii=False)


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
