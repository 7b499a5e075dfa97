"""What works everywhere: places, views, the palette, leaving."""

from typing import TYPE_CHECKING

from textual import work

from console import travelling, words
from console.messages import Said
from console.sheet_screen import SheetScreen
from console.sheets.commands import CommandsQuestion, CommandsSheet, Row
from storage.errors import DeskError

if TYPE_CHECKING:
    from console.panes.inbox import InboxPane
    from console.panes.pane import Pane
    from widgets.status_line import StatusLine


class GlobalVerbs(SheetScreen):
    """Mixin of the screen: the actions of the context 'global'."""

    place: str
    status: "StatusLine"

    @property
    def here(self) -> "Pane":
        """The pane that has the keys."""
        raise NotImplementedError

    async def show(self, place: str, *, takes_focus: bool = True) -> None:
        raise NotImplementedError

    async def zoom(self) -> None:
        raise NotImplementedError

    async def inbox(self) -> "InboxPane":
        raise NotImplementedError

    async def step_ticket(self, by: int) -> bool:
        raise NotImplementedError

    def say_error(self, error: DeskError) -> None:
        told = words.for_screen(error)
        self.post_message(Said(told.sentence, told.next_step, is_trouble=True))

    # places and views

    async def action_pane_inbox(self) -> None:
        await self.show("inbox")

    async def action_pane_bugs(self) -> None:
        await self.show("bugs")

    async def action_pane_kb(self) -> None:
        await self.show("kb")

    async def action_pane_outbox(self) -> None:
        await self.show("outbox")

    async def _view(self, name: str) -> None:
        await self.show("inbox")
        (await self.inbox()).show_view(name)

    async def action_view_mine(self) -> None:
        await self._view("mine")

    async def action_view_unassigned(self) -> None:
        await self._view("unassigned")

    async def action_view_waiting(self) -> None:
        await self._view("waiting")

    async def _next_view(self, by: int) -> None:
        await self.show("inbox")
        (await self.inbox()).step_view(by)

    async def action_next_view(self) -> None:
        await self._next_view(1)

    async def action_previous_view(self) -> None:
        await self._next_view(-1)

    async def action_next_item(self) -> None:
        await self.step_ticket(1)

    async def action_previous_item(self) -> None:
        await self.step_ticket(-1)

    async def action_search(self) -> None:
        """Search the tickets, from wherever there is nothing else to search."""
        await self.show("inbox")
        (await self.inbox()).action_search()

    async def action_zoom(self) -> None:
        await self.zoom()

    async def action_toggle_detail(self) -> None:
        """Show the list alone, or what it shows beside it."""
        await self.show("inbox" if self.place == "ticket" else self.place)
        await self.zoom()

    # finding one's way

    def action_help_keys(self) -> None:
        self.open_help()

    @work(group="help")
    async def open_help(self) -> None:
        """List every key of the place, and do what is chosen there."""
        name = self.context
        rows = self.keymap.rows(name)
        question = CommandsQuestion(f"Keys: {self.keymap.context(name).title}", tuple(rows))
        key = await self.ask(CommandsSheet, question)
        if key is not None:
            self.run_key(key)

    @work(group="help")
    async def action_palette(self) -> None:
        rows: list[Row] = self.keymap.rows(self.context)
        key = await self.ask(CommandsSheet, CommandsQuestion("Commands", tuple(rows)))
        if key is not None:
            self.run_key(key)

    def action_copy_ref(self) -> None:
        handle = self.here.ref()
        if handle:
            self.app.copy_to_clipboard(f"#{handle}")
            self.post_message(Said(f"Copied #{handle}."))

    async def action_sync_now(self) -> None:
        self.rotadesk.sync_now()
        self.post_message(Said("Asking the server."))

    @work(group="ask")
    async def action_offline(self) -> None:
        if not self.rotadesk.may_write():
            return
        now_ms = int(self.rotadesk.now().timestamp() * 1000)
        try:
            said = await travelling.fetch_or_stop(
                self.rotadesk.store, self.status.engine, now_ms=now_ms
            )
        except DeskError as error:
            self.say_error(error)
        else:
            self.post_message(Said(said))

    # leaving

    async def action_back(self) -> None:
        if not self.here.leave() and self.place != "inbox":
            await self.show("inbox")

    @work(group="quit", exclusive=True)
    async def action_back_or_quit(self) -> None:
        if self.place != "inbox":
            await self.action_back()
            return
        await self.quit_after_a_look()

    async def quit_after_a_look(self) -> None:
        raise NotImplementedError
