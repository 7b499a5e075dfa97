"""Rows whose highlight and view stay where they are while the rows beneath them change."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.geometry import Size

from storage.errors import DeskError
from widgets.row_source import RowSource, RowT
from widgets.row_window import RowWindow, relocate
from widgets.rows import Rows


class PinnedRows(Rows[RowT]):
    """Reads its source again on request; what is on the screen stays until the new is here."""

    _is_pinned = False
    "Until somebody moved, the highlight stays on the first row, whatever comes in above."

    def on_mount(self) -> None:
        self._refreshing = asyncio.Lock()
        self._is_next = False
        if self._next_source is not None:
            self.set_source(self._next_source)

    def announce(self) -> None:
        """The highlight may be on another row now."""

    def tell_marks(self) -> None:
        """The number of marked rows may be another now."""

    def rows_came(self) -> None:
        self.announce()

    @property
    def is_current(self) -> bool:
        """Whether the rows that are shown are those of the source set last."""
        return self._window.source is self._next_source

    def set_source(self, source: RowSource[RowT], *, keep_highlight: bool = False) -> None:
        """Show another source; what is on the screen stays until its first rows are here."""
        self._next_source = source
        self._is_pinned = keep_highlight and self._is_pinned
        self.run_worker(self.refresh_window(), group="source")

    async def refresh_window(self) -> None:
        """Read the rows on the screen again; the highlight and the view stay where they are."""
        if self._is_next:
            return  # somebody who waits reads later than we would
        self._is_next = True
        async with self._turn():
            try:
                await self._read_again()
            except DeskError as error:
                self.rows_failed(error)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for the read under way; the next one may then be asked for."""
        try:
            await self._refreshing.acquire()
        finally:
            self._is_next = False
        try:
            yield
        finally:
            self._refreshing.release()

    async def _read_again(self) -> None:
        source, old = self._next_source, self._window
        if source is None:
            return
        fresh = RowWindow(source, count=await source.count())
        cursor, top = self._cursor, self.top
        before, after = await self._place_now(old, source, cursor)
        if not top <= cursor < top + max(self.view_height, 1):
            before_top, after_top = await self._place_now(old, source, top)
        else:
            before_top, after_top = before, after
        new_top = max(top + after_top - before_top, 0) if self._is_pinned else 0
        await fresh.fetch_all(new_top, new_top + max(self.view_height, 1))
        await fresh.fetch_all(after, after)
        gone = [key for key in self._marks.keys[:200] if await source.locate(key) is None]
        if source is not self._next_source:
            return
        # keys pressed while we read moved the highlight on: the same step from its new place
        after += self._cursor - cursor if self._cursor != cursor else 0
        if gone:
            self._marks.remove(gone)
            self.tell_marks()
        self._swap(fresh, cursor=after, top=new_top + self.top - top)

    async def _place_now(
        self, old: RowWindow[RowT], source: RowSource[RowT], index: int
    ) -> tuple[int, int]:
        """Return the index a row had and the one it has; a row that left gives its next one's."""
        if not self._is_pinned:
            return index, 0
        return await relocate(old, source, index) or (index, index)

    def _swap(self, fresh: RowWindow[RowT], *, cursor: int, top: int) -> None:
        shift = cursor - self._cursor
        if self._marks.range_from is not None:
            self._marks.range_from = max(self._marks.range_from + shift, 0)
        self._window = fresh
        self.virtual_size = Size(0, fresh.count)
        self._cursor = max(0, min(cursor, fresh.count - 1))
        self.show_top(top)
        self.refresh()
        self.announce()
        self._want_rows()
