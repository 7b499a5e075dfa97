"""Where a list's rows come from.

A list asks by index, because it scrolls by index, and is pinned by key, because rows move. A
source over SQL answers from sparse anchors (every n-th sort key) or, cheaper, by keyset from
`near`; it need not hold more than the anchors. Every method may take its time: a list paints
what it has and never waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Near(Generic[RowT]):
    """A row the list holds and the index it holds it at: the place to start a keyset from."""

    index: int
    row: RowT


class RowSource(Protocol[RowT]):
    """Rows in one fixed order that ends in a unique key."""

    def key(self, row: RowT) -> str:
        """Return what the row is, whatever place or text it has now."""
        ...

    async def count(self) -> int: ...

    async def page(
        self, first: int, limit: int, *, near: Near[RowT] | None = None
    ) -> Sequence[RowT]:
        """Return up to `limit` rows from index `first` on, in order.

        Args:
            first: Index of the first row wanted, from 0.
            limit: Most rows to return; fewer only where the list ends.
            near: The nearest row the list holds, within a few pages of `first`; None after a
                jump. Counting from it, instead of from the start, keeps rows that come in above
                meanwhile from shifting what is on the screen.
        """
        ...

    async def locate(self, key: str) -> int | None:
        """Return the index of a row as of now; None once it is not in the list."""
        ...


class ListSource(Generic[RowT]):
    """A source over rows that are all here: pickers, bugs, search results."""

    def __init__(self, rows: Sequence[RowT], *, key: Callable[[RowT], str]) -> None:
        self._rows = rows
        self._key = key
        self._places: dict[str, int] | None = None

    def key(self, row: RowT) -> str:
        return self._key(row)

    async def count(self) -> int:
        return len(self._rows)

    async def page(
        self, first: int, limit: int, *, near: Near[RowT] | None = None
    ) -> Sequence[RowT]:
        del near
        return self._rows[first : first + limit]

    async def locate(self, key: str) -> int | None:
        if self._places is None:
            self._places = {self._key(row): place for place, row in enumerate(self._rows)}
        return self._places.get(key)
