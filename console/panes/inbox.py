"""The inbox: what waits for an engineer, in the order to take it."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from console import keys
from console.messages import ShowTicket
from console.panes.closing_verbs import ClosingVerbs
from console.panes.list_pane import ListPane
from console.sources import TicketSource
from storage.errors import DeskError
from storage.queries import hot, views
from storage.records.facts import Touched
from storage.records.ids import TicketId
from storage.records.ticket import TicketSummary
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


class InboxPane(ClosingVerbs, ListPane[TicketSummary]):
    """A list of tickets under the views it can show."""

    KEYS: ClassVar[str] = "inbox"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("inbox")

    def compose(self) -> ComposeResult:
        settings = self.rotadesk.settings
        painter = TicketPainter(
            me=self.me,
            names={one.email: one.name for one in settings.engineers},
            category_names=dict(settings.category_names),
        )
        self.tabs = TabsLine(id="views")
        self.rows = VirtualList(painter, empty="Nothing waits here.", id="tickets")
        yield from (self.tabs, self.rows)

    def on_mount(self) -> None:
        self.views = {one.id: one for one in views.of(self.me)}
        self.tick(self.rotadesk.now())
        self.show_view("open")

    # views

    def show_view(self, name: str) -> None:
        """Show another part of the open tickets."""
        self.tabs.active = name
        self.rows.set_source(TicketSource(self.store, self.views[name]))
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
        return bool(touched.tickets)

    async def reload(self) -> None:
        await super().reload()
        self._count()

    # which tickets

    def targets(self) -> Sequence[TicketId]:
        chosen = self.rows.marked or (
            (self.rows.highlighted_key,) if self.rows.highlighted_key else ()
        )
        return [TicketId(one) for one in chosen]

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
        if message.row is not None and self.desk_screen.is_side_by_side:
            self.post_message(ShowTicket(message.row.id, takes_focus=False))

    @on(VirtualList.Opened, "#tickets")
    def _open(self, message: VirtualList.Opened[TicketSummary]) -> None:
        self.post_message(ShowTicket(message.row.id))

    def action_right(self) -> None:
        self.rows.open_highlighted()

    def action_left(self) -> None:
        """Already at the list."""

    async def action_mark_all_matching(self) -> None:
        view = self.views[self.tabs.active]
        found = await self.store.hot(hot.tickets(view.where, view.values))
        self.rows.mark(one.id for one in found)
