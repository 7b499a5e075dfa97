"""The desk opened for reading alone, with the standard library: for `list`, `show`, `search`.

No import of SQLAlchemy (260 ms); it runs the same `Query` values as everybody else.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from storage.errors import DeskUnavailableError, NotFoundError
from storage.records.query import Query

T = TypeVar("T")
DATABASE = "desk.db"
_STEPS = Path(__file__).parent / "migrations"


class Reader:
    """One connection in autocommit: no read holds a snapshot for long.

    Raises:
        NotFoundError: there is no desk in the folder.
        DeskUnavailableError: it is newer than this program, damaged, or no desk.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / DATABASE
        if not self._path.exists():
            raise NotFoundError(f"There is no desk in {folder}; rotadesk setup makes one.")
        try:
            self._open()
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def run(self, query: Query[T]) -> list[T]:
        try:
            return [query.make(row) for row in self._conn.execute(query.sql, query.values)]
        except sqlite3.Error as error:
            raise self._refused(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads within see one state of the desk, whatever is written meanwhile."""
        self._conn.execute("BEGIN")
        try:
            yield
        finally:
            self._conn.execute("ROLLBACK")

    def close(self) -> None:
        self._conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> None:
        self._connect()
        newest = max(int(step.name[:4]) for step in _STEPS.glob("[0-9]*.sql"))
        if self._conn.execute("PRAGMA user_version").fetchone()[0] != newest:
            self._conn.close()
            self._migrate()
            self._connect()

    def _connect(self) -> None:
        uri = f"{self._path.resolve().as_uri()}?mode=ro"
        self._conn = sqlite3.connect(uri, uri=True, isolation_level=None)
        for pragma in ("query_only=ON", "temp_store=MEMORY", "busy_timeout=5000"):
            self._conn.execute(f"PRAGMA {pragma}")

    def _migrate(self) -> None:
        """Bring an older desk up to date as everybody does; refuse a newer one."""
        from storage.db import locks, migrate  # noqa: PLC0415 - once a version

        lock = locks.WriteLock(self._path.parent)
        try:
            with lock.held():
                migrate.migrate(self._path)
        finally:
            lock.close()

    def _refused(self, error: sqlite3.Error) -> DeskUnavailableError:
        from storage.db.migrate import refusal  # noqa: PLC0415 - only a failure needs it

        return DeskUnavailableError(refusal(self._path, error))
