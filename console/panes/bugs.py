"""The board: bugs in columns by state, feature requests behind the same key."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from console import keys
from console.messages import ShowTicket
from console.panes.board_moves import BoardMoves
from console.panes.bug_verbs import BugVerbs
from console.panes.opened_work import OpenedWork
from console.work_text import bug_markdown, feature_markdown
from storage.errors import DeskError
from storage.queries import hot
from storage.records.facts import Touched
from storage.records.ids import BugId
from storage.records.ticket import TicketSummary
from storage.records.words import BugState, FeatureState
from storage.records.work import Bug, Feature
from widgets.board import Board, Column
from widgets.bug_card import BUG_COLUMNS, FEATURE_COLUMNS, Card, bug_card, feature_card
from widgets.sheet_head import SheetHead
from widgets.ticket_row import TicketPainter
from widgets.virtual_list import VirtualList


class BugsPane(BoardMoves, BugVerbs):
    """Columns of cards; Enter opens one, with the tickets behind it."""

    KEYS: ClassVar[str] = "bugs"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("bugs")
    DEFAULT_CSS = """
    BugsPane OpenedWork { display: none; }
    BugsPane.-open OpenedWork { display: block; }
    BugsPane.-open Board { display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.bugs: dict[str, Bug] = {}
        self.features: dict[str, Feature] = {}
        self.shows_features = False

    def compose(self) -> ComposeResult:
        yield SheetHead()
        yield Board()
        settings = self.rotadesk.settings
        painter = TicketPainter(
            me=self.me,
            names={one.email: one.name for one in settings.engineers},
            category_names=dict(settings.category_names),
        )
        yield OpenedWork(painter)

    def on_mount(self) -> None:
        self.tick(self.rotadesk.now())
        self._read()

    @property
    def board(self) -> Board:
        return self.query_one(Board)

    @property
    def opened(self) -> OpenedWork:
        return self.query_one(OpenedWork)

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    # what it shows

    def shows(self, touched: Touched) -> bool:
        return bool(touched.bugs or touched.features or "desk" in touched.others)

    @work(group="read", exclusive=True)
    async def _read(self) -> None:
        await self.reload()

    async def reload(self) -> None:
        from storage.queries import work as work_queries  # noqa: PLC0415 - SQLAlchemy comes later

        now = self.rotadesk.now()
        try:
            bugs = await self.store.read(work_queries.bugs, now=now)
            features = await self.store.read(work_queries.features, now=now)
        except DeskError as error:
            self.say_error(error)
            return
        self.bugs = {one.id: one for one in bugs}
        self.features = {one.id: one for one in features}
        self._show()
        if self.is_open:
            await self._show_opened()

    def _show(self) -> None:
        self.board.show(self._columns())
        head = self.query_one(SheetHead)
        head.title = "Feature requests" if self.shows_features else "Bugs"
        other = "bugs" if self.shows_features else "feature requests"
        shown = len(self.features) if self.shows_features else len(self.bugs)
        head.about = f"{shown} in all │ 3: {other}"
        self.desk_screen.count("bugs", sum(not one.state.has_ended for one in self.bugs.values()))

    def _columns(self) -> list[Column]:
        names = {one.email: one.name for one in self.rotadesk.settings.engineers}
        cards: list[tuple[str, Card]]
        if self.shows_features:
            titles = {str(state): title for state, title in FEATURE_COLUMNS.items()}
            cards = [(one.state, feature_card(one)) for one in self.features.values()]
        else:
            titles = {str(state): title for state, title in BUG_COLUMNS.items()}
            cards = [(one.state, bug_card(one, names=names)) for one in self.bugs.values()]
        return [
            Column(key=state, title=title, cards=tuple(card for at, card in cards if at == state))
            for state, title in titles.items()
        ]

    # which one

    def bug(self) -> Bug | None:
        card = self.board.card
        return self.bugs.get(card.key) if card and not self.shows_features else None

    def feature(self) -> Feature | None:
        card = self.board.card
        return self.features.get(card.key) if card and self.shows_features else None

    def states(self) -> Sequence[BugState | FeatureState]:
        return list(FEATURE_COLUMNS if self.shows_features else BUG_COLUMNS)

    def ref(self) -> str:
        return self.board.card.handle if self.board.card else ""

    # open and close

    @on(Board.Opened)
    async def _open_card(self, message: Board.Opened) -> None:
        message.stop()
        await self._open()

    async def show_bug(self, bug_id: BugId) -> None:
        """Open a bug that was asked for elsewhere."""
        self.shows_features = False
        await self.reload()
        if bug_id in self.bugs:
            self.board.choose(bug_id)
            await self._open()

    async def _open(self) -> None:
        self.add_class("-open")
        await self._show_opened()
        self.take_focus()

    async def _show_opened(self) -> None:
        bug, feature = self.bug(), self.feature()
        if bug is not None:
            text, linked = bug_markdown(bug, self.rotadesk.settings), bug.tickets
        elif feature is not None:
            text, linked = feature_markdown(feature, self.rotadesk.settings), feature.tickets
        else:
            self.leave()
            return
        found = [row for uid in linked for row in await self.store.hot(hot.ticket(uid))]
        self.opened.show(text, found)

    @on(VirtualList.Opened)
    def _open_ticket(self, message: VirtualList.Opened[TicketSummary]) -> None:
        message.stop()
        self.post_message(ShowTicket(message.row.id))

    def leave(self) -> bool:
        if not self.is_open:
            return False
        self.remove_class("-open")
        self.take_focus()
        return True

    def take_focus(self) -> None:
        if self.is_open:
            self.opened.take_focus()
        else:
            self.board.focus()

    def tick(self, now: datetime) -> None:
        self.opened.tick(now)

    # keys

    def action_toggle_requests(self) -> None:
        self.leave()
        self.shows_features = not self.shows_features
        self._show()
        self.take_focus()

    def action_link_tickets(self) -> None:
        if not self.is_open:
            self.board.open_highlighted()
