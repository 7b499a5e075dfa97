"""Texts that come in pieces, on the disk until they are whole.

A file is named by the folder, its UIDVALIDITY, the UID and the size, so it can never be
continued with another mail's bytes. Beside it lie length and checksum of every piece: what a
power cut tore is asked for again, and only that.
"""

import contextlib
import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.mail import spooled
from storage.mail.spooled import Raw

_FOLDER: Final = "coming"
_NAME: Final = re.compile(r"(\d+)-(\d+)-(\d+)-(\d+)")
_SUMS: Final = ".sums"
_LARGEST_PIECE: Final = 16 << 20
_SUM: Final = struct.Struct(">II")
"Length and CRC-32 of a piece."


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolName:
    """Which text of which mail: UIDs of another generation mean other mails."""

    folder_id: int
    uidvalidity: int
    uid: int
    size: int

    def __str__(self) -> str:
        return f"{self.folder_id}-{self.uidvalidity}-{self.uid}-{self.size}"


class Spool:
    """One text as far as it is here."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sums = path.with_name(path.name + _SUMS)
        self.here = 0
        "Bytes that are on the disk and sound."
        self._count = 0
        "Pieces that make them up."
        self._open()

    def add(self, piece: bytes) -> None:
        """Put the next piece behind what is here."""
        # at its place, not at the end: a full disk may have taken half of an earlier try
        _put(self._path, self.here, piece)
        _put(self._sums, self._count * _SUM.size, _SUM.pack(len(piece), zlib.crc32(piece)))
        self.here += len(piece)
        self._count += 1

    def text(self) -> Raw:
        """Return the text, without reading it."""
        os.truncate(self._path, self.here)
        return spooled.opened(self._path)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
        self._sums.unlink(missing_ok=True)

    def _open(self) -> None:
        """Keep what is whole of an earlier try."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (self._path, self._sums):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        sums = self._sums.read_bytes()
        with self._path.open("rb") as file:
            for length, told in _SUM.iter_unpack(sums[: len(sums) - len(sums) % _SUM.size]):
                piece = file.read(min(length, _LARGEST_PIECE))
                if len(piece) < length or zlib.crc32(piece) != told:
                    break
                self.here += length
                self._count += 1
        os.truncate(self._path, self.here)
        os.truncate(self._sums, self._count * _SUM.size)


class Spools:
    """All texts of one desk that are under way."""

    def __init__(self, desk: Path) -> None:
        self._folder = desk / _FOLDER
        self._open: tuple[SpoolName, Spool] | None = None

    def of(self, name: SpoolName) -> Spool:
        """Return a text as far as it is here; the same one again costs nothing."""
        if self._open is None or self._open[0] != name:
            self._open = name, Spool(self._folder / str(name))
        return self._open[1]

    def forget(self, name: SpoolName) -> None:
        """Take a text away: it is on the desk, or will never be."""
        self.of(name).remove()
        self._open = None

    def names(self) -> Iterator[SpoolName]:
        """Yield what an earlier run left here."""
        with contextlib.suppress(FileNotFoundError):
            for path in list(self._folder.iterdir()):
                if found := _NAME.fullmatch(path.name):
                    folder_id, uidvalidity, uid, size = map(int, found.groups())
                    yield SpoolName(
                        folder_id=folder_id, uidvalidity=uidvalidity, uid=uid, size=size
                    )


def _put(path: Path, at: int, raw: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(raw)
