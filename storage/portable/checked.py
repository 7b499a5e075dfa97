"""An export as it is read: nothing of it is believed before it has been looked at.

A folder that anybody may have changed: names that lead elsewhere, lines without end, words
that no rotadesk writes. What is wrong is said with the file and the line, and nothing is
taken in.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, NoReturn, TypeVar

from storage.errors import UsageError
from storage.portable.export import FACTS, FORMAT, MAILS, MANIFEST, VERSION
from storage.records.facts import Json
from storage.rules.safe_text import block, file_name, is_web_link, one_line

T = TypeVar("T")
_LONGEST_MANIFEST: Final = 512_000_000
_LONGEST_LINE: Final = 16_000_000
_PIECE: Final = 1 << 20
_NAME: Final = re.compile(r"(?:[^/\\\x00-\x1f\x7f]{1,255}/){0,3}[^/\\\x00-\x1f\x7f]{1,255}")
_BOX: Final = re.compile(r"mail/[0-9]{4}\.mbox")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+")
_LARGEST: Final = (1 << 53) - 1
_DEEPEST: Final = 6
_OF_THE_MANIFEST: Final = frozenset(
    {"format", "version", "program", "exported_at", "address", "counts", "files"}
)


class Folder:
    """An export that is what its manifest says.

    Raises:
        UsageError: it is no export, a newer one, or not as it was written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.manifest = self._manifest()
        self.address = text(self.manifest.get("address"), what="the manifest's address")
        files = self.manifest.get("files")
        if not isinstance(files, Mapping) or not {MAILS, FACTS} <= set(files):
            _refuse(f"{MANIFEST} does not name {MAILS} and {FACTS}")
        self._files = files

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(_sum(name, one)[0] for name, one in self._files.items())

    def verify(self, step: Callable[[int], None]) -> None:
        """Compare every file with its sum; `step` is told the bytes read."""
        for name, one in self._files.items():
            size, digest = _sum(name, one)
            told, read = hashlib.sha256(), 0
            with self.open(name) as file:
                while piece := file.read(_PIECE):
                    told.update(piece)
                    read += len(piece)
                    step(len(piece))
            if (read, told.hexdigest()) != (size, digest):
                _refuse(f"{name} is not as it was written: its SHA-256 is another")

    def lines(self, name: str) -> Iterator[tuple[int, dict[str, Json]]]:
        """Yield the records of a file of JSON lines with their numbers."""
        with self.open(name) as file:
            number = 0
            while line := file.readline(_LONGEST_LINE + 1):
                number += 1
                if len(line) > _LONGEST_LINE:
                    _refuse(f"{name} line {number} is longer than any that is written")
                yield number, _object(line, f"{name} line {number}")

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a file that lies in this folder, and is no link to one that does not."""
        if not _NAME.fullmatch(name) or {"..", "."} & set(name.split("/")):
            _refuse(f"its manifest names a file that no export has: {one_line(name, limit=80)!r}")
        folder = self._path
        for part in name.split("/")[:-1]:
            folder /= part
            if folder.is_symlink():
                _refuse(f"{name} lies behind a link")
        try:
            how = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(self._path / name, how)
        except OSError as error:
            _refuse(f"{name} cannot be read: {error.strerror}")
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                _refuse(f"{name} is no file")
            yield file

    def _manifest(self) -> dict[str, Json]:
        if not (self._path / MANIFEST).is_file():
            _refuse(f"there is no {MANIFEST} in it")
        with self.open(MANIFEST) as file:
            found = _object(file.read(_LONGEST_MANIFEST), MANIFEST)
        if found.get("format") != FORMAT:
            _refuse(f"{MANIFEST} is of another program")
        version = found.get("version")
        if version != VERSION:
            newer = isinstance(version, int) and version > VERSION
            _refuse("a newer rotadesk made it" if newer else "its version is unknown")
        only(found, _OF_THE_MANIFEST, what=MANIFEST)
        return found


def only(record: Mapping[str, Json], names: frozenset[str], *, what: str) -> None:
    """Refuse a record that has other names than these."""
    if names != set(record):
        odd = min(names ^ set(record))
        which = "has no" if odd in names else "has an unknown"
        _refuse(f"{what} {which} '{one_line(odd, limit=40)}'")


def text(value: Json, *, what: str, limit: int = 4_000) -> str:
    """Return a line of text, made safe."""
    if not isinstance(value, str):
        _refuse(f"{what} is no text")
    return one_line(value, limit=limit)


def texts(value: Json, *, what: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        _refuse(f"{what} is no list")
    return tuple(text(one, what=what) for one in value)


def ids(value: Json, *, what: str) -> tuple[str, ...]:
    """Return message ids: without white space, which is what stands between them in a row."""
    found = texts(value, what=what)
    return tuple("".join(one.split()) for one in found)


def name(value: Json, *, what: str) -> str:
    """Return a file's name, made safe."""
    return file_name(text(value, what=what))


def letter(value: Json, *, what: str) -> str:
    """Return a text of many lines, made safe."""
    if not isinstance(value, str):
        _refuse(f"{what} is no text")
    return block(value)


def number(value: Json, *, what: str, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _LARGEST:
        _refuse(f"{what} is no number that can be")
    return value


def flag(value: Json, *, what: str) -> bool:
    if not isinstance(value, bool):
        _refuse(f"{what} is neither true nor false")
    return value


def digest(value: Json, *, what: str, size: int) -> bytes:
    """Return so many bytes that are written in hex."""
    if not isinstance(value, str) or len(value) != 2 * size or not _HEX.fullmatch(value):
        _refuse(f"{what} is not {size} bytes in hex")
    return bytes.fromhex(value)


def instant_ms(value: Json, *, what: str) -> int:
    """Return milliseconds UTC of an RFC 3339 text."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        _refuse(f"{what} is no time")
    return round(moment.timestamp() * 1000)


def box(value: Json, *, what: str) -> str:
    """Return the name of an mbox of the export."""
    if not isinstance(value, str) or not _BOX.fullmatch(value):
        _refuse(f"{what} is no mbox of an export")
    return value


def plain(value: Json, *, what: str, depth: int = 0) -> Json:
    """Return a fact's value with its texts made safe."""
    if isinstance(value, str):
        return block(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return number(abs(value), what=what) and value
    if depth < _DEEPEST and isinstance(value, list):
        return [plain(one, what=what, depth=depth + 1) for one in value]
    if depth < _DEEPEST and isinstance(value, dict):
        return {
            text(name, what=what): plain(one, what=what, depth=depth + 1)
            for name, one in value.items()
        }
    return _refuse(f"{what} is of a kind that no decision has")


def link(target: str, *, what: str) -> str:
    """Return what a ticket links: an article's id, or a page that may be opened."""
    if not (re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", target) or is_web_link(target)):
        _refuse(f"{what} links neither an article nor a page")
    return target


def _sum(name: str, one: Json) -> tuple[int, str]:
    what = f"{MANIFEST}: {one_line(name, limit=80)}"
    if not isinstance(one, Mapping):
        _refuse(f"{what} has no sum")
    only(one, frozenset({"bytes", "sha256"}), what=what)
    size = number(one["bytes"], what=what)
    return size, digest(one["sha256"], what=what, size=32).hex()


def _object(raw: bytes, what: str) -> dict[str, Json]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        _refuse(f"{what} is no JSON")
    if not isinstance(found, dict):
        _refuse(f"{what} is no JSON object")
    return found


def _refuse(why: str) -> NoReturn:
    raise UsageError(f"This export cannot be taken in: {why}.")
