"""A read as a value: SQL text, bound values and how a row becomes a record.

Hot reads are such values, so that the console runs them over aiosqlite, the command line
over sqlite3 and the door on its own connection, each without importing the others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Query(Generic[T]):
    sql: str
    values: tuple[str | int | bytes | None, ...]
    "Bound in order; no stranger's text is ever part of `sql`."
    make: Callable[[tuple[Any, ...]], T]
    "One row to one record."


class Runs(Protocol):
    """Whoever runs a query: a read-only desk, the door, the command line's own desk."""

    def __call__(self, query: Query[T], /) -> list[T]: ...
