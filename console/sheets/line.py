"""One line of words, asked for."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from console import keys
from console.sheets.sheet import Sheet
from widgets.sheet_head import SheetHead


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuestion:
    title: str
    about: str = ""
    words: str = ""


class LineSheet(Sheet[LineQuestion, str]):
    KEYS: ClassVar[str] = "prompt"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("prompt")
    DEFAULT_CSS = """
    LineSheet Input { height: 1; border: none; padding: 0 1; &:focus { border: none; } }
    """

    def compose(self) -> ComposeResult:
        yield SheetHead()
        line = Input(compact=True)
        line.cursor_blink = False
        yield line

    def put(self, question: LineQuestion) -> None:
        head = self.query_one(SheetHead)
        head.title, head.about = question.title, question.about
        self.query_one(Input).value = question.words

    def take_focus(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def action_accept(self) -> None:
        self.answer(self.query_one(Input).value)

    def action_cancel(self) -> None:
        self.answer(None)

    def action_down(self) -> None:
        """There is one line."""

    def action_up(self) -> None:
        """There is one line."""
