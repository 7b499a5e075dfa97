"""The places of the console, and the panes that are mounted when they are first shown."""

import importlib
from typing import Final, TypeVar

from textual.containers import Horizontal

from console.panes.pane import Pane

PLACES: Final = {
    "inbox": "console.panes.inbox:InboxPane",
    "ticket": "console.panes.ticket:TicketPane",
    "bugs": "console.panes.bugs:BugsPane",
    "kb": "console.panes.kb:KbPane",
    "outbox": "console.panes.outbox:OutboxPane",
}
"Panes in the order they stand side by side."
TITLES: Final = {
    "inbox": ("Inbox", "2"),
    "bugs": ("Bugs", "3"),
    "kb": ("KB", "4"),
    "outbox": ("Outbox", "5"),
}
"What the line on top calls them, and the key that goes there."
PaneT = TypeVar("PaneT", bound=Pane)


async def pane_at(body: Horizontal, place: str) -> Pane:
    """Return the pane of a place, mounted and hidden if it has never been shown."""
    for pane in body.query_children(f"#{place}").results(Pane):
        return pane
    module, _, name = PLACES[place].partition(":")
    pane = getattr(importlib.import_module(module), name)(id=place)
    if not isinstance(pane, Pane):
        raise TypeError(place)
    pane.display = False
    order = list(PLACES)
    later = [
        one for one in body.query_children(Pane) if order.index(one.id or "") > order.index(place)
    ]
    await body.mount(pane, before=later[0] if later else None)
    return pane


async def pane_of(body: Horizontal, place: str, kind: type[PaneT]) -> PaneT:
    """Return the pane of a place as the kind that it is."""
    pane = await pane_at(body, place)
    if not isinstance(pane, kind):
        raise TypeError(pane)
    return pane
