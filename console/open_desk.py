"""The desk as panes have it: readable from the first frame on, writable a moment later.

A single read runs over aiosqlite, several that belong together over sqlite3 in one thread. What
decides needs SQLAlchemy, whose import takes longer than the first frame; it begins once there is
something to look at.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from storage.db.hot_reader import HotReader
from storage.db.readonly import DATABASE, Reader
from storage.errors import DeskError, DeskUnavailableError, NotFoundError, RuleBrokenError
from storage.records.query import Query, Runs

if TYPE_CHECKING:
    from storage.changes.base import Change
    from storage.journal import Outcome
    from storage.records.facts import Touched
    from storage.records.local import LocalRow
    from storage.store import Store
    from storage.undo import Undone

T = TypeVar("T")


class OpenDesk:
    """Reads in a thread of its own, and hands decisions to the `Store`."""

    def __init__(
        self, folder: Path, *, actor: str, clock_ms: Callable[[], int], refusal: str = ""
    ) -> None:
        self._folder = folder
        self._actor = actor
        self._clock_ms = clock_ms
        self._refusal = refusal
        "Why nothing is decided here; empty: it is."
        self._thread = ThreadPoolExecutor(1, "desk-look")
        self._reader: Reader | None = None
        self._hot: HotReader | None = None
        self._opening: asyncio.Task[Store] | None = None

    async def open(self) -> None:
        """Open the desk for reading; one that is not there yet is made.

        Raises:
            DeskUnavailableError: newer than this program, damaged, or not to be opened.
        """
        try:
            await self._in_thread(self._open_reader)
        except NotFoundError:
            await self.store()
            await self._in_thread(self._open_reader)
        self._hot = await HotReader.open(self._folder / DATABASE)

    def _open_reader(self) -> None:
        # in the thread that will use it: sqlite3 holds a connection to its thread
        self._reader = Reader(self._folder)

    async def hot(self, query: Query[T]) -> list[T]:
        if self._hot is None:
            raise NotFoundError("The desk is not open yet.")
        return await self._hot.run(query)

    async def ask(self, question: Callable[[Runs], T]) -> T:
        """Run several hot reads one after the other."""

        def answered() -> T:
            if self._reader is None:
                raise NotFoundError("The desk is not open yet.")
            return question(self._reader.run)

        return await self._in_thread(answered)

    async def store(self) -> "Store":
        """Return the desk for decisions; the first call brings it up."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open_store())
        return await asyncio.shield(self._opening)

    async def _open_store(self) -> "Store":
        made = await asyncio.to_thread(_store, self._folder, self._actor, self._clock_ms)
        if self._reader is not None and not await self._in_thread(self._is_there):
            # opening it would make a new one under what is shown
            raise DeskUnavailableError(f"The desk in {self._folder} was deleted: start again.")
        return await made.open()

    def _is_there(self) -> bool:
        return (self._folder / DATABASE).exists()

    async def read(self, query: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Run a query function that takes a connection, and these after it."""
        return await (await self.store()).read(query, *args, **kwargs)

    async def commit(self, *changes: "Change", title: str = "") -> "Outcome":
        self._refuse()
        return await (await self.store()).commit(*changes, title=title)

    async def undo(self) -> "Undone":
        self._refuse()
        return await (await self.store()).undo()

    async def redo(self) -> "Undone":
        self._refuse()
        return await (await self.store()).redo()

    def _refuse(self) -> None:
        """Refuse where nothing is decided, whichever way it was asked for.

        Raises:
            RuleBrokenError: this console only reads.
        """
        if self._refusal:
            raise RuleBrokenError(self._refusal)

    async def write(self, *rows: "LocalRow") -> "Touched":
        return await (await self.store()).write(*rows)

    async def close(self) -> None:
        if self._opening is not None:
            # what could not be opened was said by then; the rest is to be closed all the same
            with suppress(DeskError):
                await (await self._opening).close()
        if self._hot is not None:
            await self._hot.close()
        await self._in_thread(self._close_reader)
        self._thread.shutdown()

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _store(folder: Path, actor: str, clock_ms: Callable[[], int]) -> "Store":
    from storage.store import Store  # noqa: PLC0415 - see the module

    return Store(folder, actor=actor, clock=clock_ms)
