"""Markdown and how it will look: side by side where there is room, else one at a time."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import TextArea

from widgets.markdown_view import MarkdownView
from widgets.text_editor import TextEditor

_BESIDE = 100
"Columns from which both are shown."


class MarkdownEditor(Horizontal):
    """A text editor with a live preview. Its messages are the editor's: `Left`, `EditorWanted`."""

    DEFAULT_CSS = """
    MarkdownEditor { height: 1fr; }
    MarkdownEditor > TextEditor { width: 1fr; padding: 0 1; &:focus { padding: 0 1; } }
    MarkdownEditor > MarkdownView { width: 1fr; display: none; }
    MarkdownEditor.-beside > MarkdownView { display: block; }
    MarkdownEditor.-narrow > MarkdownView { display: none; }
    MarkdownEditor.-narrow.-preview > MarkdownView { display: block; }
    MarkdownEditor.-narrow.-preview > TextEditor { display: none; }
    """

    _is_due = False

    def compose(self) -> ComposeResult:
        yield TextEditor()
        yield MarkdownView()

    @property
    def editor(self) -> TextEditor:
        return self.query_one(TextEditor)

    @property
    def view(self) -> MarkdownView:
        return self.query_one(MarkdownView)

    @property
    def text(self) -> str:
        return self.editor.text

    @property
    def shows_preview(self) -> bool:
        return bool(self.view.display)

    def edit(self, text: str) -> None:
        """Begin with `text`; what was undone before cannot come back."""
        self.editor.load_text(text)
        self.view.show(text)
        self.focus_text()

    def focus_text(self) -> None:
        self.remove_class("-preview")
        self.editor.focus()

    def toggle_preview(self) -> None:
        """Show or hide the preview; where only one fits, it takes the editor's place."""
        if self.has_class("-narrow"):
            self.toggle_class("-preview")
            (self.view if self.has_class("-preview") else self.editor).focus()
        else:
            self.toggle_class("-beside")
        self._render_soon()

    def on_mount(self) -> None:
        self.add_class("-beside")

    def on_resize(self, event: events.Resize) -> None:
        is_narrow = event.size.width < _BESIDE
        self.set_class(is_narrow, "-narrow")
        if not is_narrow and self.has_class("-preview"):
            self.focus_text()

    def on_key(self, event: events.Key) -> None:
        if event.key == "f3":
            event.stop()
            event.prevent_default()
            self.toggle_preview()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        if event.text_area is self.editor:
            self._render_soon()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        if event.text_area is self.editor and self.shows_preview:
            self.view.show_source_line(event.selection.end[0])

    def _render_soon(self) -> None:
        """Render once for all the keys of a frame."""
        if not self._is_due:
            self._is_due = True
            self.call_after_refresh(self._render_preview)

    def _render_preview(self) -> None:
        self._is_due = False
        if self.shows_preview:
            self.view.show(self.text, keep_place=True)
            self.view.show_source_line(self.editor.cursor_location[0])
