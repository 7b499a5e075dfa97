"""The bytes of a large mail that lie in a file: looked at piece by piece, never held whole.

It reads like `bytes`, so one reader of structure serves both. Pages that were looked at are
given back to the system at once: else reading a mail of 50 MB would hold 50 MB.
"""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

Raw: TypeAlias = bytes | mmap.mmap
"A mail, or its text: in memory, or in a file."
PIECE: Final = 262_144


class Spooled(mmap.mmap):
    """A file of at least one byte, read only."""

    piece = PIECE
    "How much is looked at before its memory is given back."

    def find(self, sub, start=0, end=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as `mmap.find`
        """Find as `bytes.find` does, without keeping what was looked at."""
        end = len(self) if end is None else min(end, len(self))
        for at in range(start, end, self.piece):
            found = super().find(sub, at, min(end, at + self.piece + len(sub) - 1))
            # a look maps up to 2 MB, so also where it was found
            self.give_back()
            if found >= 0:
                return found
        return -1

    def give_back(self) -> None:
        """Let the system have the memory of what was read."""
        self.madvise(mmap.MADV_DONTNEED)


def opened(path: Path, *, piece: int = PIECE) -> Raw:
    """Return what lies in a file, without reading it."""
    with path.open("rb") as file:
        try:
            found = Spooled(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file cannot be mapped
            return b""
    found.piece = piece
    return found


def give_back(raw: Raw) -> None:
    if isinstance(raw, Spooled):
        raw.give_back()


def search(
    pattern: re.Pattern[bytes], raw: Raw, start: int, end: int, *, longest: int
) -> re.Match[bytes] | None:
    """Return the first match, in pieces; none may be longer than `longest`."""
    size = raw.piece if isinstance(raw, Spooled) else max(end - start, 1)
    for at in range(start, end, size):
        found = pattern.search(raw, at, min(end, at + size + longest))
        give_back(raw)
        if found:
            return found
    return None


def windows(raw: Raw, start: int, end: int) -> Iterator[bytes]:
    """Yield `raw[start:end]` in pieces."""
    size = raw.piece if isinstance(raw, Spooled) else PIECE
    for at in range(start, end, size):
        yield raw[at : min(end, at + size)]
        give_back(raw)
