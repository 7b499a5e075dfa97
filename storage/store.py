"""The desk opened: Desk (sync) for the engine and the command line, Store (async) for the console."""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage import journal, local, undo
from storage.changes.base import Change
from storage.changes.reply import DiscardReply, ParkReply, QueueReply, RetryReply
from storage.db import engine, migrate, wake
from storage.db.locks import WriteLock
from storage.errors import DeskUnavailableError, RuleBrokenError
from storage.journal import Outcome
from storage.records.facts import Stamped, Touched
from storage.records.local import LocalRow
from storage.records.query import Query
from storage.refold import everything as refold
from storage.rules import wording
from storage.undo import Undone

T = TypeVar("T")
P = ParamSpec("P")
Clock = Callable[[], int]
DATABASE = "desk.db"
_CHECKPOINT_SECONDS = 1.0
_NO_STEP = (ParkReply, RetryReply, DiscardReply)
"They write no fact that could be taken back; discarding asks first."
# the desk answers well: a row or a statement of ours is wrong
_OUR_FAULTS = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _identity(path: Path) -> tuple[int, int] | None:
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


class Desk:
    """One desk folder, opened for reading and writing by one thread at a time.

    Args:
        folder: Made (0700) where it is missing, its schema brought up to date.
        clock: Milliseconds UTC; tests give their own.
        wakes: Whom a commit wakes; the engine does not wake itself.
        cache_mb: Of pages, for writing; half as much for reading.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock = _now_ms,
        wakes: Sequence[str] = (wake.CONSOLE, wake.ENGINE),
        cache_mb: int = 64,
    ) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            told = f"A desk cannot be made in {folder}: {error.strerror}."
            raise DeskUnavailableError(told) from None
        self.folder = folder
        self.path = folder / DATABASE
        self._clock = clock
        self._wakes = tuple(wakes)
        self._checkpoint_at = 0.0
        self._lock = WriteLock(folder)
        if not migrate.is_current(self.path):
            with self._lock.held():
                migrate.migrate(self.path)
            os.chmod(self.path, 0o600)  # noqa: PTH101 - the same call as for the folder's other files
        with self._answering():
            self._raw_writer = engine.writing(self.path, cache_mb=cache_mb)
            self._raw_reader = engine.reading(self.path, cache_mb=cache_mb // 2)
        self._file = _identity(self.path)
        self._writer = engine.engine_over(self._raw_writer, writes=True)
        self._reader = engine.engine_over(self._raw_reader, writes=False)

    def now_ms(self) -> int:
        return self._clock()

    def read(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query function in one read transaction."""
        with self._answering(), self._reader.begin() as conn:
            return query(conn, *args, **kwargs)

    def hot(self, query: Query[T]) -> list[T]:
        """Run a hot read outside any transaction."""
        with self._answering():
            return [query.make(row) for row in self._raw_reader.execute(query.sql, query.values)]

    def commit(self, *changes: Change, actor: str, title: str = "") -> Outcome:
        """Take decisions through the door, as one undo step.

        Raises:
            DeskError: everything was refused; nothing was written.
        """
        with self.writing() as conn:
            outcome = journal.commit(conn, changes, actor=actor, now_ms=self._clock())
            if not all(isinstance(one, _NO_STEP) for one in outcome.done):
                reply = next((one for one in outcome.done if isinstance(one, QueueReply)), None)
                undo.remember(
                    conn,
                    outcome.change,
                    title=title or _title(outcome.done),
                    at_ms=self._clock(),
                    outbox_id=reply.outbox_id if reply else None,
                )
        return outcome

    def absorb(self, batch: Iterable[Stamped]) -> Touched:
        """Take in a colleague's facts."""
        with self.writing() as conn:
            return journal.absorb(conn, batch)

    def undo(self, *, actor: str) -> Undone:
        """Take back the newest step; a step that cannot be is passed by the next call."""
        try:
            with self.writing() as conn:
                return undo.undo(conn, actor=actor, now_ms=self._clock())
        except RuleBrokenError:
            with self.writing() as conn:
                undo.pass_over(conn)
            raise

    def redo(self, *, actor: str) -> Undone:
        with self.writing() as conn:
            return undo.redo(conn, actor=actor, now_ms=self._clock())

    def write(self, *rows: LocalRow) -> Touched:
        """Write rows of this machine: drafts, looks, wishes, the engine's progress."""
        touched = Touched()
        with self.writing() as conn:
            for row in rows:
                touched |= local.write(conn, row)
            local.note_touched(conn, touched)
        return touched

    def rebuild(self) -> None:
        """Drop the read model and fold it again."""
        with self.writing() as conn:
            local.note_touched(conn, refold.everything(conn))

    @contextmanager
    def writing(self, *, is_forced: bool = True) -> Iterator[Connection]:
        """Hold the write lock for one transaction, then wake the readers.

        For the door, the intake and the engine's own rows; panes commit changes.

        Args:
            is_forced: Onto the disk before it returns. False where a power cut may take it back
                because it comes again by itself; the next forced one takes it along.
        """
        with self._lock.held():
            self._be_there()
            forced = engine.forced(self._raw_writer, is_forced=is_forced)
            with forced, self._answering(), self._writer.begin() as conn:
                yield conn
            self._checkpoint()
        for one in self._wakes:
            wake.knock(self.folder, one)

    def wal_bytes(self) -> int:
        """Return the size of the WAL: it grows while a reader holds on to an old state."""
        try:
            return self.path.with_name(self.path.name + "-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def _checkpoint(self) -> None:
        # once the WAL's file has grown, every commit would wait twice for the disk
        if time.monotonic() < self._checkpoint_at:
            return
        with contextlib.suppress(sqlite3.Error):  # the next writer tries again
            engine.checkpoint(self._raw_writer, self.path)
        self._checkpoint_at = time.monotonic() + _CHECKPOINT_SECONDS

    def close(self) -> None:
        with self._lock.held():
            self._reader.dispose()
            self._writer.dispose()
            self._raw_reader.close()
            self._raw_writer.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _be_there(self) -> None:
        """Refuse to write into a file that is in no folder any more: it would be lost."""
        if _identity(self.path) != self._file:
            raise DeskUnavailableError(
                f"The desk {self.path} was deleted or replaced: nothing was written. "
                "Put it back, or leave and start again."
            )

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error) and not isinstance(error.orig, _OUR_FAULTS):
                raise DeskUnavailableError(migrate.refusal(self.path, error.orig)) from error
            raise
        except _OUR_FAULTS:
            raise
        except sqlite3.Error as error:
            raise DeskUnavailableError(migrate.refusal(self.path, error)) from error


