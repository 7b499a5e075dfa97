"""A bug or a feature request to read, with the tickets behind it."""

from collections.abc import Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical

from storage.records.ticket import TicketSummary
from widgets.markdown_view import MarkdownView
from widgets.row_source import ListSource
from widgets.sheet_head import SheetHead
from widgets.ticket_row import TicketPainter
from widgets.virtual_list import VirtualList


class OpenedWork(Vertical):
    """Keys move in the tickets where there are some, else they scroll the text."""

    DEFAULT_CSS = """
    OpenedWork { height: 1fr; }
    OpenedWork MarkdownView { height: 1fr; }
    OpenedWork VirtualList { height: 8; }
    """

    def __init__(self, painter: TicketPainter) -> None:
        super().__init__()
        self._painter = painter

    def compose(self) -> ComposeResult:
        yield MarkdownView()
        yield SheetHead()
        yield VirtualList(self._painter, empty="No ticket is linked yet: b on a ticket links one.")

    def on_mount(self) -> None:
        self.query_one(SheetHead).title = "Tickets behind it"

    @property
    def text(self) -> MarkdownView:
        return self.query_one(MarkdownView)

    @property
    def tickets(self) -> VirtualList[TicketSummary]:
        return self.query_one(VirtualList)

    def show(self, text: str, tickets: Sequence[TicketSummary]) -> None:
        self.text.show(text, keep_place=True)
        self.tickets.set_source(ListSource(tickets, key=lambda row: row.id))

    def tick(self, now: datetime) -> None:
        self.tickets.now = now

    def take_focus(self) -> None:
        (self.tickets if self.tickets.highlighted_key else self.text).focus()

    def move(self, by: int) -> None:
        if self.tickets.highlighted_key:
            self.tickets.move(by)
        else:
            self.text.scroll_by(by)

    def move_pages(self, pages: float) -> None:
        self.text.scroll_by_pages(pages)

    def move_to_end(self, *, bottom: bool) -> None:
        if bottom:
            self.text.show_last()
        else:
            self.text.show_first()

    def open_highlighted(self) -> None:
        self.tickets.open_highlighted()
