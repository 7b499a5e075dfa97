"""Quitting while a reply counts down: stay, let it leave, or keep it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from console import keys
from console.sheets.sheet import Sheet
from storage.records.ticket import OutboxItem
from widgets.said_line import SaidLine
from widgets.sheet_head import SheetHead
from widgets.times import countdown


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingQuestion:
    replies: tuple[OutboxItem, ...]
    "Those that count down, the next to leave first."
    now: Callable[[], datetime]


class LeavingSheet(Sheet[LeavingQuestion, str]):
    """Answers 'leave' or 'keep'; None is to stay."""

    KEYS: ClassVar[str] = "quit"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("quit")
    can_focus = True
    _question: LeavingQuestion | None = None

    def compose(self) -> ComposeResult:
        yield SheetHead()
        yield SaidLine()

    def on_mount(self) -> None:
        self.set_interval(1, self._tell)

    def put(self, question: LeavingQuestion) -> None:
        self._question = question
        self._tell()

    def _tell(self) -> None:
        if self._question is None:
            return
        replies, head = self._question.replies, self.query_one(SheetHead)
        left = countdown(replies[0].not_before, now=self._question.now())
        many = "1 reply leaves" if len(replies) == 1 else f"{len(replies)} replies leave, the first"
        head.title = f"{many} in {left} s" if left else f"{many} now"
        head.about = replies[0].subject
        self.query_one(
            SaidLine
        ).words = "s stay   n quit, it leaves when due   k keep it as a draft"

    def action_stay(self) -> None:
        self.answer(None)

    def action_leave(self) -> None:
        self.answer("leave")

    def action_keep(self) -> None:
        self.answer("keep")