class Store:
    """The desk for the console: the same functions off the event loop.

    Two threads: one reads, one writes. Hot reads go over aiosqlite, see `HotReader`.

    Nothing here runs on the event loop but the waiting: inside SQLAlchemy's own asyncio
    Python runs on the loop (17 ms for 5,000 rows), and so would the wait for the lock.
    """

    def __init__(self, folder: Path, *, actor: str, clock: Clock = _now_ms) -> None:
        self.actor = actor
        self._open = partial(Desk, folder, clock=clock)
        self._desk: Desk | None = None
        self._readers = ThreadPoolExecutor(1, "desk-read")
        self._writers = ThreadPoolExecutor(1, "desk-write")

    async def open(self) -> Self:
        self._desk = await self._in(self._writers, self._open)
        return self

    @property
    def desk(self) -> Desk:
        if self._desk is None:
            raise DeskUnavailableError("The desk is not open yet.")
        return self._desk

    async def read(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._in(self._readers, partial(self.desk.read, query, *args, **kwargs))

    async def commit(self, *changes: Change, title: str = "") -> Outcome:
        """Take decisions through the door, in my name, as one undo step."""
        made = partial(self.desk.commit, *changes, actor=self.actor, title=title)
        return await self._in(self._writers, made)

    async def undo(self) -> Undone:
        return await self._in(self._writers, partial(self.desk.undo, actor=self.actor))

    async def redo(self) -> Undone:
        return await self._in(self._writers, partial(self.desk.redo, actor=self.actor))

    async def write(self, *rows: LocalRow) -> Touched:
        return await self._in(self._writers, partial(self.desk.write, *rows))

    async def close(self) -> None:
        if self._desk is not None:
            await self._in(self._writers, self._desk.close)
        self._readers.shutdown()
        self._writers.shutdown()

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, work)


def _title(done: Sequence[Change]) -> str:
    tickets = {getattr(change, "ticket_id", "") for change in done} - {""}
    return wording.title_of([change.kind for change in done], things=len(tickets))
