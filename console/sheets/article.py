"""Write an article: a title, Markdown with a live preview beside it, then save, publish, discard."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events, on, work
from textual.binding import BindingType
from textual.widgets import Input, TextArea

from console import kept_text, keys
from console.kept_text import KeptText
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.writing import WritingSheet
from storage.errors import DeskError
from storage.records.words import Audience
from storage.rules import both_texts
from storage.rules.closing import is_answer

KEEP_SECONDS: Final = 0.5
"What a crash may cost of what was typed."
READERS: Final = {
    Audience.INTERNAL: "The whole team reads it, and nobody else.",
    Audience.PUBLIC: "Everyone can read it, customers too.",
}
"What publishing means, by audience."
_SCROLL: Final = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": 20, "pageup": -20, "space": 20}
_TEMPLATE: Final = """\
## Issue

{words}

## Environment


## Cause


## Resolution

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleQuestion:
    name: str
    "Under which what is written is kept until it is saved."
    head: str = "New article"
    about: str = ""
    title: str = ""
    text: str = ""
    parents: tuple[str, ...] = ()
    audience: Audience = Audience.INTERNAL
    needs_answer: bool = False
    "It is to be linked: one that says nothing does not count."


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
    """Keeps what is typed every half second; answers once it was saved or thrown away."""

    KEYS: ClassVar[str] = "article_review"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("article_review")
    PLACEHOLDER: ClassVar[str] = "title, as a customer would search for it"
    DISCARD: ClassVar[str] = "Throw away what was written?"
    NAME: ClassVar[str] = "ARTICLE"
    _question = ArticleQuestion(name="")
    _is_due = False
    "A change waits to be kept."
    _is_changed = False

    def keys_here(self) -> str:
        return "editor" if self.text.has_focus or self.title_line.has_focus else self.KEYS

    def put(self, question: ArticleQuestion) -> None:
        self._question, self._is_changed = question, False
        self.begin(
            head=question.head, about=question.about, title=question.title, text=question.text
        )

    def take_focus(self) -> None:
        if not self.title_line.value:
            self.title_line.focus()
            return
        is_new = not self._question.parents
        self.text.move_cursor(self.text.document.end if is_new else (0, 0))
        self.text.focus()

    # what is typed is kept

    @on(TextArea.Changed)
    @on(Input.Changed)
    def _changed(self, message: TextArea.Changed | Input.Changed) -> None:
        message.stop()
        asked = self._question
        if (self.title_line.value, self.text.text) != (asked.title, asked.text):
            self._is_changed = True
        if self._is_changed and not self._is_due and self.display:
            self._is_due = True
            self.set_timer(KEEP_SECONDS, self._keep)

    @work(group="keep")
    async def _keep(self) -> None:
        self._is_due = False
        if not self.display or self.desk_screen.rotadesk.setup.readonly:
            return
        asked = self._question
        now = KeptText(title=self.title_line.value, text=self.text.text, parents=asked.parents)
        try:
            await kept_text.keep(self.desk_screen.rotadesk.store, asked.name, now)
        except DeskError as error:
            self.say_error(error)

    # the bar

    def warning(self) -> str:
        self.markdown.remove_class("-preview")
        if both_texts.is_undecided(self.text.text):
            return "Both texts are still in it: decide between <<<<<<< and >>>>>>>."
        if is_answer(self.text.text):
            return ""
        return "It says no answer yet: only headings and the customer's words."

    def on_key(self, event: events.Key) -> None:
        if self.markdown.view.has_focus and event.key in _SCROLL:
            event.stop()
            self.markdown.view.scroll_by(_SCROLL[event.key])

    def action_save_and_return(self) -> None:
        self._finish(is_published=False)

    @work
    async def action_publish(self) -> None:
        readers = READERS[self._question.audience]
        question = ConfirmQuestion("Publish it?", self.title_line.value, readers)
        if self._is_ready(needs_answer=True) and await self.desk_screen.ask(ConfirmSheet, question):
            self._finish(is_published=True)

    def _is_ready(self, *, needs_answer: bool) -> bool:
        """Return whether it can be saved; says what is in the way, and goes there."""
        if not self.titled():
            return False
        if both_texts.is_undecided(self.text.text):
            self.warn("Both texts are still in it: decide between <<<<<<< and >>>>>>>.")
        elif needs_answer and not is_answer(self.text.text):
            self.warn("It says no answer yet: write one under Resolution.")
        else:
            return True
        self.markdown.focus_text()
        return False

    def _finish(self, *, is_published: bool) -> None:
        if self._is_ready(needs_answer=is_published or self._question.needs_answer):
            title = self.title_line.value.strip()
            self.answer(WrittenArticle(title, self.text.text, is_published))
