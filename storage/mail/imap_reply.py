"""What an IMAP server answers, as values. Pure.

imaplib gives an answer as its text and, for each literal in it, a pair of the text up to
it and its bytes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from imapclient import imap_utf7

from storage.mail.imap_rows import NotImapError, flags_of, unescaped
from storage.records.remote import Ranges

Piece = bytes | tuple[bytes, bytes]

_LIST = re.compile(rb'\((?P<flags>[^()]*)\) (?:NIL|"(?P<delimiter>\\?.)") (?P<name>.*)', re.DOTALL)
_APPENDUID = re.compile(rb"\[APPENDUID \d+ (\d+)\]", re.IGNORECASE)
_COPYUID = re.compile(rb"\d+ ([\d:,]+) ([\d:,]+)")
_ESEARCH = re.compile(rb'\(TAG "?([A-Za-z0-9]+)"?\) UID(?: ALL ([\d:,]+))?', re.IGNORECASE)
_LONGEST_SET = 7_000
"Servers take lines of 8,000 bytes (RFC 2683, 3.2.1.5)."
HIGHEST_UID = 2**32 - 1
_SERVER_NAME = re.compile(rb'"name" +"((?:[^"\\]|\\.){1,200})"', re.IGNORECASE)
_MOST_COPIED = 10_000


@dataclass(frozen=True, slots=True)
class ListRow:
    raw_name: bytes
    "As the server writes it, unquoted."
    delimiter: str
    flags: frozenset[str]


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
        yield ListRow(name, delimiter, flags_of(found["flags"]))


def search_uids(pieces: Iterable[Piece]) -> list[int]:
    return [int(one) for piece in pieces if isinstance(piece, bytes) for one in piece.split()]


def found_uids(pieces: Iterable[Piece]) -> Ranges | None:
    """Return what an ESEARCH found; None where the server did not answer with one."""
    rows = [_ESEARCH.match(piece) for piece in pieces if isinstance(piece, bytes)]
    if not any(rows):
        return None
    return tuple(one for row in rows if row and row[2] for one in uid_ranges(row[2]))


def server_name(pieces: Iterable[Piece]) -> str:
    """Return how a server calls itself in its ID; empty where it does not say."""
    for piece in pieces:
        text = b"".join(piece) if isinstance(piece, tuple) else piece
        if found := _SERVER_NAME.search(text):
            return unescaped(found[1]).decode("utf-8", "replace")
    return ""


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
            found.update(zip(each(old), each(new), strict=True))
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


def clipped(ranges: Ranges, first: int, last: int) -> Ranges:
    """Return the part of `ranges` from `first` to `last`."""
    return tuple(
        (max(low, first), min(high, last)) for low, high in ranges if low <= last and high >= first
    )


def each(ranges: Ranges) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


def quoted(name: str) -> str:
    """Return a folder's name as a command says it."""
    wire: str = imap_utf7.encode(name).decode("ascii")
    return '"' + wire.replace("\\", "\\\\").replace('"', '\\"') + '"'


def windows(uids: Iterable[int], size: int) -> Iterator[list[int]]:
    """Yield `uids` in order, at most `size` at once and no more than a command's line takes."""
    ordered = sorted(set(uids))
    for start in range(0, len(ordered), size):
        yield from _short(ordered[start : start + size])


def _short(uids: list[int]) -> Iterator[list[int]]:
    if len(uid_set(uids)) <= _LONGEST_SET:
        yield uids
    else:
        half = len(uids) // 2
        yield from _short(uids[:half])
        yield from _short(uids[half:])


def uid_set(uids: Sequence[int]) -> str:
    """Return ascending `uids` as IMAP writes a set: '1:3,7'. Names no other UID."""
    runs: list[list[int]] = []
    for uid in uids:
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(f"{low}" if low == high else f"{low}:{high}" for low, high in runs)


def _unquoted(value: bytes) -> bytes:
    value = value.strip()
    if value[:1] == b'"' and value[-1:] == b'"' and len(value) > 1:
        return unescaped(value[1:-1])
    return value
