"""Connections to the desk, with the settings that were measured.

The writer is `synchronous=FULL`: a decision or an unsent reply survives a power cut for
0.2 ms, 5 ms where others write beside it. What comes again by itself needs no more than NORMAL. Nobody checkpoints by itself; see `locks`. Transactions are begun by us: sqlite3's
own mode goes away in Python 3.16.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from storage.db import migrate
from storage.records.query import Query

T = TypeVar("T")
Transaction: TypeAlias = Connection
"What the engine hands from the desk to the intake and the journal, and never looks into."

CHECKPOINT_BYTES = 4 << 20
_WAL_LIMIT_BYTES = 16 << 20


def writing(path: Path, *, cache_mb: int = 64) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "wal_autocheckpoint=0",
        f"journal_size_limit={_WAL_LIMIT_BYTES}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "busy_timeout=5000",
        f"cache_size=-{cache_mb * 1024}",
    ):
        conn.execute(f"PRAGMA {pragma}")
    return conn


@contextmanager
def forced(conn: sqlite3.Connection, *, is_forced: bool) -> Iterator[None]:
    """Let commits within the block wait for the disk, or not."""
    if is_forced:
        yield
        return
    conn.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        conn.execute("PRAGMA synchronous=FULL")


def reading(path: Path, *, cache_mb: int = 32) -> sqlite3.Connection:
    """Return a read-only connection in autocommit: no read holds a snapshot for long."""
    conn = sqlite3.connect(
        migrate.read_only(path), uri=True, isolation_level=None, check_same_thread=False
    )
    for pragma in (
        "query_only=ON",
        "temp_store=MEMORY",
        "busy_timeout=5000",
        f"cache_size=-{cache_mb * 1024}",
    ):
        conn.execute(f"PRAGMA {pragma}")
    return conn


def engine_over(conn: sqlite3.Connection, *, writes: bool) -> Engine:
    """Return a SQLAlchemy engine whose only connection is `conn`."""
    engine = create_engine("sqlite://", creator=lambda: conn, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def driver(conn: Connection) -> sqlite3.Connection:
    """Return the sqlite3 connection under `conn`, inside the same transaction.

    For bulk statements and hot queries: 5-10 us a statement against 250 us through Core.
    """
    raw = conn.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError("a desk runs on sqlite3")
    return raw


def fetch(conn: Connection, query: Query[T]) -> list[T]:
    """Run a hot read inside this transaction."""
    return [query.make(row) for row in driver(conn).execute(query.sql, query.values)]


def checkpoint(conn: sqlite3.Connection, path: Path) -> None:
    """Move the WAL into the desk where it has grown; the caller holds the write lock.

    By the size of its file, which stays once it has grown. What is in it exactly stands in
    the -shm file, which nobody may open: closing it again would drop SQLite's own locks.
    """
    wal = path.with_name(path.name + "-wal")
    if wal.exists() and wal.stat().st_size > CHECKPOINT_BYTES:
        conn.execute("PRAGMA busy_timeout=0")
        conn.execute("PRAGMA wal_checkpoint(PASSIVE)")
        conn.execute("PRAGMA busy_timeout=5000")
