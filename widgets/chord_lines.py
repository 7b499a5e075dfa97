"""What may follow the first key of a chord."""

from textual.reactive import reactive

from widgets.cells import Line, fit, width_of
from widgets.painted import PaintedLines

_GAP = 3


class ChordLines(PaintedLines):
    """A key and what it does, in as many columns as fit. Shows what it is given."""

    DEFAULT_CSS = "ChordLines { height: auto; }"

    typed: reactive[str] = reactive("", layout=True)
    rows: reactive[tuple[tuple[str, str], ...]] = reactive((), layout=True)

    def lines(self, width: int) -> list[Line]:
        if not self.rows:
            return []
        cells = max(width_of(key) + 2 + width_of(told) for key, told in self.rows) + _GAP
        columns = max((width - 2) // cells, 1)
        deep = -(-len(self.rows) // columns)
        found: list[Line] = [(("  ", ""), (self.typed, "bold key"), (" and then", "ink-dim"))]
        for y in range(deep):
            line: list[tuple[str, str]] = [("  ", "")]
            for key, told in self.rows[y::deep]:
                line += [(key, "bold key"), ("  ", ""), (told, "ink")]
                line.append((fit("", cells - width_of(key) - 2 - width_of(told)), ""))
            found.append(tuple(line))
        return found
