"""What can be done with what was written, one letter each. Nothing on this bar sends."""

from textual.reactive import reactive

from widgets.cells import Line, line_width
from widgets.footer_line import Verbs, fitting, painted
from widgets.painted import PaintedLines


class ReviewBar(PaintedLines):
    """One line under the composer; takes the keys while it is shown."""

    DEFAULT_CSS = "ReviewBar { height: 1; }"
    can_focus = True

    verbs: reactive[Verbs] = reactive(())
    is_note: reactive[bool] = reactive(default=False)
    title: reactive[str] = reactive("")
    "What was written, where it is neither reply nor note."

    def lines(self, width: int) -> list[Line]:
        name = self.title or ("NOTE" if self.is_note else "REPLY")
        title: Line = ((f" {name} ", "bold on-title"),)
        shown = self._fitting(width - line_width(title))
        role = "reverse note" if self.is_note else "reverse reply"
        return [((title[0][0], f"bold {role}"), *painted(shown))]

    def left_over(self) -> Verbs:
        """Return the verbs there is no room for: another line may show them."""
        shown = self._fitting(self.size.width - len(" REPLY "))
        return tuple(one for one in self.verbs if one not in shown)

    def _fitting(self, width: int) -> Verbs:
        return fitting(self.verbs, width, limit=len(self.verbs))

    def ground(self, y: int) -> str:
        del y
        return "strip"
