"""Plain lines of a stranger's text, scrolled: a mail as it came, a log."""

from textual.geometry import Size
from textual.strip import Strip

from widgets.painted import PaintedView
from widgets.wrap import wrap


class TextView(PaintedView):
    """Shows text as it is, wrapped to the width there is."""

    DEFAULT_CSS = "TextView { height: 1fr; }"
    can_focus = True

    _text = ""
    _wrapped: tuple[str, ...] = ()

    def show(self, text: str) -> None:
        self._text = text
        self._wrap()
        self.show_top(0)

    def _wrap(self) -> None:
        width = max(self.view_width - 2, 20)
        self._wrapped = tuple(
            piece for line in self._text.split("\n") for piece in (wrap(line, width) or ("",))
        )
        self.virtual_size = Size(0, len(self._wrapped))
        self.refresh()

    def content_strip(self, y: int, width: int) -> Strip:
        line = self._wrapped[y] if y < len(self._wrapped) else ""
        return self.strip(((" ", ""), (line, "ink")), width)

    def scroll_by(self, lines: int) -> None:
        self.show_top(max(0, min(self.top + lines, len(self._wrapped) - self.view_height)))

    def scroll_by_pages(self, pages: float) -> None:
        self.scroll_by(round(pages * max(self.view_height - 2, 1)))

    def show_first(self) -> None:
        self.show_top(0)

    def show_last(self) -> None:
        self.scroll_by(len(self._wrapped))

    def on_resize(self) -> None:
        self._wrap()
