"""One sentence of a sheet, and the key that comes next."""

from textual.reactive import reactive

from widgets.cells import Line, shorten, width_of
from widgets.painted import PaintedLines


class SaidLine(PaintedLines):
    """Says what is the case: nothing more than one line."""

    DEFAULT_CSS = "SaidLine { height: auto; }"

    words: reactive[str] = reactive("", layout=True)
    role: reactive[str] = reactive("ink")
    key: reactive[str] = reactive("")
    does: reactive[str] = reactive("")
    "What the key does."

    def lines(self, width: int) -> list[Line]:
        if not self.words:
            return []
        after = f"  {self.key} {self.does}" if self.key else ""
        words = shorten(self.words, max(width - width_of(after), 20))
        if not self.key:
            return [((words, self.role),)]
        return [((words, self.role), (f"  {self.key} ", "bold key"), (self.does, "ink-dim"))]
