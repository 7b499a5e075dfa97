"""Bulk reads: `IN` lists in slices that every SQLite accepts."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

SLICE = 500


def slices(values: Iterable[str | int | bytes]) -> Iterator[Sequence[str | int | bytes]]:
    """Yield the distinct values in slices of 500."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), SLICE):
        yield distinct[start : start + SLICE]


def where_in(
    conn: sqlite3.Connection, sql: str, values: Iterable[str | int | bytes]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `sql`, whose `{}` becomes the bound list of `values`."""
    for some in slices(values):
        yield from conn.execute(sql.format(f"({','.join('?' * len(some))})"), some)
