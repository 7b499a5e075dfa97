"""Where the console's lists get their rows: windows over the desk's hot reads."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from storage.queries import hot, standing
from storage.queries.views import View
from storage.records.ticket import TicketSummary
from widgets.row_source import Near

if TYPE_CHECKING:
    from console.open_desk import OpenDesk


class TicketSource:
    """The tickets of a view, in the order to take them."""

    def __init__(self, store: "OpenDesk", view: View, *, order: str = "due") -> None:
        self._store = store
        self._view = view
        self._order = order

    def key(self, row: TicketSummary) -> str:
        return row.id

    async def count(self) -> int:
        return (await self._store.hot(hot.count(self._view.where, self._view.values)))[0]

    async def page(
        self, first: int, limit: int, *, near: Near[TicketSummary] | None = None
    ) -> Sequence[TicketSummary]:
        del near  # an OFFSET costs 24 ms at the end of 100,000, in the reader's thread
        return await self._store.hot(
            hot.tickets(
                self._view.where, self._view.values, order=self._order, limit=limit, offset=first
            )
        )

    async def locate(self, key: str) -> int | None:
        found = await self._store.hot(
            standing.position(key, self._view.where, self._view.values, order=self._order)
        )
        return found[0] if found else None
