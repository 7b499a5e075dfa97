"""The part of a list that paints rows it holds and fetches those it lacks.

It knows no key and no mouse. A strip is kept by key, state and width, and is painted again only
when its row or its words changed: that is what makes a key cost 4 ms at a million rows.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from storage.errors import DeskError
from widgets.cells import Line, fit
from widgets.kept import Kept
from widgets.marks import Marks
from widgets.painted import PaintedView
from widgets.row_source import RowSource, RowT
from widgets.row_window import CHUNK, RowWindow

RowT_contra = TypeVar("RowT_contra", contravariant=True)

GUTTER = 2
"Cells the list itself paints before a row: the highlight's bar and the mark."
_BAR, _MARK = "\N{BOX DRAWINGS HEAVY VERTICAL}", "+"
_STRIPS_KEPT = 2048


class RowPainter(Protocol[RowT_contra]):
    """Paints one row. Pure, so that its strip is kept until row, width or wording change."""

    def __call__(self, row: RowT_contra, /, *, width: int, now: datetime) -> Line: ...


@dataclass(slots=True)
class _Painted:
    row: object
    now: datetime
    line: Line
    strip: Strip


class Rows(PaintedView, Generic[RowT]):
    """Paints the rows it holds and fetches those it lacks; knows no key and no mouse."""

    now: reactive[datetime] = reactive(datetime.fromtimestamp(0, UTC), repaint=False, init=False)
    "What the painter is told; a row whose words stay the same is not painted again."

    def __init__(
        self,
        paint: RowPainter[RowT],
        *,
        source: RowSource[RowT] | None = None,
        empty: str = "",
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._paint = paint
        self._next_source = source
        self._empty = empty
        self._window: RowWindow[RowT] = RowWindow()
        self._strips: Kept[tuple[str, int, bool, int], _Painted] = Kept(_STRIPS_KEPT)
        self._marks = Marks()
        self._cursor = 0
        self._is_filling = False

    def paint_with(self, paint: RowPainter[RowT]) -> None:
        """Paint anew, where names or columns are others than before."""
        if paint != self._paint:
            self._paint = paint
            self.forget_look()

    def content_strip(self, y: int, width: int) -> Strip:
        row = self._window.row(y)
        if row is None or self._window.source is None:
            return self._strip_without_row(y, width)
        key = self._window.source.key(row)
        state = (key, self._state_of(y), self._is_marked(y, key), width)
        kept = self._strips.get(state)
        if kept is not None and (kept.row is row or kept.row == row):
            if kept.now == self.now:
                return kept.strip
            line = self._paint(row, width=width - GUTTER, now=self.now)
            if line == kept.line:
                kept.now = self.now
                return kept.strip
        else:
            line = self._paint(row, width=width - GUTTER, now=self.now)
        strip = self._strip_of(line, state)
        self._strips[state] = _Painted(row, self.now, line, strip)
        return strip

    def _strip_of(self, line: Line, state: tuple[str, int, bool, int]) -> Strip:
        _, lit, marked, width = state
        gutter = ((_BAR if lit else " ", "cursor-bar"), (_MARK if marked else " ", "bold mark"))
        return self.strip((*gutter, *line), width, ground=("", "cursor-rest", "cursor")[lit])

    def _strip_without_row(self, y: int, width: int) -> Strip:
        if self._window.count:
            return self._strip_of((), ("", self._state_of(y), False, width))
        is_middle = self._window.source is not None and y == max(self.view_height // 2 - 1, 0)
        words = fit(self._empty, min(len(self._empty), width)) if is_middle else ""
        return self.strip(((" " * ((width - len(words)) // 2), ""), (words, "ink-faint")), width)

    def _state_of(self, y: int) -> int:
        """Return 0 for a row, 1 for the highlighted one, 2 where the keys reach it too."""
        if y != self._cursor or not self._window.count:
            return 0
        # in a picker the line beside the list has the focus, and moves the highlight
        focused = self.screen.focused
        reaches = focused is not None and self.parent in focused.ancestors_with_self
        return 2 if (reaches and self.parent is not self.screen) or self.has_focus else 1

    def _is_marked(self, y: int, key: str) -> bool:
        return key in self._marks or y in self._marks.span(self._cursor)

    def repaint_rows(self, first: int, last: int) -> None:
        """Paint again what of the rows `first..last` is on the screen."""
        low, high = max(first - self.top, 0), min(last - self.top, self.view_height - 1)
        if low <= high:
            self.refresh(Region(0, low, self.size.width, high - low + 1))

    def watch_now(self) -> None:
        width = self.view_width
        for y in range(self.top, self.top + self.view_height):
            row, key = self._window.row(y), self._window.key(y)
            if row is None or key is None:
                continue
            kept = self._strips.get((key, self._state_of(y), self._is_marked(y, key), width))
            if kept and kept.line != self._paint(row, width=width - GUTTER, now=self.now):
                self.repaint_rows(y, y)

    def forget_look(self) -> None:
        self._strips.clear()
        super().forget_look()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._want_rows()

    def _want_rows(self) -> None:
        """Fetch what the view lacks, and then what the next keys would ask for."""
        if not self._is_filling and self._next_chunk() is not None:
            self._is_filling = True
            self.run_worker(self._fill(), group="rows")

    def _next_chunk(self) -> int | None:
        window, top, height = self._window, self.top, max(self.view_height, 1)
        if not window.count:
            return None
        spans = (
            (top, top + height),
            (self._cursor, self._cursor),
            (top - CHUNK, top + height + CHUNK),
            (window.count - 1, window.count - 1),
            (0, 0),
        )
        return next((one for span in spans if (one := window.missing(*span)) is not None), None)

    async def _fill(self) -> None:
        try:
            while (chunk := self._next_chunk()) is not None:
                window = self._window
                await window.fetch(chunk)
                if window is self._window:
                    self.repaint_rows(chunk * CHUNK, (chunk + 1) * CHUNK - 1)
                    self.rows_came()
        except DeskError as error:
            self.rows_failed(error)
        finally:
            self._is_filling = False

    def rows_came(self) -> None:
        """Rows that were blank are here."""

    def rows_failed(self, error: DeskError) -> None:
        """Rows could not be read; those that are here stay."""
