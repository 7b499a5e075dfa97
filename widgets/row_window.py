"""What a list holds of its source: how many rows there are, and some chunks of them."""

from collections.abc import Iterable, Sequence
from typing import Generic

from widgets.row_source import Near, RowSource, RowT

CHUNK = 128
"Rows read at once: two screens and a half at 50 lines."
_CHUNKS_KEPT = 48


class RowWindow(Generic[RowT]):
    """Chunks of one state of the source; a newer state is a new window."""

    def __init__(self, source: RowSource[RowT] | None = None, *, count: int = 0) -> None:
        self.source = source
        self.count = count
        self._chunks: dict[int, Sequence[RowT]] = {}

    def row(self, index: int) -> RowT | None:
        """Return the row at `index`; None while it is not here."""
        chunk = self._chunks.get(index // CHUNK)
        place = index % CHUNK
        return chunk[place] if chunk is not None and 0 <= place < len(chunk) else None

    def key(self, index: int) -> str | None:
        row = self.row(index)
        return None if row is None or self.source is None else self.source.key(row)

    def keys_around(self, index: int, *, reach: int = 8) -> Iterable[tuple[int, str]]:
        """Yield the row at `index`, those after it, then those before it, as far as known."""
        after = range(index, index + reach)
        before = range(index - 1, max(index - reach, 0) - 1, -1)
        for place in (*after, *before):
            if key := self.key(place):
                yield place, key

    def find(self, key: str, *, about: int) -> int | None:
        """Return where `key` is if it lies within a chunk of `about`."""
        for place in sorted(range(about - CHUNK, about + CHUNK), key=lambda one: abs(one - about)):
            if place >= 0 and self.key(place) == key:
                return place
        return None

    def missing(self, first: int, last: int) -> int | None:
        """Return the first chunk between two row indexes that is not here."""
        low, high = max(first, 0), min(last, self.count - 1)
        return next(
            (one for one in range(low // CHUNK, high // CHUNK + 1) if one not in self._chunks),
            None,
        )

    async def fetch(self, chunk: int) -> None:
        if self.source is None:
            return
        first = chunk * CHUNK
        rows = await self.source.page(first, CHUNK, near=self._near(chunk))
        self._chunks[chunk] = rows
        if len(self._chunks) > _CHUNKS_KEPT:
            del self._chunks[max(self._chunks, key=lambda one: abs(one - chunk))]

    async def fetch_all(self, first: int, last: int) -> None:
        """Fetch what is missing between two row indexes."""
        while (chunk := self.missing(first, last)) is not None:
            await self.fetch(chunk)

    def _near(self, chunk: int) -> Near[RowT] | None:
        for index in (chunk * CHUNK - 1, (chunk + 1) * CHUNK):
            if index >= 0 and (row := self.row(index)) is not None:
                return Near(index, row)
        return None


async def relocate(
    window: RowWindow[RowT], source: RowSource[RowT], index: int
) -> tuple[int, int] | None:
    """Return (old index, new index) of the row at `index`, or of its nearest one still listed."""
    for place, key in window.keys_around(index):
        found = await source.locate(key)
        if found is not None:
            return place, found
    return None
