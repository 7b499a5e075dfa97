"""Mails out of files: whole, in no folder, and perhaps here already."""

import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from storage.db.blobs import Blobs
from storage.db.engine import driver
from storage.db.rows import where_in
from storage.intake import bodies, messages
from storage.intake.arrivals import threaded
from storage.records.facts import Touched
from storage.records.ids import MessageKey
from storage.records.mail import ParsedMail
from storage.refold import everything as refold


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


def imported(
    conn: Connection, mails: Sequence[FileMail], *, prove: messages.Prove, blobs: Blobs
) -> Arrived:
    """Store mails out of files. One that is here already, with the same content, stays as it is.

    Its content decides, as with a copy that the server has: other content under the same
    headers is another message, and a message whose text is not here yet gets it.
    """
    raw = driver(conn)
    known = messages.known(raw, [one.mail.headers.key for one in mails])
    fresh: dict[MessageKey, FileMail] = {}
    copies = []
    for one in mails:
        if one.mail.headers.key in known or one.mail.headers.key in fresh:
            copies.append(one)
        else:
            fresh[one.mail.headers.key] = one
    news = [_from_file(one) for one in fresh.values()]
    ids, components = messages.insert(raw, news, refold.settings(conn), prove)
    words: list[bodies.Words] = []
    for row_id, one in zip(ids, fresh.values(), strict=True):
        components |= bodies.store(
            raw, row_id, one.mail.body, prove=prove, blobs=blobs, words=words
        )
    for one in copies:
        settled, concerned = _settled(raw, one, prove=prove, blobs=blobs)
        ids += settled
        components |= concerned
    bodies.index(raw, words)
    keys_of_new = where_in(raw, "SELECT key FROM message WHERE id IN {}", ids)
    return Arrived(
        keys=frozenset(MessageKey(row[0]) for row in keys_of_new),
        touched=threaded(conn, components),
    )


def _settled(
    conn: sqlite3.Connection, one: FileMail, *, prove: messages.Prove, blobs: Blobs
) -> tuple[list[int], set[int]]:
    """Return the row that a mail under known headers became or filled, and what to thread."""
    base = one.mail.headers.key
    row_id, components = bodies.settle(
        conn,
        base,
        one.mail.body,
        arrival_ms=messages.ms(one.arrived_at),
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


def _from_file(one: FileMail) -> messages.New:
    return messages.New(
        headers=one.mail.headers,
        raw_header=one.header or one.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
        raw=one.raw if one.header is None else None,
        arrival_ms=messages.ms(one.arrived_at),
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
