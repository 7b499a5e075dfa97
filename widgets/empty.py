"""Nothing here, said calmly, with what to do next."""

from textual.reactive import reactive

from widgets.cells import Line, clip, width_of
from widgets.painted import PaintedLines
from widgets.wrap import wrap


class Empty(PaintedLines):
    """A title and a hint in the middle of the room there is."""

    DEFAULT_CSS = "Empty { height: 1fr; }"

    title: reactive[str] = reactive("")
    hint: reactive[str] = reactive("")

    def __init__(
        self,
        title: str = "",
        hint: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(Empty.title, title)
        self.set_reactive(Empty.hint, hint)

    def lines(self, width: int) -> list[Line]:
        words = [(clip(self.title, width), "ink-dim")]
        words += [(text, "ink-faint") for text in wrap(self.hint, min(width, 60)) if text]
        above = max((self.size.height - len(words)) // 3, 0)
        return [()] * above + [
            ((" " * ((width - width_of(text)) // 2), ""), (text, role)) for text, role in words
        ]
