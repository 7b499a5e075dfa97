"""The verbs that matter here, as many as the terminal has room for.

Textual's own footer costs a tenth of a second on every change of focus.
"""

from collections.abc import Sequence
from typing import TypeAlias

from textual.reactive import reactive

from widgets.cells import Cell, Line, clip, line_width, spread
from widgets.painted import PaintedLines

Verbs: TypeAlias = tuple[tuple[str, str], ...]
"(key, label) pairs, the most needed first."

_ROOM = ((160, 16), (120, 13), (100, 10), (80, 8), (60, 6))
"Columns and the verbs shown from there on."


def most_verbs(width: int) -> int:
    return next((verbs for columns, verbs in _ROOM if width >= columns), 4)


def fitting(verbs: Sequence[tuple[str, str]], width: int, *, limit: int) -> Verbs:
    """Return the first verbs that fit; the last of all (the help) never gives way."""
    chosen = list(verbs[:limit])
    if len(verbs) > limit and chosen:
        chosen[-1] = verbs[-1]
    while len(chosen) > 1 and line_width(painted(chosen)) > width:
        del chosen[-2]
    return tuple(chosen)


def painted(verbs: Sequence[tuple[str, str]]) -> Line:
    cells: list[Cell] = []
    for key, label in verbs:
        cells += [(" ", ""), (clip(key, 12), "bold key"), (" ", ""), (clip(label, 24), "ink-dim")]
        cells.append((" ", ""))
    return tuple(cells)


class FooterLine(PaintedLines):
    """One line of verbs, and at its right what is marked."""

    DEFAULT_CSS = "FooterLine { height: 1; }"

    verbs: reactive[Verbs] = reactive(())
    note: reactive[str] = reactive("")
    "'5 marked'; empty otherwise."

    def lines(self, width: int) -> list[Line]:
        note = ((f"{self.note} ", "bold mark"),) if self.note else ()
        room = width - line_width(note) - bool(note)
        return [spread(painted(fitting(self.verbs, room, limit=most_verbs(width))), note, width)]

    def ground(self, y: int) -> str:
        del y
        return "strip"
