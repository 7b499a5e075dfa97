"""The send line: who gets it, what the checks found, what follows. Enter sends, nothing else does."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import BindingType
from textual.worker import Worker

from console import checks, flows, keys
from storage.changes.replying import Writer, Written, basis_of, queue_reply
from storage.errors import DeskError
from storage.records.ids import NoteId, random_uid
from storage.records.ticket import Ticket
from storage.records.words import AfterSend
from widgets.send_line import SendLine

if TYPE_CHECKING:
    from console.writing import Writing


class SendVerbs(SendLine):
    """The send line with its keys."""

    KEYS: ClassVar[str] = "send_line"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("send_line")

    def __init__(self, writing: "Writing") -> None:
        super().__init__()
        self._writing = writing
        self._known: frozenset[str] = frozenset()
        self._leaving: Worker[None] | None = None
        self._is_committing = False

    @work(group="send", exclusive=True)
    async def open(self) -> None:
        """Look at the ticket once more, then show the line."""
        if self._writing.ticket is None:
            return
        try:
            ticket = await self._look_again(self._writing.ticket)
        except DeskError as error:
            self._writing.pane.say_error(error)
            return
        if ticket is None:
            return
        composer = self._writing.composer
        self.is_note, self.to, self.cc = composer.is_note, composer.to, composer.cc
        self.then = AfterSend.NOTHING
        keymap = self._writing.pane.rotadesk.setup.keymap
        of_replies = {"send_line.then_close", "send_line.then_pending"}
        self.verbs = tuple(
            (key, "Add it" if self.is_note and action == "send_line.send" else label)
            for key, label, action in keymap.footer("send_line")
            if not (self.is_note and action in of_replies)
        )
        self._judge(ticket)
        self._writing.review.display = False
        self.display = True
        self.focus()

    async def _look_again(self, before: Ticket) -> Ticket | None:
        """Return the ticket as it is now; None where it is not being written on any more."""
        found = await flows.read_ticket(self._writing.pane.store, before.summary.id)
        if not self._is_open_on(before):
            return None
        self._writing.ticket = found or before
        return self._writing.ticket

    def _is_open_on(self, ticket: Ticket) -> bool:
        now = self._writing.ticket
        return now is not None and now.summary.id == ticket.summary.id

    def _judge(self, ticket: Ticket) -> None:
        writing = self._writing
        if self.is_note:
            self.checks = checks.of_note(writing.composer.text)
            return
        self.checks = checks.of_reply(
            checks.LastLook(
                ticket=ticket,
                written=writing.written(),
                desk=writing.pane.rotadesk.settings,
                basis=writing.basis,
                known=self._known,
                held_why=writing.held_why,
                was_note=writing.was_note,
            )
        )

    # keys

    def action_back(self) -> None:
        """Go back to the bar; what has stopped the reply once does not stop it again.

        After Enter it takes the reply back, up to the moment when it is being queued.
        """
        if self._is_committing:
            return
        self.stay()
        self._known |= {one.words for one in self.checks if one.stops}
        if self._writing.ticket is not None:
            self._writing.basis |= basis_of(self._writing.ticket)
        self._writing.show_review()

    def action_then_close(self) -> None:
        self._toggle(AfterSend.CLOSE)

    def action_then_pending(self) -> None:
        self._toggle(AfterSend.PENDING)

    def _toggle(self, after: AfterSend) -> None:
        if self._writing.ticket is not None and not self.is_note and not self._is_leaving:
            self.then = AfterSend.NOTHING if self.then is after else after
            self._judge(self._writing.ticket)

    def action_help_keys(self) -> None:
        self._writing.action_help_keys()

    def action_send(self) -> None:
        if not self._is_leaving and self._writing.ticket is not None:
            writing = self._writing
            # what is seen when Enter is pressed is what leaves: nothing is read after a wait
            self._leaving = self._leave(
                self._writing.ticket,
                written=writing.written(),
                basis=writing.basis,
                is_note=self.is_note,
            )

    @property
    def _is_leaving(self) -> bool:
        leaving = self._leaving
        return leaving is not None and not (leaving.is_finished or leaving.is_cancelled)

    def stay(self) -> None:
        """Show no line that was asked for; give up what Enter has begun unless it is being queued."""
        self.workers.cancel_group(self, "send")
        if self._leaving is not None and not self._is_committing:
            self._leaving.cancel()
            self._leaving = None

    @work(group="leave")
    async def _leave(
        self, before: Ticket, *, written: Written, basis: frozenset[str], is_note: bool
    ) -> None:
        try:
            ticket = await self._look_again(before)
            if ticket is None or not self._still_shows(ticket, written):
                return
            self._judge(ticket)
            if self.is_stopped:
                return
            with self._writing.leaving():
                if is_note:
                    await self._add_note(ticket, written.text)
                else:
                    await self._queue(ticket, written, basis)
        except DeskError as error:
            self._writing.pane.say_error(error)

    def _still_shows(self, ticket: Ticket, written: Written) -> bool:
        is_same = self._is_open_on(ticket) and self._writing.written() == written
        return is_same and self.display

    async def _add_note(self, ticket: Ticket, text: str) -> None:
        from storage.changes.ticket import AddNote  # noqa: PLC0415 - as the other verbs do

        writing, handle = self._writing, ticket.summary.handle
        note = AddNote(
            ticket_id=ticket.summary.id, note_id=NoteId(random_uid()), text=text.strip("\n")
        )
        with self._committing():
            is_done = await writing.pane.perform(note, done=f"Added a note to #{handle}.")
            if is_done and self._is_open_on(ticket):
                await writing.forget_draft(is_note=True)
                writing.close_and_go_back()

    async def _queue(self, ticket: Ticket, written: Written, basis: frozenset[str]) -> None:
        """Compose the last byte off the event loop and queue it."""
        writing, app = self._writing, self._writing.pane.rotadesk
        key = await asyncio.to_thread(app.team_key)
        undo = app.setup.undo
        writer = Writer(me=app.me, desk=app.settings, key=key, undo=undo)
        make = partial(queue_reply, ticket, written, writer=writer, now=app.now(), basis=basis)
        change = await asyncio.to_thread(make)
        if not self._still_shows(ticket, written):
            return
        first = (*written.to, *written.cc)[0]
        title = f"reply to {first.name or first.email}"
        with self._committing():
            if await writing.pane.perform(change, title=title) and self._is_open_on(ticket):
                writing.close_and_go_back()

    @contextmanager
    def _committing(self) -> Iterator[None]:
        """Nothing is given up meanwhile: what is being queued is taken back by undo."""
        self._is_committing = True
        try:
            yield
        finally:
            self._is_committing = False
