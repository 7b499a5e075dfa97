"""The folder that an export makes: all of it or nothing, and nobody else's to read."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from storage.errors import RuleBrokenError, UsageError
from storage.portable.unfinished import Unfinished, sweep
from storage.rules.safe_text import file_name

_PIECE: Final = 1 << 20
_HOW: Final = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class Sum:
    """What tells whether a file is as it was written."""

    size: int
    sha256: str


@dataclass(slots=True)
class OutFile:
    """A file while it is being written."""

    name: str
    "Below the folder, with slashes."
    file: BinaryIO
    size: int = 0
    told: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def write(self, piece: bytes) -> None:
        self.file.write(piece)
        self.told.update(piece)
        self.size += len(piece)


class OutFolder:
    """A folder beside the one that is asked for; it takes that name when all of it is written.

    What exports to the same place left when they were killed is removed: `swept` such folders.

    Raises:
        RuleBrokenError: the name is taken.
        UsageError: it cannot be made.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        if target.is_symlink() or (target.exists() and not _is_empty_folder(target)):
            raise RuleBrokenError(f"{target} is there already: name a folder that is new or empty.")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self.swept = sweep(target.parent)
            self._unfinished = Unfinished(target.parent)
        except OSError as error:
            raise UsageError(f"{target} cannot be made: {error.strerror}.") from None
        self.path = self._unfinished.path
        self._open: dict[str, OutFile] = {}
        self._names: dict[str, set[str]] = {}
        self.sums: dict[str, Sum] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in self._open.values():
            with contextlib.suppress(OSError):  # on a full disk it has more to write
                one.file.close()
        shutil.rmtree(self.path, ignore_errors=True)  # nothing is there once it was put in place
        self._unfinished.let_go()

    def file(self, name: str) -> OutFile:
        """Return the file of that name, opened on its first use, open until `done`."""
        if name not in self._open:
            self._open[name] = OutFile(name, self._created(name))
        return self._open[name]

    @contextmanager
    def writing(self, name: str) -> Iterator[OutFile]:
        """Open a new file, and keep its sum."""
        with self._created(name) as file:
            one = OutFile(name, file)
            yield one
            self._finish(one)

    def copy(self, source: Path, folder: str, name: str) -> str:
        """Copy a file under a name that is safe and not taken; return where it lies."""
        where = f"{folder}/{self._free(folder, file_name(name))}"
        with source.open("rb") as held, self.writing(where) as out:
            while piece := held.read(_PIECE):
                out.write(piece)
        return where

    def adopt(self, path: Path) -> None:
        """Take a file that somebody else wrote into this folder among its own."""
        path.chmod(0o600)
        told = hashlib.sha256()
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                told.update(piece)
        name = path.relative_to(self.path).as_posix()
        self.sums[name] = Sum(path.stat().st_size, told.hexdigest())

    def done(self) -> None:
        """Close what is open and keep the sums."""
        for one in self._open.values():
            self._finish(one)
            one.file.close()
        self._open.clear()

    def put_in_place(self) -> None:
        """Give the folder its name.

        Raises:
            RuleBrokenError: somebody took the name meanwhile.
        """
        _sync(self.path)
        try:
            self.path.rename(self._target)  # over an empty folder too, but over nothing else
        except OSError as error:
            raise RuleBrokenError(f"{self._target} cannot be made: {error.strerror}.") from None
        _sync(self._target.parent)

    def _finish(self, one: OutFile) -> None:
        one.file.flush()
        os.fsync(one.file.fileno())
        self.sums[one.name] = Sum(one.size, one.told.hexdigest())

    def _created(self, name: str) -> BinaryIO:
        path = self.path / name
        for folder in reversed(path.relative_to(self.path).parents):  # each 0700, not only the last
            (self.path / folder).mkdir(mode=0o700, exist_ok=True)
        return os.fdopen(os.open(path, _HOW, 0o600), "w+b")

    def _free(self, folder: str, name: str) -> str:
        """Return the name, numbered where a file of this folder has it, upper case or lower."""
        taken = self._names.setdefault(folder, set())
        stem, dot, ending = name.rpartition(".")
        free, number = name, 1
        while free.casefold() in taken:
            number += 1
            free = f"{stem} ({number}){dot}{ending}" if stem else f"{name} ({number})"
        taken.add(free.casefold())
        return free


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
