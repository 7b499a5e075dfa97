"""The one screen: panes that are shown and hidden, sheets above them, two lines below.

Screens and modes of Textual cost 50-100 ms a switch; toggling `display` does not.
"""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from console import keys
from console.answer_verbs import AnswerVerbs
from console.messages import DeskChanged, Said, ShowBug, ShowPlace, ShowTicket
from console.panes.pane import Pane
from console.places import PLACES, TITLES, pane_at, pane_of
from storage.records.facts import Touched
from widgets.footer_line import FooterLine
from widgets.status_line import StatusLine
from widgets.tabs_line import Tab, TabsLine

if TYPE_CHECKING:
    from console.panes.inbox import InboxPane
    from console.panes.ticket import TicketPane

WIDE_CELLS: Final = 120
SAID_SECONDS: Final = 8.0
_SIDE_BY_SIDE: Final = ("inbox", "ticket")


class Body(Horizontal):
    """Holds the panes. Blank: its ground, never seen, would be painted at every layout."""

    BLANK = True


class DeskScreen(AnswerVerbs):
    """Layout, focus, and what is open."""

    BLANK = True
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("global")
    DEFAULT_CSS = """
    DeskScreen { layers: panes sheets above; overflow: hidden; }
    DeskScreen #body { height: 1fr; }
    DeskScreen ChordLines { layer: above; dock: bottom; margin-bottom: 2; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.tabs = TabsLine(id="places")
        self.body = Body(id="body")
        self.status = StatusLine()
        self.footer = FooterLine()
        self.place = ""
        self.is_zoomed = False
        self._said_words = ""
        self._stale: dict[str, Touched] = {}
        "What hidden panes have not read yet."
        self._counts: dict[str, int] = {}

    def compose(self) -> ComposeResult:
        yield from (self.tabs, self.body, self.status, self.footer, self.chord_lines)

    def on_mount(self) -> None:
        self._show_places()

    # panes

    @property
    def panes(self) -> list[Pane]:
        return list(self.body.query_children(Pane))

    @property
    def here(self) -> Pane:
        """The pane that has the keys."""
        return next(one for one in self.panes if one.id == self.place)

    def focus_place(self) -> None:
        self.here.take_focus()

    async def inbox(self) -> "InboxPane":
        from console.panes.inbox import InboxPane  # noqa: PLC0415 - a pane comes when it is shown

        return await pane_of(self.body, "inbox", InboxPane)

    async def ticket(self) -> "TicketPane":
        from console.panes.ticket import TicketPane  # noqa: PLC0415 - a pane comes when it is shown

        return await pane_of(self.body, "ticket", TicketPane)

    async def show(self, place: str, *, takes_focus: bool = True) -> None:
        """Bring a pane to the front; the first time it is mounted."""
        pane = await pane_at(self.body, place)
        self.place = place
        await self._lay_out()
        if takes_focus and not self.sheets:
            pane.take_focus()
        self.show_keys()

    async def zoom(self) -> None:
        """Show one side alone, or both."""
        self.is_zoomed = not self.is_zoomed
        await self._lay_out()

    @property
    def is_side_by_side(self) -> bool:
        """Whether the list and what it shows are both in sight."""
        return self.size.width >= WIDE_CELLS and not self.is_zoomed and self.place in _SIDE_BY_SIDE

    async def _lay_out(self) -> None:
        """Show the pane we are at; on a wide terminal a list and what it shows."""
        if self.is_side_by_side:
            await self.ticket()
        shown = set(_SIDE_BY_SIDE) if self.is_side_by_side else {self.place}
        self.set_class(self.is_side_by_side, "-side-by-side")
        for pane in self.panes:
            pane.display = pane.id in shown
            if pane.display and pane.id in self._stale:
                del self._stale[pane.id]
                self._reload(pane)
        self._show_places()

    async def on_resize(self, event: events.Resize) -> None:
        del event  # its size is ours by now
        self.fit_sheets()
        if self.place:
            await self._lay_out()

    @on(events.DescendantFocus)
    def _focus_moved(self, event: events.DescendantFocus) -> None:
        """A click may bring the keys to the other side."""
        pane = next(
            (one for one in event.widget.ancestors_with_self if isinstance(one, Pane)), None
        )
        if pane is not None and pane.id:
            self.place = pane.id
        self.show_keys()

    @on(ShowPlace)
    async def _show_place(self, message: ShowPlace) -> None:
        await self.show(message.place)

    @on(ShowTicket)
    async def _show_ticket(self, message: ShowTicket) -> None:
        pane = await self.ticket()
        if pane.written_on is not None and not message.takes_focus:
            return  # the list moved by itself; what is being written stays in sight
        pane.run_worker(
            pane.show_ticket(message.ticket_id, was_opened=message.takes_focus),
            group="show",
            exclusive=True,
        )
        if message.takes_focus:
            await self.show("ticket")

    @on(ShowBug)
    async def _show_bug(self, message: ShowBug) -> None:
        from console.panes.bugs import BugsPane  # noqa: PLC0415 - a pane comes when it is shown

        pane = await pane_of(self.body, "bugs", BugsPane)
        await self.show("bugs")
        await pane.show_bug(message.bug_id)

    async def step_ticket(self, by: int) -> bool:
        """Go to another ticket of the list, wherever the keys are."""
        inbox = await self.inbox()
        if not await inbox.step(by):
            return False
        row = inbox.rows.highlighted
        if row is not None and self.place == "ticket":
            self.post_message(ShowTicket(row.id))
        return row is not None

    @on(TabsLine.Chosen, "#places")
    async def _place_clicked(self, message: TabsLine.Chosen) -> None:
        await self.show(message.tab)

    # what changed, what is said

    @on(DeskChanged)
    def _read_again(self, message: DeskChanged) -> None:
        for pane in self.panes:
            if not message.touched.everything and not pane.shows(message.touched):
                continue
            if pane.display:
                self._reload(pane)
            elif pane.id:
                self._stale[pane.id] = message.touched

    def _reload(self, pane: Pane) -> None:
        pane.run_worker(pane.reload(), group="reload", exclusive=True)

    @on(Said)
    def _said(self, message: Said) -> None:
        line = self.status
        words = f"{message.sentence}  {message.next_step}".rstrip()
        line.error, line.hint = (words, "") if message.is_trouble else ("", words)
        self._said_words = words
        self.tell_countdown(self.rotadesk.now())
        self.set_timer(SAID_SECONDS, lambda: self._hush(words))

    def _hush(self, words: str) -> None:
        if words == self._said_words:
            line = self.status
            line.error = line.hint = ""
            self.tell_countdown(self.rotadesk.now())

    def note(self, words: str) -> None:
        """Show at the right of the footer what is marked."""
        self.footer.note = words

    def count(self, place: str, number: int) -> None:
        """Show beside a place how much waits there."""
        self._counts[place] = number
        self._show_places()

    def _show_places(self) -> None:
        line = self.tabs
        line.tabs = tuple(
            Tab(id=place, name=title, key=key, count=self._counts.get(place))
            for place, (title, key) in TITLES.items()
            if place in PLACES
        )
        line.active = "inbox" if self.place in _SIDE_BY_SIDE else self.place

    def show_keys(self) -> None:
        """Show the verbs of the place that has the keys."""
        self.footer.verbs = self.verbs_here()

    def tick(self, now: datetime) -> None:
        self.status.now = now
        self.tell_countdown(now)
        for pane in self.panes:
            if pane.display:
                pane.tick(now)
