"""A pane around a list: the keys that move in it, and its marks."""

from datetime import datetime
from typing import Generic, TypeVar

from textual import on

from console import words
from console.messages import Said
from console.panes.pane import Pane
from widgets.virtual_list import VirtualList

RowT = TypeVar("RowT")


class ListPane(Pane, Generic[RowT]):
    """Hands the shared keys to its list."""

    rows: VirtualList[RowT]

    def take_focus(self) -> None:
        self.rows.focus()

    async def reload(self) -> None:
        await self.rows.refresh_window()

    def tick(self, now: datetime) -> None:
        self.rows.now = now

    def leave(self) -> bool:
        return self.rows.clear_marks()

    def action_down(self) -> None:
        self.rows.move(1)

    def action_up(self) -> None:
        self.rows.move(-1)

    def action_page_down(self) -> None:
        self.rows.move_pages(1)

    def action_page_up(self) -> None:
        self.rows.move_pages(-1)

    def action_half_page_down(self) -> None:
        self.rows.move_pages(0.5)

    def action_half_page_up(self) -> None:
        self.rows.move_pages(-0.5)

    def action_top(self) -> None:
        self.rows.move_to(0)

    def action_bottom(self) -> None:
        self.rows.move_to_end()

    def action_open(self) -> None:
        self.rows.open_highlighted()

    def action_mark_and_next(self) -> None:
        self.rows.mark_and_step()

    async def action_mark_range(self) -> None:
        await self.rows.mark_range()

    async def action_mark_all_matching(self) -> None:
        await self.rows.mark_all()

    async def settle_marks(self) -> None:
        await self.rows.settle_range()

    @on(VirtualList.Marked)
    def _count_marks(self, message: VirtualList.Marked[object]) -> None:
        self.desk_screen.note(f"{message.count} marked" if message.count else "")

    @on(VirtualList.Failed)
    def _say_failure(self, message: VirtualList.Failed[object]) -> None:
        told = words.for_screen(message.error)
        self.post_message(Said(told.sentence, told.next_step, is_trouble=True))
