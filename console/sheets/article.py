"""Write an article from a ticket, on the spot, and go back with it linked."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import work
from textual.binding import BindingType

from console import keys
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.writing import WritingSheet
from storage.rules.closing import is_answer

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


class ArticleSheet(WritingSheet[ArticleQuestion, WrittenArticle]):
    """An article that must say an answer before it is saved."""

    KEYS: ClassVar[str] = "article_review"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("article_review")
    PLACEHOLDER: ClassVar[str] = "title, as a customer would search for it"
    DISCARD: ClassVar[str] = "Throw the article away?"
    NAME: ClassVar[str] = "ARTICLE"

    def put(self, question: ArticleQuestion) -> None:
        about, title = question.about, question.title
        self.begin(head="New article", about=about, title=title, text=question.text)

    def take_focus(self) -> None:
        last = self.text.document.line_count - 1
        self.text.move_cursor((last, 0))
        self.text.focus()

    def warning(self) -> str:
        if is_answer(self.text.text):
            return ""
        return "It says no answer yet: only headings and the customer's words."

    def action_save_and_return(self) -> None:
        self._finish(is_published=False)

    @work
    async def action_publish(self) -> None:
        question = ConfirmQuestion("Publish it?", self.title_line.value, "The whole team reads it.")
        if await self.desk_screen.ask(ConfirmSheet, question):
            self._finish(is_published=True)

    def _finish(self, *, is_published: bool) -> None:
        if not (title := self.titled()):
            return
        if not is_answer(self.text.text):
            self.warn("It says no answer yet: write one under Resolution.")
            self.text.focus()
        else:
            self.answer(WrittenArticle(title, self.text.text, is_published))
