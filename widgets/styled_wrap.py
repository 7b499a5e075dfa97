"""Wrapping of text whose words have roles of their own."""

import re
from collections.abc import Iterable, Sequence

from widgets.cells import Cell, Line, clean, clip, width_of

_PARTS = re.compile(r"\n|[^\S\n]+|\S+")


def wrap_cells(cells: Sequence[Cell], width: int) -> list[Line]:
    """Return `cells` as lines of at most `width` cells, broken at blanks and at newlines."""
    filler = _Filler(max(width, 2))
    for word in _words(cells):
        if word == [("\n", "")]:
            filler.end_line()
        else:
            filler.add(word)
    filler.end_line()
    return filler.lines


def _words(cells: Iterable[Cell]) -> Iterable[list[Cell]]:
    """Yield words, each of one or more cells: a word may be half bold. Blanks are words too."""
    word: list[Cell] = []
    for raw, role in cells:
        for part in _PARTS.findall(raw):
            if part.isspace():
                if word:
                    yield word
                word = []
                yield [("\n", "")] if part == "\n" else [(" ", role)]
            else:
                word.append((clean(part), role))
    if word:
        yield word


class _Filler:
    """Lines as they fill up."""

    def __init__(self, width: int) -> None:
        self.lines: list[Line] = []
        self._width = width
        self._line: list[Cell] = []
        self._left = width
        self._blank: Cell | None = None

    def add(self, word: list[Cell]) -> None:
        if word[0][0] == " ":
            self._blank = word[0] if self._line else None
            return
        size = sum(width_of(text) for text, _ in word)
        overflows = self._line and size + (self._blank is not None) > self._left
        is_prose = size <= self._width and all(text.isascii() for text, _ in word)
        if overflows and (is_prose or self._left < 3):
            self.end_line()
        if self._blank is not None:
            self._put(self._blank)
            self._blank = None
        for cell in word:
            self._put_in_pieces(cell)

    def _put_in_pieces(self, cell: Cell) -> None:
        """Put text that may be wider than a line, or has no blanks to break at (Chinese)."""
        text, role = cell
        while text:
            piece = clip(text, self._left)
            if not text.startswith(piece):
                piece = piece[:-1]  # a blank stands for the half of a wide letter
            if not piece:
                self.end_line()
                continue
            self._put((piece, role))
            text = text[len(piece) :]

    def _put(self, cell: Cell) -> None:
        self._line.append(cell)
        self._left -= width_of(cell[0])

    def end_line(self) -> None:
        self.lines.append(tuple(self._line))
        self._line, self._left, self._blank = [], self._width, None
