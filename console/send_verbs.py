"""The send line: who gets it, what the checks found, what follows. Enter sends, nothing else does."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import BindingType

from console import checks, flows, keys
from storage.changes.replying import Writer, basis_of, queue_reply
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
        self._is_leaving = False

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

    async def _look_again(self, ticket: Ticket) -> Ticket:
        found = await flows.read_ticket(self._writing.pane.store, ticket.summary.id)
        self._writing.ticket = found or ticket
        return self._writing.ticket

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
        """Go back to the bar; what has stopped the reply once does not stop it again."""
        self._known |= {one.words for one in self.checks if one.stops}
        if self._writing.ticket is not None:
            self._writing.basis |= basis_of(self._writing.ticket)
        self._writing.show_review()

    def action_then_close(self) -> None:
        self._toggle(AfterSend.CLOSE)

    def action_then_pending(self) -> None:
        self._toggle(AfterSend.PENDING)

    def _toggle(self, after: AfterSend) -> None:
        if self._writing.ticket is not None and not self.is_note:
            self.then = AfterSend.NOTHING if self.then is after else after
            self._judge(self._writing.ticket)

    def action_help_keys(self) -> None:
        self._writing.action_help_keys()

    def action_send(self) -> None:
        if not self._is_leaving and self._writing.ticket is not None:
            self._is_leaving = True
            self._leave(self._writing.ticket)

    @work(group="leave")
    async def _leave(self, before: Ticket) -> None:
        try:
            ticket = await self._look_again(before)
            self._judge(ticket)
            if self.is_stopped:
                return
            with self._writing.leaving():
                await (self._add_note(ticket) if self.is_note else self._queue(ticket))
        except DeskError as error:
            self._writing.pane.say_error(error)
        finally:
            self._is_leaving = False

    async def _add_note(self, ticket: Ticket) -> None:
        from storage.changes.ticket import AddNote  # noqa: PLC0415 - as the other verbs do

        writing, handle = self._writing, ticket.summary.handle
        note = AddNote(
            ticket_id=ticket.summary.id,
            note_id=NoteId(random_uid()),
            text=writing.composer.text.strip("\n"),
        )
        if await writing.pane.perform(note, done=f"Added a note to #{handle}."):
            await writing.forget_draft(is_note=True)
            writing.close_and_go_back()

    async def _queue(self, ticket: Ticket) -> None:
        """Compose the last byte off the event loop and queue it."""
        writing, app = self._writing, self._writing.pane.rotadesk
        key = await asyncio.to_thread(app.team_key)
        undo = app.setup.undo
        writer = Writer(me=app.me, desk=app.settings, key=key, undo=undo)
        written, basis = writing.written(), writing.basis
        make = partial(queue_reply, ticket, written, writer=writer, now=app.now(), basis=basis)
        change = await asyncio.to_thread(make)
        first = (*written.to, *written.cc)[0]
        title = f"reply to {first.name or first.email}"
        if await writing.pane.perform(change, title=title):
            app.desk_screen.remember_files(change.ticket_id, written.files)
            writing.close_and_go_back()
