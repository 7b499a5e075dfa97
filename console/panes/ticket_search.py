"""Search as you type among all tickets, in the language of `rotadesk search`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on, work
from textual.widgets import Input

from console.panes.list_pane import ListPane
from storage.errors import DeskError
from storage.queries import named
from storage.records.query import Runs
from storage.records.ticket import TicketSummary
from widgets.row_source import Near

if TYPE_CHECKING:
    from console.open_desk import OpenDesk

MOST_FOUND = 1000
"More are not looked for: who needs them says more."


class FoundTickets:
    """What a search found, best first; rows are read as they are looked at."""

    def __init__(self, store: "OpenDesk", uids: Sequence[str]) -> None:
        self._store = store
        self._uids = list(uids)

    def key(self, row: TicketSummary) -> str:
        return row.id

    async def count(self) -> int:
        return len(self._uids)

    async def page(
        self, first: int, limit: int, *, near: Near[TicketSummary] | None = None
    ) -> Sequence[TicketSummary]:
        del near
        wanted = self._uids[first : first + limit]
        found = {str(one.id): one for one in await self._store.hot(named.tickets(wanted))}
        return [found[uid] for uid in wanted if uid in found]

    async def locate(self, key: str) -> int | None:
        return self._uids.index(key) if key in self._uids else None


class TicketSearch(ListPane[TicketSummary]):
    """Mixin of the inbox: a line to type in, in the place of its views."""

    search_line: Input

    def made_search_line(self) -> Input:
        line = Input(
            placeholder="words, from:zoe, is:closed, category:usability, older:3d",
            id="search",
            compact=True,
        )
        line.cursor_blink = False
        line.display = False
        return line

    def show_again(self, *, keep_highlight: bool = False) -> None:
        """Show what was shown before the search."""
        raise NotImplementedError

    @property
    def is_searching(self) -> bool:
        return bool(self.search_line.display)

    def action_search(self) -> None:
        self.search_line.display = True
        self.search_line.focus()

    def end_search(self) -> bool:
        """Go back to the view; False where nobody searched."""
        was = self.is_searching
        if was:
            self.search_line.display = False
            self.search_line.value = ""
            self.rows.pin()  # what was found and worked on stays the one in hand
            self.show_again(keep_highlight=True)
            self.rows.focus()
        return was

    @on(Input.Changed, "#search")
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if self.is_searching:
            self.search_now()

    @on(Input.Submitted, "#search")
    def _done(self, message: Input.Submitted) -> None:
        message.stop()
        self.rows.focus()

    @work(group="search", exclusive=True)
    async def search_now(self) -> None:
        """Show what the words find as of now."""
        words = self.search_line.value.strip()
        if not words:
            self.show_again()
            return
        me, now = self.me, self.rotadesk.now()

        def found(run: Runs) -> list[str]:
            from storage.queries import search  # noqa: PLC0415 - only a search needs it
            from storage.rules import search_syntax  # noqa: PLC0415 - only a search needs it

            tree = search_syntax.parse(words, now=now)
            now_ms = int(now.timestamp() * 1000)
            return search.newest(run, tree, me=me, now_ms=now_ms, limit=MOST_FOUND)

        try:
            uids = await self.store.ask(found)
        except DeskError as error:
            self.say_error(error)
            return
        self.rows.set_source(FoundTickets(self.store, uids), keep_highlight=True)
