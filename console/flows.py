"""Steps that several places take: read a ticket, quote the customer, commit and say so."""

from typing import TYPE_CHECKING

from console import words
from console.messages import UNDO_IS_NEXT, Said
from storage.errors import DeskError
from storage.queries import whole
from storage.records.ids import TicketId
from storage.records.ticket import MessageItem, Ticket
from storage.records.words import Direction
from storage.rules.quotes import own_words

if TYPE_CHECKING:
    from console.desk_screen import DeskScreen
    from console.open_desk import OpenDesk
    from storage.changes.base import Change


async def read_ticket(store: "OpenDesk", ticket_id: TicketId) -> Ticket | None:
    """Return a ticket with everything on it."""
    return await store.ask(lambda run: whole.ticket(run, ticket_id))


async def asked(store: "OpenDesk", ticket_id: TicketId) -> str:
    """Return the customer's own words of the first mail."""
    ticket = await read_ticket(store, ticket_id)
    said = ticket.conversation if ticket else ()
    mails = [one for one in said if isinstance(one, MessageItem)]
    first = next((one for one in mails if one.direction is Direction.IN), None)
    return own_words(first.text) if first else ""


async def commit(screen: "DeskScreen", *changes: "Change", title: str) -> bool:
    """Commit for a sheet; say what was refused."""
    if not screen.rotadesk.may_write():
        return False
    try:
        await screen.rotadesk.store.commit(*changes, title=title)
    except DeskError as error:
        told = words.for_screen(error)
        screen.post_message(Said(told.sentence, told.next_step, is_trouble=True))
        return False
    screen.post_message(Said(f"{title}.", UNDO_IS_NEXT))
    return True
