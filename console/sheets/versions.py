"""What an article said before: look at one version, and bring it back as a new one."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from console import keys
from console.sheets.sheet import Sheet
from storage.records.work import Revision
from widgets.choices import Choice
from widgets.markdown_view import MarkdownView
from widgets.picker import paint_choice
from widgets.row_source import ListSource
from widgets.sheet_head import SheetHead
from widgets.times import moment
from widgets.virtual_list import VirtualList


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsQuestion:
    handle: str
    title: str
    versions: tuple[Revision, ...]
    "Newest first."
    names: Mapping[str, str] = field(default_factory=dict)
    "Engineers by address."


class VersionsSheet(Sheet[VersionsQuestion, Revision]):
    """The list above has the highlight, the text below is what that version says."""

    KEYS: ClassVar[str] = "versions_sheet"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("versions_sheet")
    IS_TALL = True
    DEFAULT_CSS = """
    VersionsSheet > VirtualList { height: auto; max-height: 8; min-height: 1; }
    VersionsSheet > MarkdownView { height: 1fr; margin-top: 1; }
    """

    def compose(self) -> ComposeResult:
        self.head = SheetHead()
        self.rows: VirtualList[Choice] = VirtualList(paint_choice)
        self.view = MarkdownView()
        yield from (self.head, self.rows, self.view)

    def put(self, question: VersionsQuestion) -> None:
        self._versions = {one.id: one for one in question.versions}
        self.head.title, self.head.about = f"Versions of #{question.handle}", question.title
        now = self.desk_screen.rotadesk.now()
        choices = [_choice(question, place, now) for place in range(len(question.versions))]
        self.rows.set_source(ListSource(choices, key=lambda one: one.key))
        self.view.show(question.versions[0].text)

    def take_focus(self) -> None:
        self.rows.focus()

    @on(VirtualList.Highlighted)
    def _look(self, message: VirtualList.Highlighted[Choice]) -> None:
        message.stop()
        if message.row is not None:
            self.view.show(self._versions[message.row.key].text)

    def action_down(self) -> None:
        self.rows.move(1)

    def action_up(self) -> None:
        self.rows.move(-1)

    def action_page_down(self) -> None:
        self.view.scroll_by_pages(1)

    def action_page_up(self) -> None:
        self.view.scroll_by_pages(-1)

    def action_restore(self) -> None:
        if self.rows.highlighted_key:
            self.answer(self._versions[self.rows.highlighted_key])


def _choice(question: VersionsQuestion, place: int, now: datetime) -> Choice:
    one = question.versions[place]
    before = question.versions[place + 1 : place + 2]
    return Choice(
        key=one.id,
        title=f"{moment(one.at, now=now)}  {question.names.get(one.author, one.author)}",
        detail=one.title if one.title != question.title else "",
        hint=_changed(before[0].text, one.text) if before else "the first",
    )


def _changed(before: str, after: str) -> str:
    """Return how many lines came and went."""
    signs = [line[:1] for line in difflib.ndiff(before.splitlines(), after.splitlines())]
    return f"+{signs.count('+')} -{signs.count('-')} lines"
