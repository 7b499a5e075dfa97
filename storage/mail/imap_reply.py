"""What an IMAP server answers, as values. Pure.

imaplib gives an answer as its text and, for each literal in it, a pair of the text up to
it and its bytes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from imapclient import imap_utf7
from imapclient.datetime_util import parse_to_datetime

Piece = bytes | tuple[bytes, bytes]
Ranges = tuple[tuple[int, int], ...]
"Of UIDs, both ends included."

_ROW = re.compile(rb"\d+ \(")
_ITEM = re.compile(
    rb" ?([A-Za-z0-9.-]+(?:\[[^\]]*\])?(?:<\d+>)?) "
    rb'(\([^()]*(?:\([^()]*\)[^()]*)*\)|"(?:[^"\\]|\\.)*"|~?\{\d+\+?\}|[^ ()]+)'
)
_LIST = re.compile(rb'\((?P<flags>[^()]*)\) (?:NIL|"(?P<delimiter>\\?.)") (?P<name>.*)', re.DOTALL)
_APPENDUID = re.compile(rb"\[APPENDUID \d+ (\d+)\]", re.IGNORECASE)
_COPYUID = re.compile(rb"\d+ ([\d:,]+) ([\d:,]+)")
_MOST_COPIED = 10_000
_LITERAL = re.compile(rb"~?\{\d+\+?\}$")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class NotImapError(ValueError):
    """What came is not what a server may say."""


@dataclass(frozen=True, slots=True)
class FetchRow:
    """One message of a FETCH; what was not in the answer is None."""

    uid: int
    flags: frozenset[str] | None
    arrived_at: datetime | None
    size: int | None
    parts: dict[str, bytes] = field(repr=False)
    "By section: 'HEADER', 'TEXT'."


@dataclass(frozen=True, slots=True)
class ListRow:
    raw_name: bytes
    "As the server writes it, unquoted."
    delimiter: str
    flags: frozenset[str]


def fetch_rows(pieces: Iterable[Piece]) -> Iterator[FetchRow]:
    """Yield the messages of an answer that name their UID.

    A row without one speaks of a sequence number, which means nothing here: a flag that
    changed meanwhile. It is left out, never taken for another message's.
    """
    text, literals = b"", []
    for piece in pieces:
        if isinstance(piece, tuple):
            text += piece[0]
            literals.append(piece[1])
            continue
        row = _fetch_row(text + piece, literals)
        if row is not None:
            yield row
        text, literals = b"", []


def list_rows(pieces: Iterable[Piece]) -> Iterator[ListRow]:
    for piece in pieces:
        text, literal = piece if isinstance(piece, tuple) else (piece, None)
        found = _LIST.match(text)
        if found is None:
            # imaplib gives an empty line after a name that came as a literal
            if text.strip():
                raise NotImapError("LIST")
            continue
        name = literal if literal is not None else _unquoted(found["name"])
        delimiter = (found["delimiter"] or b"").removeprefix(b"\\").decode("ascii", "replace")
        yield ListRow(name, delimiter, _flags(found["flags"]))


def search_uids(pieces: Iterable[Piece]) -> list[int]:
    return [int(one) for piece in pieces if isinstance(piece, bytes) for one in piece.split()]


def appended_uid(said: bytes) -> int | None:
    found = _APPENDUID.search(said)
    return int(found[1]) if found else None


def copied_uids(pieces: Iterable[Piece]) -> dict[int, int]:
    """Return the new UID by the old one, of what COPYUID says."""
    found: dict[int, int] = {}
    for piece in pieces:
        said = _COPYUID.match(piece) if isinstance(piece, bytes) else None
        if said is None:
            continue
        old, new = uid_ranges(said[1]), uid_ranges(said[2])
        if count(old) == count(new) <= _MOST_COPIED:
            found.update(zip(_each(old), _each(new), strict=True))
    return found


def uid_ranges(said: bytes) -> Ranges:
    """Return a set as IMAP writes it, '1:3,7', as ranges in its order."""
    found = []
    for run in said.split(b","):
        low, _, high = run.partition(b":")
        first, last = int(low), int(high or low)
        found.append((min(first, last), max(first, last)))
    return tuple(found)


def count(ranges: Ranges) -> int:
    return sum(last - first + 1 for first, last in ranges)


def _each(ranges: Ranges) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


def quoted(name: str) -> str:
    """Return a folder's name as a command says it."""
    wire: str = imap_utf7.encode(name).decode("ascii")
    return '"' + wire.replace("\\", "\\\\").replace('"', '\\"') + '"'


def windows(uids: Iterable[int], size: int) -> Iterator[list[int]]:
    ordered = sorted(set(uids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def uid_set(uids: Sequence[int]) -> str:
    """Return ascending `uids` as IMAP writes a set: '1:3,7'. Names no other UID."""
    runs: list[list[int]] = []
    for uid in uids:
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(f"{low}" if low == high else f"{low}:{high}" for low, high in runs)


def _fetch_row(text: bytes, literals: list[bytes]) -> FetchRow | None:
    start = _ROW.match(text)
    if start is None:
        raise NotImapError("FETCH")
    found: dict[str, bytes] = {}
    parts: dict[str, bytes] = {}
    waiting = iter(literals)
    at = start.end()
    while item := _ITEM.match(text, at):
        at = item.end()
        key, value = item[1].decode("ascii").upper(), item[2]
        if _LITERAL.match(value):
            value = next(waiting, b"")
        elif value.startswith(b'"'):
            value = _unquoted(value)
        if key.startswith("BODY["):
            parts[key[5:].partition("]")[0]] = b"" if item[2] == b"NIL" else value
        else:
            found[key] = value
    if text[at:].strip() != b")":
        raise NotImapError("FETCH")
    if "UID" not in found:
        return None
    return FetchRow(
        uid=int(found["UID"]),
        flags=_flags(found["FLAGS"].strip(b"()")) if "FLAGS" in found else None,
        arrived_at=_instant(found["INTERNALDATE"]) if "INTERNALDATE" in found else None,
        size=int(found["RFC822.SIZE"]) if "RFC822.SIZE" in found else None,
        parts=parts,
    )


def _instant(value: bytes) -> datetime | None:
    """Return an INTERNALDATE in UTC; None where it names no instant."""
    try:
        at: datetime = parse_to_datetime(value, normalise=False)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _flags(value: bytes) -> frozenset[str]:
    return frozenset(one.decode("ascii", "replace") for one in value.split())


def _unquoted(value: bytes) -> bytes:
    value = value.strip()
    if value[:1] == b'"' and value[-1:] == b'"' and len(value) > 1:
        return _ESCAPED.sub(rb"\1", value[1:-1])
    return value
