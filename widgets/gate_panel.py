"""What a ticket still needs before it can be closed, and what could fill the gap."""

from collections.abc import Sequence

from textual.reactive import reactive

from storage.records.ticket import Suggestion
from storage.records.words import CloseRequirement
from widgets.cells import Cell, Line, fit, line_width, shorten, width_of
from widgets.painted import PaintedLines

_WORDS = {
    CloseRequirement.CATEGORY: "category",
    CloseRequirement.AREA: "product area",
    CloseRequirement.KB_LINK: "KB link",
}
_KEYS = "789"


class GatePanel(PaintedLines):
    """Boxes, ticked or not, with what is in them; suggestions under their keys."""

    DEFAULT_CSS = "GatePanel { height: auto; }"

    missing: reactive[frozenset[CloseRequirement]] = reactive(frozenset(), layout=True)
    asked: reactive[frozenset[CloseRequirement]] = reactive(
        frozenset(CloseRequirement), layout=True
    )
    "What the sheet asks for; what is missing of it keeps the ticket open."
    filled: reactive[tuple[tuple[CloseRequirement, str], ...]] = reactive((), layout=True)
    "What is there, in words: 'usability', 'webhooks', an article's title."
    suggestions: reactive[tuple[Suggestion, ...]] = reactive((), layout=True)

    def lines(self, width: int) -> list[Line]:
        boxes = [self._box(one) for one in CloseRequirement if self._is_shown(one)]
        rows = _flowed(boxes, width)
        if self.suggestions:
            rows.append(())
            rows += [
                _suggestion(key, one, width)
                for key, one in zip(_KEYS, self.suggestions, strict=False)
            ]
        return rows

    def _is_shown(self, one: CloseRequirement) -> bool:
        return one in self.asked or one in self.missing or one in dict(self.filled)

    def _box(self, one: CloseRequirement) -> Line:
        value = dict(self.filled).get(one, "")
        if one in self.missing:
            return (("[ ] ", "bold soon"), (_WORDS[one], "bold soon"))
        if not value:
            return (("[ ] ", "ink-faint"), (f"{_WORDS[one]} (may stay empty)", "ink-faint"))
        return (("[x] ", "bold ok"), (f"{_WORDS[one]} ", "ink-dim"), (shorten(value, 40), "ink"))


def _flowed(boxes: Sequence[Line], width: int) -> list[Line]:
    """Return the boxes beside each other where they fit, else below."""
    rows: list[Line] = []
    for box in boxes:
        if rows and line_width(rows[-1]) + 3 + line_width(box) <= width:
            rows[-1] = (*rows[-1], ("   ", ""), *box)
        else:
            rows.append(box)
    return rows


def _suggestion(key: str, one: Suggestion, width: int) -> Line:
    used = f"used {one.used_by} times" if one.used_by != 1 else "used once"
    right = f"  {used}" if one.used_by else ""
    room = max(width - 6 - width_of(right), 10)
    title = shorten(one.title, room)
    cells: list[Cell] = [(f"  {key}  ", "bold key"), (title, "ink")]
    left = room - width_of(title)
    why = f"  {one.why}" if one.why and left > 12 else ""
    return (*cells, (fit(shorten(why, left), left), "ink-faint"), (right, "ink-faint"))
