"""What a file inside a mail is, whether it was held in memory or went to the disk in pieces."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from storage.mail import content, pieces
from storage.mail.spooled import Raw
from storage.mail.structure import Part

OPENING: Final = 200_000
"Bytes of a file that are looked at for what a bounce says."

Keep: TypeAlias = Callable[[Iterator[bytes]], bytes]
"Keeps a file that comes in pieces; returns its SHA-256."


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    size: int
    told: bytes
    "SHA-256 of what two copies of a mail share of it, see `_Comparable`."
    opening: bytes
    is_whole: bool
    "Its transfer encoding could be undone without loss."
    content: bytes | None = None
    sha256: bytes | None = None
    "Of a file that was kept already."


def whole(raw: Raw, part: Part) -> Held:
    """Return a file with its bytes."""
    held, is_whole = content.decoded(raw, part)
    comparable = _Comparable(is_exact=content.encoding(part) == "base64")
    comparable.feed(held)
    return Held(
        size=len(held),
        told=comparable.digest(),
        opening=held[:OPENING],
        is_whole=is_whole,
        content=held,
    )


def kept(raw: Raw, part: Part, keep: Keep) -> Held:
    """Return a file whose bytes were handed to `keep`, piece by piece."""
    found, is_whole = pieces.of(raw, part)
    comparable = _Comparable(is_exact=content.encoding(part) == "base64")
    opening = bytearray()
    size = 0

    def seen() -> Iterator[bytes]:
        nonlocal size
        for one in found:
            size += len(one)
            comparable.feed(one)
            opening.extend(one[: OPENING - len(opening)])
            yield one

    digest = keep(seen())
    return Held(
        size=size,
        told=comparable.digest(),
        opening=bytes(opening),
        is_whole=is_whole,
        sha256=digest,
    )


class _Comparable:
    """The hash of a file that does not change with the way a copy took.

    Line ends of unencoded parts do; encoded bytes do not.
    """

    def __init__(self, *, is_exact: bool) -> None:
        self._is_exact = is_exact
        self._hash = hashlib.sha256()
        self._line_ends = 0
        "Seen, and counted only where something follows."
        self._has_return = False

    def feed(self, piece: bytes) -> None:
        if self._is_exact:
            self._hash.update(piece)
            return
        came = b"\r" * self._has_return + piece
        self._has_return = came.endswith(b"\r")
        came = came.removesuffix(b"\r").replace(b"\r\n", b"\n")
        told = came.rstrip(b"\n")
        if told:
            self._flush()
            self._hash.update(told)
        self._line_ends += len(came) - len(told)

    def digest(self) -> bytes:
        if self._has_return:
            self._flush()
            self._hash.update(b"\r")
        return self._hash.digest()

    def _flush(self) -> None:
        for at in range(0, self._line_ends, OPENING):
            self._hash.update(b"\n" * min(OPENING, self._line_ends - at))
        self._line_ends = 0
