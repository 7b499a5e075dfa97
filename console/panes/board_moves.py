"""The keys that move: over the board's cards, or in the one that is open."""

from typing import Final

from console.panes.opened_work import OpenedWork
from console.panes.pane import Pane
from widgets.board import Board

_PAGE: Final = 4
"Cards that a page key goes."


class BoardMoves(Pane):
    """Mixin: hands the shared keys to whichever of the two is in sight."""

    @property
    def board(self) -> Board:
        raise NotImplementedError

    @property
    def opened(self) -> OpenedWork:
        raise NotImplementedError

    @property
    def is_open(self) -> bool:
        raise NotImplementedError

    @property
    def _moving(self) -> "Board | OpenedWork":
        return self.opened if self.is_open else self.board

    def action_down(self) -> None:
        self._moving.move(1)

    def action_up(self) -> None:
        self._moving.move(-1)

    def action_left(self) -> None:
        if not self.leave():
            self.board.move_column(-1)

    def action_right(self) -> None:
        if not self.is_open:
            self.board.move_column(1)

    def action_page_down(self) -> None:
        self._page(1)

    def action_page_up(self) -> None:
        self._page(-1)

    def action_half_page_down(self) -> None:
        self._page(0.5)

    def action_half_page_up(self) -> None:
        self._page(-0.5)

    def _page(self, pages: float) -> None:
        if self.is_open:
            self.opened.move_pages(pages)
        else:
            self.board.move(round(pages * _PAGE))

    def action_top(self) -> None:
        self._moving.move_to_end(bottom=False)

    def action_bottom(self) -> None:
        self._moving.move_to_end(bottom=True)

    def action_open(self) -> None:
        self._moving.open_highlighted()
