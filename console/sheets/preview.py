"""What the customer will see: the mail as it will look, before it leaves."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from console import keys
from console.sheets.sheet import Sheet
from storage.records.mail import Address
from storage.rules import safe_text
from widgets.composer import person
from widgets.markdown_view import MarkdownView
from widgets.said_line import SaidLine
from widgets.sheet_head import SheetHead


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewQuestion:
    sender: Address
    is_note: bool
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    files: tuple[str, ...]
    text: str


class PreviewSheet(Sheet[PreviewQuestion, bool]):
    """Any way out of it goes back to where one was."""

    KEYS: ClassVar[str] = "preview"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("preview")
    DEFAULT_CSS = """
    PreviewSheet { height: 1fr; margin-top: 1; }
    PreviewSheet MarkdownView { margin-top: 1; }
    """

    def compose(self) -> ComposeResult:
        yield SheetHead()
        for name in ("from", "to", "cc", "files"):
            yield SaidLine(id=name)
        yield MarkdownView()

    def put(self, question: PreviewQuestion) -> None:
        head = self.query_one(SheetHead)
        head.title = "Preview"
        head.about = "the note as the team will see it" if question.is_note else "as it will look"
        lines = {
            "from": person(question.sender),
            "to": ", ".join(person(one) for one in question.to),
            "cc": ", ".join(person(one) for one in question.cc),
            "files": ", ".join(question.files),
        }
        for name, words in lines.items():
            line = self.query_one(f"#{name}", SaidLine)
            shown = words and not question.is_note
            line.words = f" {name.title():<6} {words}" if shown else ""
            line.role = "ink-dim"
        self._view.show(safe_text.block(question.text))

    @property
    def _view(self) -> MarkdownView:
        return self.query_one(MarkdownView)

    def take_focus(self) -> None:
        self._view.focus()

    def action_down(self) -> None:
        self._view.scroll_relative(y=1, animate=False)

    def action_up(self) -> None:
        self._view.scroll_relative(y=-1, animate=False)
