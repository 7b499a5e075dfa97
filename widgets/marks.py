"""Which rows of a list are marked: single ones, and a range that follows the cursor."""

from collections.abc import Callable, Iterable


class Marks:
    """Keys in the order they were marked, and where an open range began."""

    def __init__(self) -> None:
        self._keys: dict[str, None] = {}
        self.range_from: int | None = None

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def add(self, keys: Iterable[str]) -> None:
        self._keys.update(dict.fromkeys(keys))

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._keys.pop(key, None)

    def toggle(self, key: str) -> None:
        if key in self._keys:
            del self._keys[key]
        else:
            self._keys[key] = None

    def clear(self) -> bool:
        """Forget all; tell whether there was anything to forget."""
        had = bool(self._keys) or self.range_from is not None
        self._keys.clear()
        self.range_from = None
        return had

    def span(self, cursor: int) -> range:
        """Return the indexes of the open range; empty without one."""
        if self.range_from is None:
            return range(0)
        low, high = sorted((self.range_from, cursor))
        return range(low, high + 1)

    def count(self, cursor: int, key_at: Callable[[int], str | None]) -> int:
        """Return how many rows are marked, those of the open range included once."""
        span = self.span(cursor)
        both = sum(1 for place in span if key_at(place) in self._keys) if self._keys else 0
        return len(self._keys) + len(span) - both
