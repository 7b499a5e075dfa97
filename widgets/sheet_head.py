"""The first line of a sheet: what it does, and to what."""

from textual.reactive import reactive

from widgets.cells import Line, shorten, width_of
from widgets.painted import PaintedLines


class SheetHead(PaintedLines):
    """A title, and beside it what it is about: a stranger's words, cut to the room there is."""

    DEFAULT_CSS = "SheetHead { height: 1; }"

    title: reactive[str] = reactive("")
    about: reactive[str] = reactive("")

    def lines(self, width: int) -> list[Line]:
        title = f" {self.title}  "
        room = max(width - width_of(title) - 1, 0)
        return [((title, "bold ink-strong"), (shorten(self.about, room), "ink-dim"))]

    def ground(self, y: int) -> str:
        del y
        return "rule"
