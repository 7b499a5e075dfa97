"""Who gets a reply: two lines, read and judged before they are taken."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Label

from console import keys, people
from console.sheets.sheet import Sheet
from storage.errors import UsageError
from storage.records.mail import Address
from widgets.said_line import SaidLine
from widgets.sheet_head import SheetHead


@dataclass(frozen=True, slots=True)
class RecipientsQuestion:
    to: tuple[Address, ...]
    cc: tuple[Address, ...]


class RecipientsSheet(Sheet[RecipientsQuestion, RecipientsQuestion]):
    KEYS: ClassVar[str] = "prompt"
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("prompt"),
        Binding("tab,shift+tab", "down", show=False),
    ]
    DEFAULT_CSS = """
    RecipientsSheet Horizontal { height: 1; }
    RecipientsSheet Label { width: 4; }
    RecipientsSheet Input {
        width: 1fr; height: 1; border: none; padding: 0 1; &:focus { border: none; }
    }
    """

    def compose(self) -> ComposeResult:
        yield SheetHead()
        for name in ("To", "Cc"):
            with Horizontal():
                yield Label(name)
                line = Input(compact=True, id=name.lower(), select_on_focus=False)
                line.cursor_blink = False
                yield line
        yield SaidLine()

    def _line(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)

    def put(self, question: RecipientsQuestion) -> None:
        head = self.query_one(SheetHead)
        head.title, head.about = "Recipients", "separated by commas; there is no Bcc"
        self._line("to").value = people.typed(question.to)
        self._line("cc").value = people.typed(question.cc)
        self.query_one(SaidLine).words = ""

    def take_focus(self) -> None:
        self._line("to").focus()

    @on(Input.Submitted)
    def action_accept(self) -> None:
        found = []
        for name in ("to", "cc"):
            try:
                found.append(people.read(self._line(name).value))
            except UsageError as error:
                said = self.query_one(SaidLine)
                said.role, said.words = "trouble", str(error)
                self._line(name).focus()
                return
        to, cc = found
        in_to = {one.email for one in to}
        self.answer(RecipientsQuestion(to, tuple(one for one in cc if one.email not in in_to)))

    def action_cancel(self) -> None:
        self.answer(None)

    def action_down(self) -> None:
        other = "to" if self._line("cc").has_focus else "cc"
        self._line(other).focus()

    def action_up(self) -> None:
        self.action_down()
