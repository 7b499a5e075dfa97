"""One ticket: what it is, and everything said on it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from console import flows, keys
from console.messages import ShowPlace, WriteOn
from console.panes.reading_verbs import ReadingVerbs
from console.panes.writing_verbs import WritingVerbs
from storage.errors import DeskError
from storage.records.facts import Touched
from storage.records.ids import TicketId
from storage.records.local import Looked, Wish
from storage.records.ticket import MessageItem, Ticket
from widgets.conversation import ConversationView
from widgets.empty import Empty
from widgets.item_lines import ItemPainter
from widgets.ticket_head import Names, TicketHead

if TYPE_CHECKING:
    from console.writing import Writing


class TicketPane(WritingVerbs, ReadingVerbs):
    """Beside the list on a wide terminal, alone on a narrow one."""

    KEYS: ClassVar[str] = "ticket"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("ticket")

    ticket: Ticket | None = None
    writing: "Writing | None" = None
    "Mounted when something is first written."

    def compose(self) -> ComposeResult:
        self.head = TicketHead()
        self.conversation = ConversationView()
        self.empty = Empty("No ticket is open.", "Enter opens the one under the highlight.")
        yield from (self.head, self.conversation, self.empty)

    def on_mount(self) -> None:
        self._show(None)

    def take_focus(self) -> None:
        if self.writing is not None and self.writing.is_open:
            self.writing.take_focus()
        else:
            self.conversation.focus()

    def tick(self, now: datetime) -> None:
        self.conversation.now = now
        self.head.now = now

    # what it shows

    async def show_ticket(self, ticket_id: TicketId, *, was_opened: bool) -> None:
        """Read a ticket and show it; an opened one counts as read."""
        try:
            ticket = await flows.read_ticket(self.store, ticket_id)
        except DeskError as error:
            self.say_error(error)
            return
        if ticket is None or ticket.summary.id != self.written_on:
            await self.put_away()
        self._show(ticket)
        if ticket is not None and was_opened:
            await self._looked_at(ticket)

    def _show(self, ticket: Ticket | None) -> None:
        self.ticket = ticket
        head = self.head
        head.display = self.conversation.display = ticket is not None
        self.empty.display = ticket is None
        if ticket is None:
            return
        settings = self.rotadesk.settings
        people = {one.email: one.name for one in settings.engineers}
        head.names = Names(me=self.me, engineers=people, categories=dict(settings.category_names))
        head.missing = ticket.missing
        head.ticket = ticket.summary
        painter = ItemPainter(subject=ticket.summary.subject, names=people)
        self.tick(self.rotadesk.now())
        self.conversation.show(ticket, painter=painter)

    async def _looked_at(self, ticket: Ticket) -> None:
        """Remember how far it was read, and ask for bodies that are not here yet."""
        mails = [one for one in ticket.conversation if isinstance(one, MessageItem)]
        now_ms = int(self.rotadesk.now().timestamp() * 1000)
        wishes = [
            Wish(message_id=one.id, at_ms=now_ms)
            for one in mails
            if not one.has_body and one.got is None and not one.comes_when_asked
        ]
        rows: list[Looked | Wish] = [*wishes]
        if mails and ticket.summary.unread:
            rows.append(Looked(ticket_uid=ticket.summary.id, upto=max(one.id for one in mails)))
        if rows:
            await self.store.write(*rows)

    # writing

    @property
    def written_on(self) -> TicketId | None:
        """The ticket that something is being written on."""
        ticket = self.writing.ticket if self.writing else None
        return ticket.summary.id if ticket else None

    async def keep(self) -> None:
        if self.writing is not None:
            await self.writing.keep()

    async def put_away(self) -> None:
        if self.writing is not None:
            await self.writing.put_away()

    async def write(self, wanted: WriteOn) -> None:
        """Open the composer on a ticket, with the draft that was begun there."""
        from console import begun  # noqa: PLC0415 - writing needs what decides
        from console.writing import Writing  # noqa: PLC0415 - writing needs what decides

        if self.writing is None:
            self.writing = Writing()
            await self.mount(self.writing)
        try:
            await self.put_away()
            ticket = await flows.read_ticket(self.store, wanted.ticket_id)
            if ticket is None:
                self.say("That ticket is not on this desk any more.")
                return
            start = await begun.begun(self, ticket, wanted)
        except DeskError as error:
            self.say_error(error)
            return
        self._show(ticket)
        self.writing.begin(ticket, start)
        self.conversation.show_last()
        if wanted.is_ready:
            self.writing.send_line.open()
        await self._looked_at(ticket)

    def shows(self, touched: Touched) -> bool:
        return self.ticket is not None and self.ticket.summary.id in touched.tickets

    async def reload(self) -> None:
        if self.ticket is not None:
            is_read = self.desk_screen.place == "ticket"
            await self.show_ticket(self.ticket.summary.id, was_opened=is_read)

    # which tickets

    def targets(self) -> Sequence[TicketId]:
        return [self.ticket.summary.id] if self.ticket else []

    async def mail_in_sight(self) -> MessageItem | None:
        chosen = self.conversation.selected
        return chosen if isinstance(chosen, MessageItem) else None

    def ref(self) -> str:
        return self.ticket.summary.handle if self.ticket else ""

    async def step(self, by: int) -> bool:
        return await self.desk_screen.step_ticket(by)

    # moving

    def action_down(self) -> None:
        self.conversation.scroll_by(1)

    def action_up(self) -> None:
        self.conversation.scroll_by(-1)

    def action_page_down(self) -> None:
        self.conversation.scroll_by_pages(1)

    def action_page_up(self) -> None:
        self.conversation.scroll_by_pages(-1)

    def action_half_page_down(self) -> None:
        self.conversation.scroll_by_pages(0.5)

    def action_half_page_up(self) -> None:
        self.conversation.scroll_by_pages(-0.5)

    def action_top(self) -> None:
        self.conversation.show_first()

    def action_bottom(self) -> None:
        self.conversation.show_last()

    def action_next_message(self) -> None:
        self.conversation.next_message()

    def action_previous_message(self) -> None:
        self.conversation.prev_message()

    def action_fold(self) -> None:
        chosen = self.conversation.selected
        if isinstance(chosen, MessageItem) and chosen.comes_when_asked:
            self.fetch_or_stop(chosen)
        else:
            self.conversation.toggle_quotes()

    def action_toggle_quoted(self) -> None:
        self.conversation.toggle_quotes(everywhere=True)

    def action_left(self) -> None:
        self.post_message(ShowPlace("inbox"))
