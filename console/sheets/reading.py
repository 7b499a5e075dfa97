"""Read something and go back: an article, a mail as it came."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from console import keys
from console.sheets.sheet import Sheet
from widgets.markdown_view import MarkdownView
from widgets.sheet_head import SheetHead
from widgets.text_view import TextView


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingQuestion:
    title: str
    about: str
    text: str
    is_markdown: bool = False


class ReadingSheet(Sheet[ReadingQuestion, None]):
    KEYS: ClassVar[str] = "reading"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("reading")
    IS_TALL = True

    def compose(self) -> ComposeResult:
        self.head, self.plain, self.markdown = SheetHead(), TextView(), MarkdownView()
        yield from (self.head, self.plain, self.markdown)

    def put(self, question: ReadingQuestion) -> None:
        self.head.title, self.head.about = question.title, question.about
        self.plain.display = not question.is_markdown
        self.markdown.display = question.is_markdown
        self.text_view.show(question.text)

    @property
    def text_view(self) -> TextView | MarkdownView:
        return self.markdown if self.markdown.display else self.plain

    def take_focus(self) -> None:
        self.text_view.focus()

    def action_down(self) -> None:
        self.text_view.scroll_by(1)

    def action_up(self) -> None:
        self.text_view.scroll_by(-1)

    def action_page_down(self) -> None:
        self.text_view.scroll_by_pages(1)

    def action_page_up(self) -> None:
        self.text_view.scroll_by_pages(-1)

    def action_top(self) -> None:
        self.text_view.show_first()

    def action_bottom(self) -> None:
        self.text_view.show_last()
