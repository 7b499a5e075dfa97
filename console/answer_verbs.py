"""Replies on their way out, from anywhere: the composer opens, they count down, they come back."""

from datetime import datetime
from typing import TYPE_CHECKING

from textual import on, work

from console.global_verbs import GlobalVerbs
from console.messages import Said, WriteOn, Writes
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.leaving import LeavingQuestion, LeavingSheet
from storage.errors import DeskError
from storage.queries import hot, replies
from storage.records.ids import TicketId
from storage.records.ticket import OutboxItem
from storage.records.words import OutboxState
from widgets.footer_line import Verbs
from widgets.review_bar import ReviewBar
from widgets.send_line import SendLine
from widgets.status_line import StatusLine
from widgets.times import countdown

if TYPE_CHECKING:
    from console.panes.pane import Pane
    from console.panes.ticket import TicketPane
    from storage.mail.compose import OutgoingFile
    from storage.undo import Undone


class AnswerVerbs(GlobalVerbs):
    """Mixin of the screen: what the outbox does to the whole console."""

    status: StatusLine

    def __init__(self) -> None:
        super().__init__()
        self.leaving: tuple[OutboxItem, ...] = ()
        "Replies that have not left, soonest first."
        self._next_undone = ""
        self._files: dict[TicketId, tuple[OutgoingFile, ...]] = {}
        "What was attached to replies taken back, by ticket, until their drafts are opened."

    @property
    def panes(self) -> "list[Pane]":
        raise NotImplementedError

    async def ticket(self) -> "TicketPane":
        raise NotImplementedError

    def count(self, place: str, number: int) -> None:
        raise NotImplementedError

    # writing

    @on(WriteOn)
    async def _write_on(self, message: WriteOn) -> None:
        pane = await self.ticket()
        await self.show("ticket")
        pane.run_worker(pane.write(message), group="show", exclusive=True)

    def verbs_here(self) -> Verbs:
        """Return the verbs for the footer: those of the place, less what a bar above shows."""
        match self.focused:
            case SendLine():
                return ()  # it shows its own, which differ for a note
            case ReviewBar():
                return self.focused.left_over()
            case _:
                verbs = self.keymap.footer(self.context)
                return tuple((key, label) for key, label, _ in verbs)

    # counting down

    async def read_leaving(self) -> None:
        """Read what waits to leave."""
        store = self.rotadesk.store
        self.leaving = tuple(await store.hot(hot.outbox()))
        self._next_undone = next(iter(await store.hot(replies.next_undone())), "")
        unsent = [one for one in self.leaving if one.state is not OutboxState.ACCEPTED]
        self.status.unsent = len(unsent)
        self.count("outbox", len(unsent))
        self.tell_countdown(self.rotadesk.now())

    def counting_down(self, now: datetime) -> tuple[OutboxItem, ...]:
        return tuple(
            one
            for one in self.leaving
            if one.state is OutboxState.QUEUED
            and not (one.tries or one.is_doubtful)
            and one.not_before > now
        )

    def tell_countdown(self, now: datetime) -> None:
        waiting = self.counting_down(now)
        self.status.countdown = ""
        # what was just refused is read first; the list and the conversation count on
        if not waiting or self.status.error:
            return
        newest = max(waiting, key=lambda one: (one.queued_at, one.id))
        key = "u" if self._next_undone == newest.id else "Z"
        seconds = countdown(waiting[0].not_before, now=now)
        if len(waiting) == 1:
            to = (*newest.to, *newest.cc)[0]
            words = f"Reply to {to.name or to.email} leaves in {seconds} s: {key} takes it back"
        else:
            many = len(waiting)
            words = f"{many} replies leave, the next in {seconds} s: {key} takes back the newest"
        self.status.countdown = words

    # taking back

    @work(group="undo")
    async def action_undo(self) -> None:
        if not self.rotadesk.may_write():
            return
        try:
            await self._put_away()
            store = self.rotadesk.store
            files = [await self._attached(one) for one in await store.hot(replies.next_undone())]
            undone = await store.undo()
        except DeskError as error:
            self.say_error(error)
            return
        self._say_undone("Undone", undone)
        if undone.draft_of:
            ticket_id = TicketId(undone.draft_of)
            self._files[ticket_id] = next(iter(files), ())
            self._back_in_the_composer(ticket_id)

    @work(group="undo")
    async def action_unsend(self) -> None:
        """Take back the newest reply that has not left, whatever was done since."""
        found = await self.rotadesk.store.hot(replies.newest_queued())
        if not found:
            self.post_message(Said("No reply waits to leave.", "5: outbox"))
            return
        row = next((one for one in await self._outbox() if one.id == found[0]), None)
        if row is not None and row.ticket_id and await self.take_back(row):
            self._back_in_the_composer(row.ticket_id)

    async def take_back(self, *rows: OutboxItem) -> bool:
        """Make drafts of replies that have not left; say which one could not be."""
        from storage.changes.reply import ParkReply  # noqa: PLC0415 - SQLAlchemy comes later

        if not self.rotadesk.may_write():
            return False
        try:
            await self._put_away()
            files = {row.ticket_id: await self._attached(row.id) for row in rows if row.ticket_id}
            parked = [ParkReply(outbox_id=row.id, at=self.rotadesk.now()) for row in rows]
            outcome = await self.rotadesk.store.commit(*parked)
        except DeskError as error:
            self.say_error(error)
            return False
        for _, refused in outcome.refused:
            self.say_error(refused)
        if not outcome.refused:
            self._files |= files
        return not outcome.refused

    async def _put_away(self) -> None:
        for pane in self.panes:
            await pane.put_away()

    async def _attached(self, outbox_id: str) -> "tuple[OutgoingFile, ...]":
        """Return what is attached to a reply, which its draft does not hold."""
        from storage.mail.attached import files_of  # noqa: PLC0415 - only when one comes back

        found = await self.rotadesk.store.hot(replies.bytes_of(outbox_id))
        return files_of(found[0]) if found else ()

    def files_of(self, ticket_id: TicketId) -> "tuple[OutgoingFile, ...]":
        """Return, once, the files of the reply on this ticket that came back."""
        return self._files.pop(ticket_id, ())

    async def _outbox(self) -> list[OutboxItem]:
        return await self.rotadesk.store.hot(hot.outbox())

    def _back_in_the_composer(self, ticket_id: TicketId) -> None:
        self.post_message(WriteOn(ticket_id, Writes.DRAFT))

    @work(group="undo")
    async def action_redo(self) -> None:
        if self.rotadesk.may_write():
            try:
                self._say_undone("Done again", await self.rotadesk.store.redo())
            except DeskError as error:
                self.say_error(error)

    def _say_undone(self, verb: str, undone: "Undone") -> None:
        if undone.draft_of:
            self.post_message(Said(f"Taken back: {undone.title}. It is a draft again."))
            return
        left = len(undone.left_alone)
        kept = f" {left} left alone: somebody has changed it since." if left else ""
        self.post_message(Said(f"{verb}: {undone.title}{kept}", "U: do it again"))

    # leaving

    async def quit_after_a_look(self) -> None:
        """Quit; keep what is being written, and say first what has not left."""
        try:
            for pane in self.panes:
                await pane.keep()
            await self.read_leaving()
        except DeskError:
            self.leaving = ()
        if waiting := self.counting_down(self.rotadesk.now()):
            question = LeavingQuestion(replies=waiting, now=self.rotadesk.now)
            answer = await self.ask(LeavingSheet, question)
            if answer is None or (answer == "keep" and not await self.take_back(*waiting)):
                return
        elif self.status.unsent and not await self._leaves_unsent(self.status.unsent):
            return
        self.app.exit(0)

    async def _leaves_unsent(self, unsent: int) -> bool:
        many = f"{unsent} replies have" if unsent > 1 else "1 reply has"
        question = ConfirmQuestion(
            "Quit?",
            f"{many} not left yet.",
            "The engine goes on until it has; nothing is lost.",
        )
        return await self.ask(ConfirmSheet, question) is True
