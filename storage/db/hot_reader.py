"""The console's hot reads over aiosqlite: one hop off the event loop, no SQLAlchemy.

96 us for a row and 345 us for a page of 50, against 490 us and 870 us through SQLAlchemy's
asyncio, whose import alone costs more than Textual's.
"""

import sqlite3
from pathlib import Path
from typing import Self, TypeVar

import aiosqlite

from storage.db import migrate
from storage.errors import DeskUnavailableError
from storage.records.query import Query

T = TypeVar("T")


class HotReader:
    """A read-only connection in autocommit: no read holds a snapshot longer than itself."""

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the desk at `path`, which must exist and be current.

        Raises:
            DeskUnavailableError: it cannot be opened.
        """
        uri = migrate.read_only(path)
        connection = aiosqlite.connect(uri, uri=True, isolation_level=None)
        try:
            await connection
            for pragma in ("query_only=ON", "temp_store=MEMORY", "cache_size=-32768"):
                await connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            # its thread would keep the process from ending
            await connection.close()
            raise DeskUnavailableError(migrate.refusal(path, error)) from error
        return cls(path, connection)

    async def run(self, query: Query[T]) -> list[T]:
        """Return the records of `query`."""
        try:
            rows = await self._connection.execute_fetchall(query.sql, query.values)
        except sqlite3.Error as error:
            raise DeskUnavailableError(migrate.refusal(self._path, error)) from error
        return [query.make(tuple(row)) for row in rows]

    async def close(self) -> None:
        await self._connection.close()
