"""An article to read, painted section by section.

Textual's own Markdown widget makes a widget of every block and takes 14 s for 50 KB. Here a
section is painted once for its text and width; a keystroke in the editor repaints one section.
"""

import re
from bisect import bisect_right

from textual.strip import Strip

from widgets.cells import Line
from widgets.guessed_view import GuessedView
from widgets.kept import Kept
from widgets.markdown_lines import markdown_lines

_MEASURE = 96
"Widest line of an article."
_LEFT = 2
_SECTIONS_KEPT = 512
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"#{1,6}(?:\s|$)")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:\s*\S+.*$", re.MULTILINE)


def sections(text: str) -> tuple[tuple[int, str], ...]:
    """Return (first line, text) of what begins at each heading outside a code fence."""
    starts, fence = [0], ""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if found := _FENCE.match(line):
            mark = found.group(1)
            if not fence:
                fence = mark
            elif mark.startswith(fence) and not line.strip().strip(mark[0]):
                fence = ""
        elif not fence and place and _HEADING.match(line):
            starts.append(place)
    ends = [*starts[1:], len(lines)]
    return tuple((a, "\n".join(lines[a:b])) for a, b in zip(starts, ends, strict=True))


class MarkdownView(GuessedView):
    """Shows Markdown; scrolls; knows nothing of articles."""

    DEFAULT_CSS = "MarkdownView { height: 1fr; }"
    can_focus = True

    _sections: tuple[tuple[int, str], ...] = ()
    _definitions = ""
    "Link definitions of the whole text: a section may use another's."

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._painted: Kept[tuple[str, str, int], tuple[Line, ...]] = Kept(_SECTIONS_KEPT)

    def show(self, text: str, *, keep_place: bool = False) -> None:
        """Show `text` from its beginning, or where the last one was scrolled to."""
        place = self.at_top() if keep_place else (0, 0)
        self._sections = sections(text)
        self._definitions = "\n".join(_DEFINITION.findall(text))
        self._lay_out(place)

    def show_source_line(self, line: int) -> None:
        """Scroll to the section that line `line` of the source belongs to, unless it is seen."""
        starts = [start for start, _ in self._sections]
        place = max(bisect_right(starts, line) - 1, 0)
        first, last = (self._map.at(self.top + y)[0] for y in (0, max(self.view_height - 1, 0)))
        if self._sections and not first <= place <= last:
            self.show_at(place)

    def scroll_by(self, lines: int) -> None:
        self.show_top(max(0, min(self.top + lines, self.furthest)))

    def scroll_by_pages(self, pages: float) -> None:
        self.scroll_by(round(pages * max(self.view_height - 2, 1)))

    def show_first(self) -> None:
        self.show_at(0)

    def show_last(self) -> None:
        self.show_at(len(self._sections) - 1, 1_000_000)

    def _lay_out(self, place: tuple[int, int]) -> None:
        width = self._text_width(self.view_width)
        found = [self._painted.get((one, self._definitions, width)) for _, one in self._sections]
        known = [None if lines is None else len(lines) + 1 for lines in found]
        self.measure(len(self._sections), known=known)
        self.show_at(*place)
        self.refresh()
        self.measure_later()

    def _text_width(self, width: int) -> int:
        return min(max(width - 2 * _LEFT, 8), _MEASURE)

    def _lines_of(self, place: int, width: int) -> tuple[Line, ...]:
        _, text = self._sections[place]
        key = (text, self._definitions, self._text_width(width))
        lines = self._painted.get(key)
        if lines is None:
            whole = f"{text}\n\n{self._definitions}" if self._definitions else text
            lines = self._painted[key] = markdown_lines(whole, key[2])
        return lines

    def height_of(self, place: int, *, is_shown: bool) -> int:
        del is_shown
        return len(self._lines_of(place, self._measured_width)) + 1

    def guess(self, place: int) -> int:
        _, text = self._sections[place]
        return 2 + text.count("\n") + len(text) // max(self._text_width(self._measured_width), 1)

    def content_strip(self, y: int, width: int) -> Strip:
        if not self._sections or y >= self._map.total:
            return self.strip((), width)
        place, at = self._map.at(y)
        lines = self._lines_of(place, width)
        line = lines[at] if at < len(lines) else ()
        return self.strip(((" " * _LEFT, ""), *line), width)

    def on_resize(self) -> None:
        if self.view_width != self._measured_width:
            self._lay_out(self.at_top() if self._measured_width else (0, 0))
        else:
            self.settle()
