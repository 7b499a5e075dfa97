"""A line of places or views, one of them lit, with what is on each."""

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.reactive import reactive

from widgets.cells import Cell, Line, line_width, spread
from widgets.painted import PaintedLines


@dataclass(frozen=True, slots=True)
class Tab:
    id: str
    name: str
    key: str = ""
    "The key that goes there, as people read it."
    count: int | None = None
    "None: not known or not worth a number."


class TabsLine(PaintedLines):
    """Shows its tabs; a click asks for one."""

    DEFAULT_CSS = "TabsLine { height: 1; }"

    tabs: reactive[tuple[Tab, ...]] = reactive(())
    active: reactive[str] = reactive("")
    right: reactive[Line] = reactive(())
    "Stands at the right edge and gives way first."

    @dataclass
    class Chosen(Message):
        """Somebody clicked a tab."""

        line: "TabsLine"
        tab: str

        @property
        def control(self) -> "TabsLine":
            return self.line

    def lines(self, width: int) -> list[Line]:
        cells = [cell for tab in self.tabs for cell in self._cells(tab)]
        if self.right:
            return [spread((("  ", ""), *cells), (*self.right, (" ", "")), width)]
        return [(("  ", ""), *cells)]

    def _cells(self, tab: Tab) -> list[Cell]:
        is_lit = tab.id == self.active
        name = "bold ink-strong" if is_lit else "ink-dim"
        key = [(f"{tab.key} ", "key" if is_lit else "ink-faint")] if tab.key else []
        number = [(f" {tab.count:,}", "cursor-bar" if is_lit else "ink-faint")] if tab.count else []
        return [*key, (tab.name, name), *number, ("   ", "")]

    def on_click(self, event: events.Click) -> None:
        end = 2
        for tab in self.tabs:
            end += line_width(tuple(self._cells(tab)))
            if event.x < end:
                self.post_message(self.Chosen(self, tab.id))
                return
