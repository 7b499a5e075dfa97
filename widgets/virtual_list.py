"""A list of any length that answers a key before it asks anybody.

It paints what it holds, shows blanks for what it does not, and fills them in. The highlight is
pinned to a row's key: rows that come in above move neither it nor what is on the screen.
The owner binds the keys and calls the methods; the list only minds the mouse.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar

from textual import events
from textual.message import Message

from storage.errors import DeskError
from widgets.pinned_rows import PinnedRows
from widgets.row_source import RowT

ShownT = TypeVar("ShownT")

_RANGE_LIMIT = 10_000
"Rows one key may mark: what a list fetches for it before it answers."


class ListMessage(Message, Generic[ShownT]):
    """Something happened in a list; `control` lets `@on` select by the list's id."""

    def __init__(self, sender: "VirtualList[ShownT]") -> None:
        super().__init__()
        self.list = sender

    @property
    def control(self) -> "VirtualList[ShownT]":
        return self.list


class VirtualList(PinnedRows[RowT]):
    """Rows of a `RowSource` with a highlight and marks."""

    DEFAULT_CSS = "VirtualList { height: 1fr; }"
    can_focus = True

    class Highlighted(ListMessage[ShownT]):
        """The highlight came to another row; None once the list is empty."""

        def __init__(self, sender: "VirtualList[ShownT]", row: ShownT | None) -> None:
            super().__init__(sender)
            self.row = row

    class Opened(ListMessage[ShownT]):
        def __init__(self, sender: "VirtualList[ShownT]", row: ShownT) -> None:
            super().__init__(sender)
            self.row = row

    class Marked(ListMessage[ShownT]):
        def __init__(self, sender: "VirtualList[ShownT]", count: int) -> None:
            super().__init__(sender)
            self.count = count

    class Failed(ListMessage[ShownT]):
        """Rows could not be read; those that are here stay."""

        def __init__(self, sender: "VirtualList[ShownT]", error: DeskError) -> None:
            super().__init__(sender)
            self.error = error

    _told: str | None = None
    "Key of the row last told of with `Highlighted`."

    # what it shows

    @property
    def count(self) -> int:
        return self._window.count

    @property
    def cursor(self) -> int:
        """Index of the highlighted row."""
        return self._cursor

    @property
    def highlighted(self) -> RowT | None:
        """The row under the highlight; None while it is not here or the list is empty."""
        return self._window.row(self._cursor)

    @property
    def highlighted_key(self) -> str | None:
        return self._window.key(self._cursor)

    # the highlight

    def move(self, steps: int) -> None:
        self.move_to(self._cursor + steps)

    def move_pages(self, pages: float) -> None:
        """Move by screens; the view moves along."""
        rows = round(pages * max(self.view_height - 1, 1))
        self.show_top(max(0, min(self.top + rows, self.count - self.view_height)))
        self.move(rows)

    def move_to_end(self) -> None:
        self.move_to(self.count - 1)

    def move_to(self, index: int) -> None:
        """Highlight the row at `index`; blank until it is here."""
        self._is_pinned = True
        index = max(0, min(index, self.count - 1))
        if index == self._cursor:
            return
        before, self._cursor = self._cursor, index
        if self._marks.range_from is None:
            self.repaint_rows(before, before)
            self.repaint_rows(index, index)
        else:
            self.repaint_rows(*sorted((before, index)))
            self.tell_marks()
        self._keep_in_view()
        self.announce()
        self._want_rows()

    def pin(self) -> None:
        """Keep the highlight on the row that it is on: something is being done to it."""
        self._is_pinned = True

    def open_highlighted(self) -> None:
        self.pin()
        row = self.highlighted
        if row is not None:
            self.post_message(self.Opened(self, row))

    def _keep_in_view(self) -> None:
        height = max(self.view_height, 1)
        if self._cursor < self.top:
            self.show_top(self._cursor)
        elif self._cursor >= self.top + height:
            self.show_top(self._cursor - height + 1)

    def announce(self) -> None:
        """Tell the owner where the highlight is, once its row is known."""
        key = self.highlighted_key
        if key != self._told and (key is not None or self.count == 0):
            self._told = key
            self.post_message(self.Highlighted(self, self.highlighted))

    def rows_failed(self, error: DeskError) -> None:
        self.post_message(self.Failed(self, error))

    # marks

    @property
    def marked(self) -> tuple[str, ...]:
        """Keys of the marked rows, an open range not counted; `settle_range` adds it."""
        return self._marks.keys

    def mark(self, keys: Iterable[str]) -> None:
        """Mark rows by key, here or not: 'all that match'."""
        self._marks.add(keys)
        self._marks_changed()

    def unmark(self, keys: Iterable[str]) -> None:
        self._marks.remove(keys)
        self._marks_changed()

    def mark_and_step(self) -> None:
        """Turn the mark of the highlighted row over and go to the next."""
        key = self.highlighted_key
        if key is None:
            return
        self._marks.toggle(key)
        self._marks_changed()
        self.move(1)

    async def mark_range(self) -> None:
        """Begin a range at the highlighted row; the second time, mark what it spans."""
        if self._marks.range_from is None:
            self._marks.range_from = self._cursor
            self._is_pinned = True
            self._marks_changed()
        else:
            await self.settle_range()

    async def settle_range(self) -> tuple[str, ...]:
        """End an open range and return all marked keys, rows that were never shown included."""
        span = self._marks.span(self._cursor)[:_RANGE_LIMIT]
        if span:
            window = self._window
            await window.fetch_all(span[0], span[-1])
            self._marks.add(key for one in span if (key := window.key(one)) is not None)
            self._marks.range_from = None
            self._marks_changed()
        return self._marks.keys

    async def mark_all(self) -> None:
        """Mark every row there is, shown or not."""
        source = self._window.source
        if source is not None:
            rows = await source.page(0, _RANGE_LIMIT)
            self.mark(source.key(row) for row in rows)

    def clear_marks(self) -> bool:
        """Take all marks away; False where there were none."""
        had = self._marks.clear()
        if had:
            self._marks_changed()
        return had

    def _marks_changed(self) -> None:
        self.refresh()
        self.tell_marks()

    def tell_marks(self) -> None:
        self.post_message(self.Marked(self, self._marks.count(self._cursor, self._window.key)))

    # mouse and terminal

    def on_click(self, event: events.Click) -> None:
        index = self.top + event.y
        if index < self.count:
            self.move_to(index)
            if event.chain > 1:
                self.open_highlighted()

    def on_resize(self) -> None:
        self._keep_in_view()
        self._want_rows()

    def on_focus(self) -> None:
        self.repaint_rows(self._cursor, self._cursor)

    def on_blur(self) -> None:
        self.repaint_rows(self._cursor, self._cursor)
