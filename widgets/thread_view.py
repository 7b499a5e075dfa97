"""Items of a conversation one below the other; strips are kept by item, state and line."""

from datetime import UTC, datetime

from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from storage.records.ticket import ConversationItem, EventItem, OutboxItem
from widgets.guessed_view import GuessedView
from widgets.item_lines import MARGIN, ItemLine, ItemPainter, item_id
from widgets.kept import Kept

_ITEMS_KEPT = 64
_STRIPS_KEPT = 1024


class ThreadView(GuessedView):
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
        self._lines: Kept[tuple[str, bool, bool], tuple[ItemLine, ...]] = Kept(_ITEMS_KEPT)
        self._strips: Kept[tuple[str, bool, bool, int], Strip] = Kept(_STRIPS_KEPT)

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
        place, line = self.at_top()
        return item_id(self._items[place]), line

    def place_of(self, key: str | None) -> int | None:
        return next((n for n, item in enumerate(self._items) if item_id(item) == key), None)

    def height_of(self, place: int, *, is_shown: bool) -> int:
        return len(self._lines_of(place) if is_shown else self._paint(place))

    def guess(self, place: int) -> int:
        item = self._items[place]
        if isinstance(item, EventItem):
            return 1
        wide = max(self._measured_width - MARGIN, 20)
        return 5 + item.text.count("\n") + len(item.text) // wide
