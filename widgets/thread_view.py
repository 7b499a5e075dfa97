"""Items of very different heights one below the other, painted as far as they are looked at.

Heights are guessed until an item comes near the screen; what is on the screen stays put when a
guess is corrected. So a thread of a thousand mails opens as fast as one of three.
"""

import asyncio
from datetime import UTC, datetime
from time import monotonic

from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip

from storage.records.ticket import ConversationItem, EventItem, OutboxItem
from widgets.item_lines import MARGIN, ItemLine, ItemPainter, item_id
from widgets.kept import Kept
from widgets.line_map import LineMap
from widgets.painted import PaintedView

_ITEMS_KEPT = 64
_STRIPS_KEPT = 1024
_SLICE_SECONDS = 0.004
"What measuring in idle time may take before keys get their turn."


class ThreadView(PaintedView):
    """Paints items and keeps the screen where it is; knows no key and no mouse."""

    now: reactive[datetime] = reactive(datetime.fromtimestamp(0, UTC), repaint=False, init=False)

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._painter = ItemPainter()
        self._items: tuple[ConversationItem, ...] = ()
        self._selected = 0
        self._open: set[str] = set()
        self._map = LineMap()
        self._lines: Kept[tuple[str, bool, bool], tuple[ItemLine, ...]] = Kept(_ITEMS_KEPT)
        self._strips: Kept[tuple[str, bool, bool, int], Strip] = Kept(_STRIPS_KEPT)
        self._measured_width = 0

    # painting

    def content_strip(self, y: int, width: int) -> Strip:
        if not self._items or y >= self._map.total:
            return self.strip((), width)
        place, line = self._map.at(y)
        key = (*self._state_of(place), line)
        strip = self._strips.get(key)
        if strip is None:
            lines = self._lines_of(place)
            shown = lines[line] if line < len(lines) else ItemLine(())
            strip = self._strips[key] = self.strip(shown.line, width, ground=shown.ground)
        return strip

    def _state_of(self, place: int) -> tuple[str, bool, bool]:
        key = item_id(self._items[place])
        return key, place == self._selected, key in self._open

    def _lines_of(self, place: int) -> tuple[ItemLine, ...]:
        state = self._state_of(place)
        lines = self._lines.get(state)
        if lines is None:
            lines = self._lines[state] = self._paint(place)
        return lines

    def _paint(self, place: int) -> tuple[ItemLine, ...]:
        _, is_selected, is_open = self._state_of(place)
        item, below = self._items[place], self._items[place + 1 : place + 2]
        is_close = isinstance(item, EventItem) and below and isinstance(below[0], EventItem)
        return self._painter.lines(
            item,
            width=self._measured_width,
            now=self.now,
            is_selected=is_selected,
            is_open=is_open,
            ends_run=not is_close,
        )

    def forget_lines(self) -> None:
        self._lines.clear()
        self._strips.clear()

    def forget_look(self) -> None:
        self._strips.clear()
        super().forget_look()

    def watch_now(self, before: datetime, now: datetime) -> None:
        """Repaint what tells the time: countdowns each second, the rest when the day changes."""
        if before.astimezone().date() != now.astimezone().date():
            self.forget_lines()
            self.refresh()
            return
        for place in range(len(self._items) - 1, -1, -1):
            if isinstance(self._items[place], OutboxItem):
                self._repaint_head(place)

    def _repaint_head(self, place: int) -> None:
        state = self._state_of(place)
        before = self._lines.get(state)
        lines = self._paint(place)
        if before is None or lines == before:
            return
        self._lines[state] = lines
        self._strips.pop((*state, 0), None)
        y = self._map.start(place) - self.top
        if 0 <= y < self.view_height:
            self.refresh(Region(0, y, self.size.width, 1))

    # where things are

    def reading_place(self) -> tuple[str, int] | None:
        """Return the item at the top of the screen and the line of it that is there."""
        if not self._items:
            return None
        place, line = self._map.at(self.top)
        return item_id(self._items[place]), line

    def place_of(self, key: str | None) -> int | None:
        return next((n for n, item in enumerate(self._items) if item_id(item) == key), None)

    def measure(self) -> None:
        """Guess every height anew, for another width or other items."""
        self._measured_width = self.view_width
        self._map = LineMap([self._guess(item) for item in self._items])
        self.virtual_size = Size(0, self._map.total)

    def _guess(self, item: ConversationItem) -> int:
        if isinstance(item, EventItem):
            return 1
        wide = max(self._measured_width - MARGIN, 20)
        return 5 + item.text.count("\n") + len(item.text) // wide

    def show_at(self, place: int, line: int = 0) -> None:
        """Put line `line` of an item at the top of the screen, as far as there is text below."""
        if not self._items or not self._measured_width:
            return
        while True:
            within = min(line, max(self._map.height(place) - 1, 0))
            top = min(self._map.start(place) + within, self.furthest)
            if not self._learn_screen(top):
                break
        self.virtual_size = Size(0, self._map.total)
        self.show_top(top)
        self.refresh()

    @property
    def furthest(self) -> int:
        return max(self._map.total - self.view_height, 0)

    def settle(self) -> None:
        """Replace guesses on the screen by heights; what was below the top line stays there."""
        if not self._items or not self._measured_width:
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
                was_wrong |= self._map.learn(place, len(self._lines_of(place)))
            line = self._map.start(place) + max(self._map.height(place), 1)
        return was_wrong

    async def measure_in_idle(self) -> None:
        """Learn all heights, a slice at a time, and correct the scroll bar once."""
        thread, learnt, started = self._map, {}, monotonic()
        for place in range(len(thread)):
            if not thread.is_known(place):
                learnt[place] = len(self._paint(place))
            if monotonic() - started > _SLICE_SECONDS:
                await asyncio.sleep(_SLICE_SECONDS)
                started = monotonic()
            if thread is not self._map:
                return
        anchor = self.reading_place()
        for place, height in learnt.items():
            thread.learn(place, height)
        if learnt and anchor and (place_now := self.place_of(anchor[0])) is not None:
            self.show_at(place_now, anchor[1])
