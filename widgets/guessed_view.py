"""Things of very different heights one below the other, painted as far as they are looked at.

Heights are guessed until a thing comes near the screen; what is on the screen stays put when a
guess is corrected. So a thread of a thousand mails opens as fast as one of three, and an article
of fifty pages as fast as a note.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic

from textual.geometry import Size

from widgets.line_map import LineMap
from widgets.painted import PaintedView

_SLICE_SECONDS = 0.004
"What measuring in idle time may take before keys get their turn."


class GuessedView(PaintedView):
    """Knows where things are; a subclass knows what they look like."""

    _map = LineMap()
    _measured_width = 0

    def height_of(self, place: int, *, is_shown: bool) -> int:
        """Return the true height of a thing, which takes painting it; keep that if it is shown."""
        raise NotImplementedError

    def guess(self, place: int) -> int:
        """Return about how high a thing is, at once."""
        raise NotImplementedError

    @property
    def furthest(self) -> int:
        """The last line that may be at the top of the screen."""
        return max(self._map.total - self.view_height, 0)

    def at_top(self) -> tuple[int, int]:
        """Return the thing at the top of the screen and the line of it that is there."""
        return self._map.at(self.top) if len(self._map) else (0, 0)

    def measure(self, count: int, *, known: Sequence[int | None] = ()) -> None:
        """Guess every height anew, for another width or other things; `known` needs no guess."""
        self._measured_width = self.view_width
        heights = [*known, *[None] * (count - len(known))]
        guesses = [self.guess(n) if one is None else one for n, one in enumerate(heights)]
        self._map = LineMap(guesses)
        for place, height in enumerate(heights):
            if height is not None:
                self._map.learn(place, height)
        self.virtual_size = Size(0, self._map.total)

    def show_at(self, place: int, line: int = 0) -> None:
        """Put line `line` of a thing at the top of the screen, as far as there is more below."""
        if not len(self._map) or not self._measured_width:
            return
        place = min(place, len(self._map) - 1)
        while True:
            within = min(line, max(self._map.height(place) - 1, 0))
            top = min(self._map.start(place) + within, self.furthest)
            if not self._learn_screen(top):
                break
        self.virtual_size = Size(0, self._map.total)
        self.show_top(top)
        self.refresh()

    def settle(self) -> None:
        """Replace guesses on the screen by heights; what was below the top line stays there."""
        if not len(self._map) or not self._measured_width:
            return
        place, line = self._map.at(self.top)
        below = self._map.height(place) - line
        is_guess = not self._map.is_known(place)
        if self._learn_screen(self.top):
            line = max(self._map.height(place) - below, 0) if is_guess else line
            self.show_at(place, line)

    def _learn_screen(self, top: int) -> bool:
        """Learn the heights of what a screen from `top` on shows; tell if a guess was wrong."""
        line, end, was_wrong = top, top + max(self.view_height, 1), False
        while line < min(end, self._map.total):
            place, _ = self._map.at(line)
            if not self._map.is_known(place):
                was_wrong |= self._map.learn(place, self.height_of(place, is_shown=True))
            line = self._map.start(place) + max(self._map.height(place), 1)
        return was_wrong

    async def measure_in_idle(self) -> None:
        """Learn all heights, a slice at a time, and correct the scroll bar once."""
        things, learnt, started = self._map, {}, monotonic()
        for place in range(len(things)):
            if not things.is_known(place):
                learnt[place] = self.height_of(place, is_shown=False)
            if monotonic() - started > _SLICE_SECONDS:
                await asyncio.sleep(_SLICE_SECONDS)
                started = monotonic()
            if things is not self._map:
                return
        at_top = self.at_top()
        for place, height in learnt.items():
            things.learn(place, height)
        if learnt:
            self.show_at(*at_top)

    def measure_later(self) -> None:
        if not self._map.is_all_known:
            self.run_worker(self.measure_in_idle(), group="measure")

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.settle()
