"""What every sheet with a text is: a title, a text, and a bar of single letters after Escape."""

from typing import ClassVar, TypeVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.widgets import Input

from console import editor
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.sheet import Sheet
from widgets.markdown_editor import MarkdownEditor
from widgets.review_bar import ReviewBar
from widgets.said_line import SaidLine
from widgets.sheet_head import SheetHead
from widgets.text_editor import TextEditor

QuestionT = TypeVar("QuestionT")
AnswerT = TypeVar("AnswerT")


class WritingSheet(Sheet[QuestionT, AnswerT]):
    """Nothing is saved by leaving the text; the bar's letters decide."""

    PLACEHOLDER: ClassVar[str]
    "Of the title's line."
    DISCARD: ClassVar[str]
    "What `D` asks."
    NAME: ClassVar[str]
    "On the bar, in capitals."
    IS_TALL = True
    DEFAULT_CSS = """
    WritingSheet Input { height: 1; border: none; padding: 0 1; &:focus { border: none; } }
    WritingSheet MarkdownEditor { margin-top: 1; }
    """

    def compose(self) -> ComposeResult:
        yield SheetHead()
        title = Input(placeholder=self.PLACEHOLDER, compact=True)
        title.cursor_blink = False
        yield title
        yield MarkdownEditor()
        yield SaidLine()
        yield ReviewBar()

    @property
    def markdown(self) -> MarkdownEditor:
        return self.query_one(MarkdownEditor)

    @property
    def text(self) -> TextEditor:
        return self.markdown.editor

    @property
    def title_line(self) -> Input:
        return self.query_one(Input)

    def keys_here(self) -> str:
        return self.KEYS if isinstance(self.screen.focused, ReviewBar) else "editor"

    def begin(self, *, head: str, about: str, title: str, text: str) -> None:
        """Show what is to be written on."""
        shown = self.query_one(SheetHead)
        shown.title, shown.about = head, about
        self.title_line.value = title
        self.markdown.edit(text)
        self.query_one(SaidLine).words = ""
        rows = self.desk_screen.keymap.footer(self.KEYS)
        bar = self.query_one(ReviewBar)
        bar.title, bar.verbs = self.NAME, tuple((key, label) for key, label, _ in rows)

    def take_focus(self) -> None:
        (self.text if self.title_line.value else self.title_line).focus()

    def warning(self) -> str:
        """Return what the bar should say of the text as it is; empty where it is good."""
        return ""

    @on(Input.Submitted)
    def _title_done(self, message: Input.Submitted) -> None:
        message.stop()
        self.text.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self.title_line.has_focus:
            event.stop()
            self._review()

    @on(TextEditor.Left)
    def _text_done(self, message: TextEditor.Left) -> None:
        message.stop()
        self._review()

    def _review(self) -> None:
        self.query_one(ReviewBar).focus()
        self.warn(self.warning())

    @on(TextEditor.EditorWanted)
    def _edit_outside(self, message: TextEditor.EditorWanted) -> None:
        message.stop()
        try:
            self.text.load_text(editor.edit(self.text.text, suspended=self.app.suspend()))
        except editor.EditorError as error:
            self.warn(str(error))

    def warn(self, words: str) -> None:
        line = self.query_one(SaidLine)
        line.words, line.role = words, "soon"

    def titled(self) -> str:
        """Return the title; where there is none, say so and go there."""
        title = self.title_line.value.strip()
        if not title:
            self.warn("It has no title yet.")
            self.title_line.focus()
        return title

    def action_preview(self) -> None:
        """Show or hide how it will look."""
        self.markdown.toggle_preview()

    def action_back_to_text(self) -> None:
        self.markdown.focus_text()

    @work
    async def action_discard(self) -> None:
        question = ConfirmQuestion(self.DISCARD, self.title_line.value)
        if await self.desk_screen.ask(ConfirmSheet, question):
            self.answer(None)
