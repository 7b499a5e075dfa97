"""Text in terminal cells: made safe, cut and padded so that columns stay columns.

A line is a tuple of (text, role) pairs. A role names a meaning in the theme, with style words
before it: "bold ink", "sla-breached". Painters are plain functions from records to such lines;
only `painted.py` turns them into what Textual draws.
"""

import unicodedata
from functools import lru_cache
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size

Cell: TypeAlias = tuple[str, str]
Line: TypeAlias = tuple[Cell, ...]

_MARKS_A_LETTER = 3
"Combining marks kept on one letter; more is meant to spill over the lines around it."
_SHORT = 200
"Characters of a text whose cleaned form is worth keeping."
_WIDTHLESS = {"Cf", "Zl", "Zp"}
_DISPUTED = frozenset(
    chr(code)
    for span in (range(0xFE00, 0xFE10), range(0x1F3FB, 0x1F400), range(0xE0100, 0xE01F0))
    for code in span
)
"Variation selectors and skin tones: terminals disagree about their width."


def clean(text: str) -> str:
    """Return `text` with nothing a terminal could act on or measure differently than we do."""
    if text.isascii() and text.isprintable():
        return text
    return _clean_short(text) if len(text) <= _SHORT else _clean(text)


@lru_cache(4096)
def _clean_short(text: str) -> str:
    return _clean(text)


def _clean(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for letter in text:
        category = unicodedata.category(letter)
        if category in {"Mn", "Me"}:
            marks += 1
            if marks > _MARKS_A_LETTER or letter in _DISPUTED:
                continue
        elif letter in _DISPUTED:
            continue
        else:
            marks = 0
        kept.append(_printable(letter, category))
    return "".join(kept)


def _printable(letter: str, category: str) -> str:
    if letter in "\t\n\r" or category == "Zs":
        return " "
    if category == "Cc":
        return chr(0x2400 + ord(letter)) if ord(letter) < 0x20 else "\N{REPLACEMENT CHARACTER}"
    if category in _WIDTHLESS:
        return ""
    return letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"


def width_of(text: str) -> int:
    """Return how many cells `text` takes; it must be clean."""
    return len(text) if text.isascii() else cell_len(text)


def clip(text: str, width: int) -> str:
    """Return `text` made safe and no wider than `width` cells; never half a wide letter."""
    safe = clean(text[: width * 8])
    if width_of(safe) <= width:
        return safe
    return safe[:width] if safe.isascii() else set_cell_size(safe, width)


def shorten(text: str, width: int) -> str:
    """Return `text` cut to `width` with two dots where a cut would mislead (names, titles)."""
    whole = clip(text, width + 1)
    if width_of(whole) <= width:
        return whole
    return clip(text, width) if width < 6 else clip(text, width - 2).rstrip() + ".."


def fit(text: str, width: int) -> str:
    """Return `text` cut or padded with blanks to exactly `width` cells."""
    cut = clip(text, width)
    return cut + " " * (width - width_of(cut))


def fit_right(text: str, width: int) -> str:
    """Return `text` cut to `width` cells and set against the right edge."""
    cut = clip(text, width)
    return " " * (width - width_of(cut)) + cut


def line_width(line: Line) -> int:
    return sum(width_of(text) for text, _ in line)


def clip_line(line: Line, width: int) -> Line:
    """Return the cells of `line` that fit into `width`."""
    kept: list[Cell] = []
    left = width
    for text, role in line:
        if left <= 0:
            break
        cut = clip(text, left)
        kept.append((cut, role))
        left -= width_of(cut)
    return tuple(kept)


def spread(left: Line, right: Line, width: int) -> Line:
    """Return `left` and `right` at the two edges of `width`; the right side gives way first."""
    gap = width - line_width(left) - line_width(right)
    return (*left, (" " * gap, ""), *right) if gap > 0 else clip_line(left, width)
