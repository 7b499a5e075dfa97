"""The rows of a FETCH, read as they come.

A row is a line, but for its literals: a line that ends in {n} goes on after n bytes, with
another line. Nothing is looked at one character at a time, and a literal is never copied
into a line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, Protocol

from imapclient.datetime_util import parse_to_datetime

_BEGIN: Final = re.compile(rb"\* \d+ FETCH \(", re.IGNORECASE)
_FLAGS_ONLY: Final = re.compile(
    rb"\* \d+ FETCH \(UID (\d+) FLAGS \(([^()]*)\)(?: MODSEQ \(\d+\))?\)"
)
_USUAL: Final = re.compile(
    rb"\* \d+ FETCH \(UID (\d+)(?: FLAGS \(([^()]*)\))?"
    rb'(?: INTERNALDATE "([^"\\]*)")?(?: RFC822\.SIZE (\d+))?'
    rb" BODY\[([A-Z]+)\](?:<\d+>)? \{(\d+)\}"
)
"As Dovecot and most others answer what the desk asks for."
_NAME: Final = re.compile(
    rb' *([A-Za-z0-9.-]+(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])?)(?:<\d+>)? ', re.DOTALL
)
_LIST: Final = re.compile(rb'\(([^()"{]*)\)')
_QUOTED: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_LITERAL: Final = re.compile(rb"~?\{(\d+)\+?\}$")
_ATOM: Final = re.compile(rb'[^ ()"{]+')
_INSIDE: Final = re.compile(rb'[^()"{]*')
_END: Final = re.compile(rb" *\) *$")
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_INSTANT: Final = re.compile(rb"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})")
_MONTHS: Final = (
    *(b"jan", b"feb", b"mar", b"apr", b"may", b"jun"),
    *(b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"),
)


class NotImapError(ValueError):
    """What came is not what a server may say."""


class Source(Protocol):
    """Where the rest of a row comes from."""

    def read(self, size: int) -> bytes: ...

    def more(self) -> bytes:
        """Return the line that follows a literal, without its end."""
        ...


@dataclass(frozen=True, slots=True)
class FetchRow:
    """One message of a FETCH; what was not in the answer is None."""

    uid: int
    flags: frozenset[str] | None = None
    arrived_at: datetime | None = None
    size: int | None = None
    parts: dict[str, bytes] = field(default_factory=dict, repr=False)
    "By section: 'HEADER', 'TEXT'."
    server_id: str = ""
    "X-GM-MSGID."


def begins_row(line: bytes) -> bool:
    return _BEGIN.match(line) is not None


def read_row(line: bytes, source: Source) -> FetchRow | None:
    """Return the message that the row beginning with `line` speaks of.

    None where it names no UID: a sequence number means nothing here, and is never taken for
    another message's.

    Raises:
        NotImapError: it is none.
    """
    if plain := _FLAGS_ONLY.fullmatch(line):
        return FetchRow(int(plain[1]), flags_of(plain[2]))
    found: dict[str, bytes | None] = {}
    parts: dict[str, bytes] = {}
    if usual := _USUAL.fullmatch(line):
        uid, flags, arrived, size, section, length = usual.groups()
        parts[section.decode()] = source.read(int(length))
        found = {"UID": uid, "FLAGS": flags, "INTERNALDATE": arrived, "RFC822.SIZE": size}
        line, at = source.more(), 0
        if line == b")":
            return _row(found, parts)
    elif begin := _BEGIN.match(line):
        at = begin.end()
    else:
        raise NotImapError("FETCH")
    for name, value in _items(line, at, source):
        key = name.decode("ascii").upper()
        if key.startswith("BODY["):
            # a text may be empty; a header block that is none was not given
            if value is not None or key != "BODY[HEADER]":
                parts[key[5:-1]] = value or b""
        else:
            found[key] = value
    return _row(found, parts)


def _row(found: dict[str, bytes | None], parts: dict[str, bytes]) -> FetchRow | None:
    if (uid := found.get("UID")) is None:
        return None
    flags, size = found.get("FLAGS"), found.get("RFC822.SIZE")
    return FetchRow(
        int(uid),
        None if flags is None else flags_of(flags),
        _instant(found.get("INTERNALDATE")),
        None if size is None else int(size),
        parts,
        (found.get("X-GM-MSGID") or b"")[:20].decode("ascii", "replace"),
    )


@lru_cache(maxsize=512)
def flags_of(value: bytes) -> frozenset[str]:
    return frozenset(one.decode("ascii", "replace") for one in value.split())


def unescaped(value: bytes) -> bytes:
    """Return what stands between the quotes of a quoted string."""
    return _ESCAPED.sub(rb"\1", value) if b"\\" in value else value


def _items(line: bytes, at: int, source: Source) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield (name, value): the bytes of a literal or string, what is inside a plain list."""
    while name := _NAME.match(line, at):
        at = name.end()
        value: bytes | None
        if plain := _LIST.match(line, at) or _QUOTED.match(line, at):
            value, at = plain[1], plain.end()
            if line[plain.start() : plain.start() + 1] == b'"':
                value = unescaped(value)
        elif size := _LITERAL.match(line, at):
            value, line, at = source.read(int(size[1])), source.more(), 0
        elif atom := _ATOM.match(line, at):
            value, at = None if atom[0].upper() == b"NIL" else atom[0], atom.end()
        else:
            value = None
            line, at = _past_list(line, at, source)
        yield name[1], value
    if not _END.match(line, at):
        raise NotImapError("FETCH")


def _past_list(line: bytes, at: int, source: Source) -> tuple[bytes, int]:
    """Return the line and the place in it after a list of whatever depth; it is not kept."""
    depth = 0
    while True:
        inside = _INSIDE.match(line, at)
        at = inside.end() if inside else at
        sign = line[at : at + 1]
        if sign == b"(":
            depth, at = depth + 1, at + 1
        elif sign == b")":
            depth, at = depth - 1, at + 1
        elif quoted := _QUOTED.match(line, at):
            at = quoted.end()
        elif size := _LITERAL.match(line, at):
            source.read(int(size[1]))
            line, at = source.more(), 0
        else:
            raise NotImapError("FETCH")
        if depth <= 0:
            return line, at


def _instant(value: bytes | None) -> datetime | None:
    """Return an INTERNALDATE in UTC; None where it names no instant."""
    if value is None:
        return None
    try:
        if found := _INSTANT.fullmatch(value):
            day, month, *numbers, zone = found.groups()
            year, hour, minute, second = map(int, numbers)
            east = timedelta(hours=int(zone[:3]), minutes=int(zone[:1] + zone[3:]))
            at = datetime(
                *(year, _MONTHS.index(month.lower()) + 1, int(day), hour, minute, second),
                tzinfo=timezone(east),
            )
        else:
            at = parse_to_datetime(value, normalise=False)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
