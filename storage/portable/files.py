"""The mail files of a folder, opened whether packed or not."""

import gzip
import io
import os
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from storage.mail.folders import meant_by
from storage.records.words import FolderRole

_GZIP: Final = b"\x1f\x8b"
_MOST_TIMES_LARGER: Final = 200
"Text packs to a tenth, much repeated text to a fiftieth; what was made to explode, a thousandth."
_ALWAYS_ALLOWED: Final = 100_000_000
_MAILDIR: Final = ("cur", "new")
_ENDINGS: Final = re.compile(r"(?i)\.(?:gz|mbox|mbx|mboxrd|mail|sbd)$")
_FLAGS: Final = re.compile(r"[:;!]2,([A-Za-z]*)$")
"Of a mail in a Maildir; where a name may hold no colon, programs take another sign."
_PASSED: Final = {
    FolderRole.JUNK: "Spam",
    FolderRole.TRASH: "Trash",
    FolderRole.DRAFTS: "Drafts",
}
_UNSENT: Final = {"templates": "Templates", "unsent messages": "Unsent Messages"}
"Of Thunderbird, whatever language it speaks."


class MissingError(Exception):
    """There is no such file or folder."""


class UnreadableError(Exception):
    """A file cannot be read; the text says why, to stand after a colon."""


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file with one mail or many."""

    path: Path
    is_sent: bool
    "Its name, or its folder's, says that it holds what was sent."
    passed: str = ""
    "Where it lies, below the folder that was asked for, if nobody wants it: Trash, Spam, …"


def letters(path: Path) -> list[MailFile]:
    """Return the files of one mail each: `path`, or all *.eml and those of Maildirs below it.

    Raises:
        MissingError: there is nothing.
    """
    if not _there(path).is_dir():
        return [MailFile(path, is_sent=_is_sent(path))]
    return [_found(one, below=path) for one in _below(path) if _is_letter(one)]


def boxes(path: Path) -> list[MailFile]:
    """Return the files of many mails: `path`, or all below it that begin as an mbox does.

    Raises:
        MissingError: there is nothing.
    """
    if not _there(path).is_dir():
        return [MailFile(path, is_sent=_is_sent(path))]
    return [_found(one, below=path) for one in _below(path) if _is_box(one)]


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open a file; give it unpacked where it is a gzip, and as it lies there.

    What explodes when unpacked is refused.

    Raises:
        UnreadableError: it cannot be read, or not unpacked.
    """
    try:
        # a pipe or a device that somebody laid there would be waited for without end
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableError("it is no file")
        with path.open("rb") as plain:
            if not _is_packed(plain):
                yield plain, plain
                return
            most = _ALWAYS_ALLOWED + _MOST_TIMES_LARGER * os.fstat(plain.fileno()).st_size
            with gzip.GzipFile(fileobj=plain) as packed:
                yield io.BufferedReader(_Bounded(packed, most), buffer_size=1 << 20), plain
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UnreadableError("it is a damaged gzip") from None
    except OSError as error:
        raise UnreadableError(error.strerror or "it cannot be read") from None


class _Bounded(io.RawIOBase):
    """What is read out of a stream, up to a number of bytes."""

    def __init__(self, source: gzip.GzipFile, most: int) -> None:
        self._source = source
        self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # what BufferedReader gives
        piece = self._source.read1(len(buffer))
        self._left -= len(piece)
        if self._left < 0:
            raise UnreadableError("it grows beyond all measure when it is unpacked")
        buffer[: len(piece)] = piece
        return len(piece)


def _there(path: Path) -> Path:
    if not path.exists():
        raise MissingError
    return path


def _below(folder: Path) -> Iterator[Path]:
    home = folder.resolve()
    for top, names, files in os.walk(folder):
        names.sort()
        for name in sorted(files):
            path = Path(top) / name
            # a link that leads out of the folder may lead to what is nobody's business
            if path.is_file() and path.resolve().is_relative_to(home):
                yield path


def _is_letter(path: Path) -> bool:
    name = path.name.lower()
    return name.endswith((".eml", ".eml.gz")) or (
        path.parent.name in _MAILDIR and not name.startswith(".")
    )


def _is_box(path: Path) -> bool:
    try:
        with opened(path) as (file, _):
            return file.readline(1_000).startswith(b"From ")
    except UnreadableError:
        return path.name.lower().endswith((".mbox", ".mbox.gz"))  # told when it is read


def _is_packed(file: BinaryIO) -> bool:
    begins = file.read(2)
    file.seek(0)
    return begins == _GZIP


def _found(path: Path, *, below: Path) -> MailFile:
    return MailFile(path, is_sent=_is_sent(path), passed=_passed(path, below=below))


def _is_sent(path: Path) -> bool:
    """Return whether the file or its folder has a name that programs give to Sent."""
    levels = [level for part in _folders(path) for level in _levels(part) if level != "mbox"]
    return bool(levels) and meant_by(levels[-1]) is FolderRole.SENT


def _passed(path: Path, *, below: Path) -> str:
    """Return where the file lies if it was thrown away, is spam or was never sent, else nothing.

    A folder that was asked for by its name is wanted, whatever the name; those in it are not.
    """
    for part in _folders(path.relative_to(below)):
        for level in _levels(part):
            role = meant_by(level)
            if where := _UNSENT.get(level.lower()) or (role and _PASSED.get(role)):
                return where
    flags = _FLAGS.search(path.name) if path.parent.name in _MAILDIR else None
    if flags and "T" in flags[1]:
        return _PASSED[FolderRole.TRASH]
    return _PASSED[FolderRole.DRAFTS] if flags and "D" in flags[1] else ""


def _folders(path: Path) -> tuple[str, ...]:
    """Return the names of what the mails lie in: a file of many is a folder itself."""
    if path.parent.name in _MAILDIR:
        return path.parent.parent.parts
    is_letter = path.name.lower().endswith((".eml", ".eml.gz"))
    return path.parent.parts if is_letter else path.parts


def _levels(part: str) -> list[str]:
    """Return the folders that one name tells of: '.Trash.2019' is two, 'Trash.mbox' is one."""
    name = part
    while (shorter := _ENDINGS.sub("", name)) != name:
        name = shorter
    levels = name.strip(".").split(".")
    return levels if part.startswith(".") else levels[-1:]
