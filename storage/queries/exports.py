"""Everything on a desk, a page at a time: what an export writes and a colleague could absorb."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from storage.queries import hot, named
from storage.records.facts import Fact, Stamped
from storage.records.query import Query, Runs
from storage.records.ticket import TicketSummary

T = TypeVar("T")
_PAGE: Final = 500
_MAIL: Final = (
    "SELECT m.id, m.key, m.base_key, m.content_hash, m.direction='out', m.is_colleague, m.auth_passed,"
    " m.proven, m.reported_ids, m.arrival_ms, m.size, m.has_body, m.hidden_text, m.defects, m.header,"
    " m.raw, coalesce(x.body, ''), m.ticket_uid, m.verdict='member', m.from_addr, m.msgid"
    " FROM message m LEFT JOIN message_text x ON x.id=m.id WHERE m.id=?"
)


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail with all that the desk keeps of it."""

    id: int
    key: bytes
    base_key: bytes
    content_hash: bytes | None
    is_ours: bool
    is_colleague: bool
    auth_passed: bool | None
    proven: tuple[str, ...]
    reported_ids: tuple[str, ...]
    arrival_ms: int
    size: int
    has_body: bool
    hidden_text: int
    defects: tuple[str, ...]
    header: bytes = field(repr=False)
    "Compressed with zlib."
    raw: bytes | None = field(repr=False)
    "As above."
    text: str = field(repr=False)
    ticket: str
    is_member: bool
    sender: str
    message_id: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a mail."""

    part: str
    filename: str
    mime: str
    size: int
    cid: str
    sha256: bytes | None


def mails(run: Runs) -> Iterator[MailRow]:
    """Yield every mail, one at a time: each may be large."""
    for number in _pages(run, "SELECT id FROM message WHERE id > ? ORDER BY id LIMIT ?", 0):
        yield from run(Query(_MAIL, (number,), _mail))


def files(message_id: int) -> Query[FileRow]:
    """Return the files of a mail, in its own order."""
    return Query(
        "SELECT part, filename, mime, size, cid, sha256 FROM attachment WHERE message_id=? ORDER BY id",
        (message_id,),
        lambda row: FileRow(*row),
    )


def facts(run: Runs) -> Iterator[Stamped]:
    """Yield every fact by its stamp."""
    after = b""
    sql = "SELECT id, change, kind, actor, ent, key, val FROM journal WHERE id > ? ORDER BY id LIMIT ?"
    while page := run(Query(sql, (after, _PAGE), _stamped)):
        yield from page
        after = page[-1].stamp


def tickets(run: Runs) -> Iterator[TicketSummary]:
    """Yield every ticket by its uid, merged ones too."""
    after = ""
    sql = "SELECT uid FROM ticket WHERE uid > ? ORDER BY uid LIMIT ?"
    while uids := run(Query(sql, (after, _PAGE), lambda row: str(row[0]))):
        yield from sorted(run(named.tickets(uids)), key=lambda one: one.id)
        after = uids[-1]


def keys_of(uid: str) -> Query[str]:
    """Return the keys, in hex, of the mails on a ticket, oldest first."""
    return Query(
        "SELECT lower(hex(key)) FROM message WHERE ticket_uid=? ORDER BY arrival_ms, id",
        (uid,),
        lambda row: str(row[0]),
    )


def rows(table: str) -> Query[dict[str, str | int | None]]:
    """Return the rows of `bug`, `feature`, `draft` or `outbox`, by the names of their columns."""
    columns = _COLUMNS[table]
    return Query(
        f"SELECT {', '.join(columns)} FROM {table}{_WHICH.get(table, '')} ORDER BY 1, 2",  # noqa: S608 - our own names
        (),
        lambda row: dict(zip(columns, row, strict=True)),
    )


def count(table: str) -> Query[int]:
    """Return how many rows `message`, `journal` or `ticket` has."""
    return Query(f"SELECT count(*) FROM {_COUNTED[table]}", (), lambda row: int(row[0]))  # noqa: S608 - our own names


_COUNTED: Final = {"message": "message", "journal": "journal", "ticket": "ticket"}
_COLUMNS: Final = {
    "bug": (
        *("uid", "title", "state", "severity", "area", "fixer", "steps", "expected", "actual"),
        *("environment", "impact", "workaround", "reproduced", "links", "created_ms", "created_by"),
    ),
    "feature": ("uid", "title", "detail", "area", "state", "created_ms", "created_by"),
    "draft": ("ticket_uid", "is_note", "text", "to_addrs", "cc_addrs", "saved_ms"),
    "outbox": ("id", "ticket_uid", "to_addrs", "cc_addrs", "subject", "text", "queued_ms"),
}
_WHICH: Final = {"outbox": f" WHERE state IN {hot.UNENDED_OUTBOX}"}


def _pages(run: Runs, sql: str, after: int) -> Iterator[int]:
    while page := run(Query(sql, (after, _PAGE), lambda row: int(row[0]))):
        yield from page
        after = page[-1]


def _mail(row: tuple[Any, ...]) -> MailRow:
    values = list(row)
    for at in (4, 5, 11, 18):
        values[at] = bool(values[at])
    values[6] = None if row[6] is None else bool(row[6])
    values[7:9] = [tuple(text.split()) for text in row[7:9]]
    values[13] = tuple(json.loads(row[13]))
    return MailRow(*values)


def _stamped(row: tuple[Any, ...]) -> Stamped:
    stamp, change, kind, actor, entity, key, value = row
    return Stamped(
        stamp=stamp,
        change=change,
        kind=kind,
        actor=actor,
        fact=Fact(entity, key, json.loads(value)),
    )
