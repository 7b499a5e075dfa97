"""The last thing text passes before the terminal: nothing in it can be a command.

Textual strips five control characters and lets escape sequences through (measured on 27 of its
surfaces). `safe_text` cleans what comes into the desk; this catches what slipped by it.
"""

import unicodedata

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class Firewall(LineFilter):
    """Rewrites segments that hold anything unprintable, cell for cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        del background  # what is safe does not depend on colour
        if all(text.isprintable() for text, _, _ in segments):
            return segments
        return [
            segment if control or text.isprintable() else Segment(harmless(text), style)
            for segment in segments
            for text, style, control in (segment,)
        ]


def harmless(text: str) -> str:
    """Return `text` with as many cells, and nothing a terminal would obey."""
    return "".join(one if one.isprintable() else _stand_in(one) for one in text)


def _stand_in(one: str) -> str:
    width = cell_len(one)
    if unicodedata.category(one) == "Zs":
        return " " * width
    return "\N{REPLACEMENT CHARACTER}" + " " * (width - 1) if width else ""
