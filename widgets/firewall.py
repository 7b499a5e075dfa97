"""The last look at every line before it leaves for the terminal.

Text is made safe when it enters the desk and again where our widgets paint it. This catches what
neither saw: a path, an exception's words, a widget of Textual's own. Put it first:

    def get_line_filters(self) -> Sequence[LineFilter]:
        return (self._firewall, *super().get_line_filters())
"""

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from storage.rules.safe_text import is_web_link
from widgets.cells import clean, fit


class Firewall(LineFilter):
    """Replaces what is not printable; drops links that may not be opened."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        del background
        if all(text.isprintable() and not (style and style.link) for text, style, _ in segments):
            return segments
        return [_safe(segment) for segment in segments]


def _safe(segment: Segment) -> Segment:
    text, style, control = segment
    if control:
        # Textual sends its own control codes past the filters; one in a line is not ours
        return Segment("")
    if style is not None and style.link and not is_web_link(style.link):
        style = style.update_link(None)
    if text.isprintable():
        return Segment(text, style)
    # as many cells as the layout counted for it, so that nothing beside it moves
    return Segment(fit(clean(text), cell_len(text)), style)
