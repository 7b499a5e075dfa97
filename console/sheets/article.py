"""Write an article from a ticket, on the spot, and go back with it linked."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from console import editor, keys
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.sheet import Sheet
from storage.rules.closing import is_answer
from widgets.review_bar import ReviewBar
from widgets.said_line import SaidLine
from widgets.sheet_head import SheetHead
from widgets.text_editor import TextEditor

_TEMPLATE: Final = """\
## Issue

{words}

## Environment



## Cause



## Resolution

"""


@dataclass(frozen=True, slots=True)
class ArticleQuestion:
    title: str
    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class WrittenArticle:
    title: str
    text: str
    is_published: bool = False


def begun(words: str) -> str:
    """Return an article's first lines with the customer's words as a quote."""
    quoted = "\n".join(f"> {line}".rstrip() for line in words.strip().splitlines()[:12])
    return _TEMPLATE.format(words=quoted or "> ")


class ArticleSheet(Sheet[ArticleQuestion, WrittenArticle]):
    """A title, a text, and a bar of single letters once Escape left the text."""

    KEYS: ClassVar[str] = "article_review"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("article_review")
    IS_TALL = True
    DEFAULT_CSS = """
    ArticleSheet Input { height: 1; border: none; padding: 0 1; &:focus { border: none; } }
    ArticleSheet TextEditor { height: 1fr; padding: 1 1 0 1; &:focus { padding: 1 1 0 1; } }
    """

    def compose(self) -> ComposeResult:
        yield SheetHead()
        title = Input(placeholder="title, as a customer would search for it", compact=True)
        title.cursor_blink = False
        yield title
        yield TextEditor()
        yield SaidLine()
        yield ReviewBar()

    @property
    def text(self) -> TextEditor:
        return self.query_one(TextEditor)

    @property
    def title_line(self) -> Input:
        return self.query_one(Input)

    def keys_here(self) -> str:
        return self.KEYS if isinstance(self.screen.focused, ReviewBar) else "editor"

    def put(self, question: ArticleQuestion) -> None:
        head = self.query_one(SheetHead)
        head.title, head.about = "New article", question.about
        self.title_line.value = question.title
        self.text.load_text(question.text)
        self.query_one(SaidLine).words = ""
        rows = self.desk_screen.keymap.footer("article_review")
        self.query_one(ReviewBar).verbs = tuple((key, label) for key, label, _ in rows)

    def take_focus(self) -> None:
        last = self.text.document.line_count - 1
        self.text.move_cursor((last, 0))
        self.text.focus()

    @on(Input.Submitted)
    def _title_done(self, message: Input.Submitted) -> None:
        message.stop()
        self.text.focus()

    @on(TextEditor.Left)
    def _text_done(self, message: TextEditor.Left) -> None:
        message.stop()
        self.query_one(ReviewBar).focus()
        if not is_answer(self.text.text):
            self._say("It says no answer yet: only headings and the customer's words.")

    @on(TextEditor.EditorWanted)
    def _edit_outside(self, message: TextEditor.EditorWanted) -> None:
        message.stop()
        try:
            self.text.load_text(editor.edit(self.text.text, suspended=self.app.suspend()))
        except editor.EditorError as error:
            self._say(str(error))

    def _say(self, words: str) -> None:
        line = self.query_one(SaidLine)
        line.words, line.role = words, "soon"

    def action_back_to_text(self) -> None:
        self.text.focus()

    def action_save_and_return(self) -> None:
        self._finish(is_published=False)

    @work
    async def action_publish(self) -> None:
        question = ConfirmQuestion("Publish it?", self.title_line.value, "The whole team reads it.")
        if await self.desk_screen.ask(ConfirmSheet, question):
            self._finish(is_published=True)

    def _finish(self, *, is_published: bool) -> None:
        title = self.title_line.value.strip()
        if not title:
            self._say("It has no title yet.")
            self.title_line.focus()
        elif not is_answer(self.text.text):
            self._say("It says no answer yet: write one under Resolution.")
            self.text.focus()
        else:
            self.answer(WrittenArticle(title, self.text.text, is_published))

    @work
    async def action_discard(self) -> None:
        question = ConfirmQuestion("Throw the article away?", self.title_line.value)
        if await self.desk_screen.ask(ConfirmSheet, question):
            self.answer(None)
