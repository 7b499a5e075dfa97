"""Pick one of many: an engineer, a status, an area, a tag, a bug. Type to find it."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from console.sheets.sheet import Sheet
from widgets.choices import Choice
from widgets.picker import Picker
from widgets.sheet_head import SheetHead


@dataclass(frozen=True, slots=True, kw_only=True)
class PickQuestion:
    title: str
    choices: tuple[Choice, ...]
    about: str = ""
    placeholder: str = ""
    words: str = ""
    "What the line begins with."
    takes_words: bool = False
    "Words that match nothing are an answer too: a new tag, a new bug."


@dataclass(frozen=True, slots=True)
class Picked:
    key: str
    "Of the choice; empty where words were taken."
    words: str


class PickSheet(Sheet[PickQuestion, Picked]):
    KEYS: ClassVar[str] = "prompt"

    def compose(self) -> ComposeResult:
        yield SheetHead()
        yield Picker()

    @property
    def picker(self) -> Picker:
        return self.query_one(Picker)

    def put(self, question: PickQuestion) -> None:
        head = self.query_one(SheetHead)
        head.title, head.about = question.title, question.about
        self.picker.ask(
            question.choices,
            placeholder=question.placeholder,
            words=question.words,
            takes_words=question.takes_words,
        )

    def take_focus(self) -> None:
        self.picker.prompt.focus()

    @on(Picker.Picked)
    def _take(self, message: Picker.Picked) -> None:
        message.stop()
        self.answer(Picked(message.choice.key if message.choice else "", message.words))

    @on(Picker.Cancelled)
    def _give_up(self, message: Picker.Cancelled) -> None:
        message.stop()
        self.answer(None)
