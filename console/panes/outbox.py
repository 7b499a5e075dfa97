"""The outbox: what has not left, why, and what a person may do about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from console import keys
from console.messages import Said, ShowTicket, WriteOn, Writes
from console.panes.list_pane import ListPane
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from storage.queries import hot
from storage.records.facts import Touched
from storage.records.ticket import OutboxItem
from storage.records.words import OutboxState
from widgets.outbox_row import OutboxDetail, OutboxPainter
from widgets.row_source import Near
from widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from console.open_desk import OpenDesk


class OutboxSource:
    """What waits to leave, soonest first: never many."""

    def __init__(self, store: "OpenDesk") -> None:
        self._store = store

    def key(self, row: OutboxItem) -> str:
        return row.id

    async def _rows(self) -> list[OutboxItem]:
        return await self._store.hot(hot.outbox())

    async def count(self) -> int:
        return len(await self._rows())

    async def page(
        self, first: int, limit: int, *, near: Near[OutboxItem] | None = None
    ) -> Sequence[OutboxItem]:
        del near
        return (await self._rows())[first : first + limit]

    async def locate(self, key: str) -> int | None:
        found = (place for place, row in enumerate(await self._rows()) if row.id == key)
        return next(found, None)


class OutboxPane(ListPane[OutboxItem]):
    """A list, and below it the whole of the one under the highlight."""

    KEYS: ClassVar[str] = "outbox"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("outbox")

    def compose(self) -> ComposeResult:
        self.rows = VirtualList(OutboxPainter(), empty="Every reply has left.", id="replies")
        self.detail = OutboxDetail()
        yield from (self.rows, self.detail)

    def on_mount(self) -> None:
        self.tick(self.rotadesk.now())
        self.rows.set_source(OutboxSource(self.store))

    def shows(self, touched: Touched) -> bool:
        return "outbox" in touched.others

    async def reload(self) -> None:
        await super().reload()
        self.detail.item = self.rows.highlighted

    def tick(self, now: datetime) -> None:
        super().tick(now)
        self.detail.now = now

    @on(VirtualList.Highlighted, "#replies")
    def _show_detail(self, message: VirtualList.Highlighted[OutboxItem]) -> None:
        self.detail.item = message.row

    @on(VirtualList.Opened, "#replies")
    def _open(self, message: VirtualList.Opened[OutboxItem]) -> None:
        if message.row.ticket_id:
            self.post_message(ShowTicket(message.row.ticket_id))

    # verbs

    def _row(self) -> OutboxItem | None:
        row = self.rows.highlighted
        if row is None:
            self.say("Nothing waits to leave.")
        return row

    def _refuse(self, sentence: str, next_step: str) -> None:
        self.post_message(Said(sentence, next_step, is_trouble=True))

    def action_open_with_what_came_since(self) -> None:
        self.rows.open_highlighted()

    @work(group="outbox", exclusive=True)
    async def action_send_line(self) -> None:
        """Bring a held or failed one back to the send line, with what came since above it."""
        row = self._row()
        if row is None:
            return
        if row.state is OutboxState.QUEUED:
            self._refuse("It leaves by itself.", "e: take it back and edit it")
        else:
            await self._take_up(row, is_ready=True)

    @work(group="outbox", exclusive=True)
    async def action_edit(self) -> None:
        if (row := self._row()) is not None:
            await self._take_up(row, is_ready=False)

    async def _take_up(self, row: OutboxItem, *, is_ready: bool) -> None:
        if await self.desk_screen.take_back(row) and row.ticket_id:
            self.post_message(
                WriteOn(row.ticket_id, Writes.DRAFT, held_why=row.error, is_ready=is_ready)
            )

    @work(group="outbox", exclusive=True)
    async def action_retry(self) -> None:
        from storage.changes.reply import RetryReply  # noqa: PLC0415 - SQLAlchemy comes later

        row = self._row()
        if row is None:
            return
        if row.state is OutboxState.HELD and not row.is_doubtful:
            self._refuse("It is held: somebody has to look at it first.", "y: look, then send")
            return
        due = self.rotadesk.now() + self.rotadesk.setup.undo
        await self.perform(RetryReply(outbox_id=row.id, not_before=due))

    @work(group="outbox", exclusive=True)
    async def action_park(self) -> None:
        row = self._row()
        if row is not None and await self.desk_screen.take_back(row):
            self.say("It is a draft of its ticket again.", "e there, or r: go on writing")

    @work(group="outbox", exclusive=True)
    async def action_discard(self) -> None:
        from storage.changes.reply import DiscardReply  # noqa: PLC0415 - SQLAlchemy comes later

        row = self._row()
        if row is None:
            return
        first = (*row.to, *row.cc)[0]
        question = ConfirmQuestion(
            f"Throw the reply to {first.name or first.email} away?",
            row.subject,
            "It is not sent and cannot come back.",
        )
        if await self.desk_screen.ask(ConfirmSheet, question):
            await self.perform(DiscardReply(outbox_id=row.id))
