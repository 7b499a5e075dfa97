"""A question with yes and no; Enter is neither, so that nothing happens by accident."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from console import keys
from console.sheets.sheet import Sheet
from widgets.said_line import SaidLine
from widgets.sheet_head import SheetHead


@dataclass(frozen=True, slots=True)
class ConfirmQuestion:
    title: str
    about: str = ""
    details: str = ""
    "What a person should know before they say yes: the host a link really leads to."


class ConfirmSheet(Sheet[ConfirmQuestion, bool]):
    KEYS: ClassVar[str] = "confirm"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("confirm")
    can_focus = True

    def compose(self) -> ComposeResult:
        yield SheetHead()
        yield SaidLine()

    def put(self, question: ConfirmQuestion) -> None:
        head, line = self.query_one(SheetHead), self.query_one(SaidLine)
        head.title, head.about = question.title, question.about
        line.words = question.details

    def action_confirm(self) -> None:
        self.answer(True)  # noqa: FBT003 - yes
