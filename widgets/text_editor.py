"""Textual's text area, quick on long texts, with the ways out of it that a desk needs.

Stock, it costs what the document is long for every line it paints. Two private names of Textual
are touched for that (`_set_document`, `_offset_to_line_info`); a test holds us to them.
"""

from textual import events
from textual.document._document_navigator import DocumentNavigator
from textual.document._wrapped_document import WrappedDocument
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

from widgets.painted import WholeCells

TRIGGERS = ("::", "??", "@@", "##")
"Typed after a blank, each opens a picker: snippet, article, person, ticket or bug."


class QuickWrappedDocument(WrappedDocument):
    """Knows its height; the stock one adds it up anew for every line painted."""

    @property
    def height(self) -> int:
        return len(self._offset_to_line_info)


class TextEditor(TextArea):
    """Plain text; every printable key belongs to it."""

    DEFAULT_CSS = """
    TextEditor {
        border: none; padding: 0; scrollbar-size-vertical: 1;
        &:focus { border: none; }
    }
    """

    class EditorMessage(Message):
        def __init__(self, editor: "TextEditor") -> None:
            super().__init__()
            self.editor = editor

        @property
        def control(self) -> "TextEditor":
            return self.editor

    class Left(EditorMessage):
        """The engineer is done typing for now; nothing has been sent or saved by that."""

    class EditorWanted(EditorMessage):
        """The text is to be edited in $EDITOR."""

    class Triggered(EditorMessage):
        """A pair was typed that asks for a picker; it stands before the cursor."""

        def __init__(self, editor: "TextEditor", kind: str) -> None:
            super().__init__(editor)
            self.kind = kind

    def __init__(
        self,
        text: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(text, id=id, classes=classes, highlight_cursor_line=False, soft_wrap=True)
        self.cursor_blink = False
        self.match_cursor_bracket = False

    def on_mount(self) -> None:
        self.vertical_scrollbar.renderer = WholeCells  # type: ignore[misc]  # Textual's documented way

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document(text, language)
        self.wrapped_document = QuickWrappedDocument(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()

    def render_line(self, y: int) -> Strip:
        if self.placeholder and self.document.line_count == 1 and not self.document[0]:
            return super().render_line(y)
        line = self.scroll_offset.y + y
        key = (
            self.size,
            self.scroll_offset.x,
            line,
            self._selection_on(line),
            self._draw_cursor,
            self.theme,
            self.show_line_numbers,
            self.suggestion,
        )
        strip = self._line_cache.get(key)
        if strip is None:
            strip = self._line_cache[key] = self._render_line(y)
        return strip

    def _selection_on(self, line: int) -> object:
        """Return what of cursor and selection changes the picture of a wrapped line."""
        places = self.wrapped_document._offset_to_line_info  # noqa: SLF001 - no public way to ask
        row = places[line][0] if 0 <= line < len(places) else -1
        first, last = sorted((self.selection.start[0], self.selection.end[0]))
        return self.selection if first <= row <= last else None

    async def _on_key(self, event: events.Key) -> None:
        if event.key in {"escape", "f4"}:
            event.stop()
            event.prevent_default()
            leaves = event.key == "escape"
            self.post_message(self.Left(self) if leaves else self.EditorWanted(self))
            return
        await super()._on_key(event)
        if event.character and event.character * 2 in TRIGGERS:
            self._look_for_trigger()

    def _look_for_trigger(self) -> None:
        row, column = self.cursor_location
        before = self.document[row][:column]
        kind = before[-2:]
        if kind in TRIGGERS and (column == 2 or before[-3].isspace()):
            self.post_message(self.Triggered(self, kind))

    def replace_trigger(self, text: str) -> None:
        """Put what was picked in place of the pair that asked for it; as it was, insert it."""
        row, column = self.cursor_location
        begin = (
            column - 2 if self.document[row][max(column - 2, 0) : column] in TRIGGERS else column
        )
        self.replace(text, (row, begin), (row, column))
