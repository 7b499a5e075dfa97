"""A list and a text that it shows: the keys move in whichever of the two has them."""

from typing import TypeVar

from console.panes.list_pane import ListPane
from widgets.markdown_view import MarkdownView

RowT = TypeVar("RowT")


class ReadingList(ListPane[RowT]):
    """Moves in the list, or scrolls the text once it is open."""

    view: MarkdownView

    @property
    def is_open(self) -> bool:
        """Whether the keys move in the text."""
        raise NotImplementedError

    def close(self) -> bool:
        """Give the keys back to the list; False where it has them already."""
        raise NotImplementedError

    def _step(self, by: int) -> None:
        if self.is_open:
            self.view.scroll_by(by)
        else:
            self.rows.move(by)

    def _page(self, pages: float) -> None:
        if self.is_open:
            self.view.scroll_by_pages(pages)
        else:
            self.rows.move_pages(pages)

    def action_down(self) -> None:
        self._step(1)

    def action_up(self) -> None:
        self._step(-1)

    def action_page_down(self) -> None:
        self._page(1)

    def action_page_up(self) -> None:
        self._page(-1)

    def action_half_page_down(self) -> None:
        self._page(0.5)

    def action_half_page_up(self) -> None:
        self._page(-0.5)

    def action_top(self) -> None:
        if self.is_open:
            self.view.show_first()
        else:
            self.rows.move_to(0)

    def action_bottom(self) -> None:
        if self.is_open:
            self.view.show_last()
        else:
            self.rows.move_to_end()

    def action_previous_item(self) -> None:
        self.rows.move(-1)

    def action_next_item(self) -> None:
        self.rows.move(1)

    def action_left(self) -> None:
        self.close()

    def action_right(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        if not self.is_open:
            self.rows.open_highlighted()

    def action_mark_and_next(self) -> None:
        if self.is_open:
            self.view.scroll_by_pages(1)
        else:
            self.rows.mark_and_step()
