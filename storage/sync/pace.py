"""How much is asked for at once: less where a server throttles, more again by and by."""

from typing import Final

_SMALLEST_SHARE: Final = 32
_WELL_BEFORE_MORE: Final = 20
"So many answers in a row, and twice as much is asked for."


class Pace:
    """One for the life of the engine: a server that throttles does not forget with a connection."""

    def __init__(self) -> None:
        self._divisor = 1
        self._well = 0

    def of(self, most: int) -> int:
        """Return how many of at most `most` to ask for."""
        return max(1, most // self._divisor)

    def throttled(self) -> None:
        """Ask for half as much from now on."""
        self._divisor = min(_SMALLEST_SHARE, self._divisor * 2)
        self._well = 0

    def went_well(self) -> None:
        """Count an answer."""
        self._well += 1
        if self._well >= _WELL_BEFORE_MORE and self._divisor > 1:
            self._divisor //= 2
            self._well = 0
