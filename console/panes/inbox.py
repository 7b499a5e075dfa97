"""The inbox: what waits for an engineer, in the order to take it."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer

from console import flows, keys
from console.messages import ShowTicket
from console.panes.reading_verbs import ReadingVerbs
from console.panes.ticket_search import TicketSearch
from console.panes.writing_verbs import WritingVerbs
from console.sources import TicketSource
from storage.errors import DeskError
from storage.queries import hot, views
from storage.records.facts import Touched
from storage.records.ids import TicketId
from storage.records.ticket import MessageItem, TicketSummary
from widgets.tabs_line import Tab, TabsLine
from widgets.ticket_row import TicketPainter
from widgets.virtual_list import VirtualList

NAMES: Final = {
    "open": ("Open", "g i"),
    "mine": ("Mine", "g m"),
    "unassigned": ("Unassigned", "g u"),
    "waiting": ("Waiting", "g w"),
}
"What a view is called, and the keys that go there."
REST_SECONDS: Final = 0.04
"A highlight that rests this long is shown beside; a key held down repeats faster."


class InboxPane(WritingVerbs, ReadingVerbs, TicketSearch):
    """A list of tickets under the views it can show."""

    KEYS: ClassVar[str] = "inbox"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("inbox")
    DEFAULT_CSS = """
    InboxPane #search { height: 1; border: none; padding: 0 2; &:focus { border: none; } }
    """
    _resting: Timer | None = None

    def compose(self) -> ComposeResult:
        self.tabs = TabsLine(id="views")
        self.rows = VirtualList(self._painter(), empty="Nothing waits here.", id="tickets")
        self.search_line = self.made_search_line()
        yield from (self.tabs, self.search_line, self.rows)

    def _painter(self) -> TicketPainter:
        settings = self.rotadesk.settings
        return TicketPainter(
            me=self.me,
            names={one.email: one.name for one in settings.engineers},
            category_names=dict(settings.category_names),
        )

    def on_mount(self) -> None:
        self.views = {one.id: one for one in views.of(self.me)}
        self.tick(self.rotadesk.now())
        self.show_view("open")

    def keys_here(self) -> str:
        return "prompt" if self.search_line.has_focus else self.KEYS

    def leave(self) -> bool:
        return super().leave() or self.end_search()

    # views

    def show_view(self, name: str) -> None:
        """Show another part of the open tickets."""
        self.tabs.active = name
        self.show_again()

    def show_again(self, *, keep_highlight: bool = False) -> None:
        source = TicketSource(self.store, self.views[self.tabs.active])
        self.rows.set_source(source, keep_highlight=keep_highlight)
        self._count()

    def step_view(self, by: int) -> None:
        names = list(NAMES)
        self.show_view(names[(names.index(self.tabs.active) + by) % len(names)])

    @on(TabsLine.Chosen, "#views")
    def _view_clicked(self, message: TabsLine.Chosen) -> None:
        message.stop()
        self.show_view(message.tab)

    @work(group="count", exclusive=True)
    async def _count(self) -> None:
        try:
            counts = {
                one.id: (await self.store.hot(hot.count(one.where, one.values)))[0]
                for one in self.views.values()
            }
        except DeskError as error:
            self.say_error(error)
            return
        self.tabs.tabs = tuple(
            Tab(id=name, name=title, count=counts[name]) for name, (title, _) in NAMES.items()
        )
        self.desk_screen.count("inbox", counts["open"])

    # what it shows

    def shows(self, touched: Touched) -> bool:
        return bool(touched.tickets) or "desk" in touched.others

    async def reload(self) -> None:
        self.rows.paint_with(self._painter())
        await super().reload()
        self._count()
        if self.is_searching:
            self.search_now()

    # which tickets

    def targets(self) -> Sequence[TicketId]:
        self.rows.pin()
        chosen = self.rows.marked or (
            (self.rows.highlighted_key,) if self.rows.highlighted_key else ()
        )
        return [TicketId(one) for one in chosen]

    async def mail_in_sight(self) -> MessageItem | None:
        key = self.rows.highlighted_key
        ticket = await flows.read_ticket(self.store, TicketId(key)) if key else None
        said = ticket.conversation if ticket else ()
        mails = [one for one in said if isinstance(one, MessageItem)]
        return mails[-1] if mails else None

    def ref(self) -> str:
        return self.rows.highlighted.handle if self.rows.highlighted else ""

    def done_with_targets(self) -> None:
        self.rows.clear_marks()

    async def step(self, by: int) -> bool:
        before = self.rows.cursor
        self.rows.move(by)
        return self.rows.cursor != before and self.rows.highlighted is not None

    @on(VirtualList.Highlighted, "#tickets")
    def _preview(self, message: VirtualList.Highlighted[TicketSummary]) -> None:
        self._forget_preview()
        if message.row is not None and self.desk_screen.is_side_by_side:
            show = partial(self._show_beside, message.row.id)
            self._resting = self.set_timer(REST_SECONDS, show)

    def _forget_preview(self) -> None:
        if self._resting is not None:
            self._resting.stop()
            self._resting = None

    async def _show_beside(self, ticket_id: TicketId) -> None:
        shown = (await self.desk_screen.ticket()).ticket
        if shown is None or shown.summary.id != ticket_id:
            self.post_message(ShowTicket(ticket_id, takes_focus=False))

    @on(VirtualList.Opened, "#tickets")
    def _open(self, message: VirtualList.Opened[TicketSummary]) -> None:
        self._forget_preview()
        self.post_message(ShowTicket(message.row.id))

    def action_right(self) -> None:
        self.rows.open_highlighted()
