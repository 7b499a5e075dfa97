"""Which item a line belongs to, while most heights are still guessed."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


class LineMap:
    """Heights of items one below the other. A guess holds until the item has been painted."""

    def __init__(self, guesses: Sequence[int] = ()) -> None:
        self._heights = list(guesses)
        self._known = [False] * len(self._heights)
        self._starts: list[int] | None = None

    def __len__(self) -> int:
        return len(self._heights)

    @property
    def total(self) -> int:
        return self._sums()[-1]

    def start(self, item: int) -> int:
        return self._sums()[item]

    def height(self, item: int) -> int:
        return self._heights[item]

    def at(self, line: int) -> tuple[int, int]:
        """Return the item that `line` belongs to and the line within it."""
        item = bisect_right(self._sums(), max(line, 0), hi=len(self._heights)) - 1
        item = max(0, min(item, len(self._heights) - 1))
        return item, line - self.start(item)

    def is_known(self, item: int) -> bool:
        return self._known[item]

    @property
    def is_all_known(self) -> bool:
        return all(self._known)

    def learn(self, item: int, height: int) -> bool:
        """Note the true height of an item; tell whether the guess was wrong."""
        self._known[item] = True
        if self._heights[item] == height:
            return False
        self._heights[item] = height
        self._starts = None
        return True

    def _sums(self) -> list[int]:
        if self._starts is None:
            self._starts = [0, *accumulate(self._heights)]
        return self._starts
