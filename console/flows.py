"""Steps that several places take: link a bug, log a request, write an article from a ticket."""

from typing import TYPE_CHECKING

from console import articles, words
from console.linkable import Linkable
from console.messages import Said
from console.sheets.article import ArticleQuestion, ArticleSheet, begun
from storage.errors import DeskError
from storage.queries import whole
from storage.records.ids import ArticleId, TicketId, random_uid
from storage.records.ticket import KbLink, MessageItem, Ticket, TicketSummary
from storage.records.words import ArticleState, Direction, LinkUse
from storage.rules.quotes import own_words

if TYPE_CHECKING:
    from console.desk_screen import DeskScreen
    from console.open_desk import OpenDesk
    from storage.changes.base import Change


async def read_ticket(store: "OpenDesk", ticket_id: TicketId) -> Ticket | None:
    """Return a ticket with everything on it."""
    return await store.ask(lambda run: whole.ticket(run, ticket_id))


async def write_article(screen: "DeskScreen", ticket: TicketSummary) -> Linkable | None:
    """Let the engineer write an article from the ticket; return it as something to link."""
    from storage.changes.article import (  # noqa: PLC0415 - SQLAlchemy comes after the first frame
        SetArticleState,
        WriteArticle,
    )

    store = screen.rotadesk.store
    question = ArticleQuestion(
        title=ticket.subject,
        text=begun(await asked(store, ticket.id)),
        about=f"from #{ticket.handle}; it is linked once you save it",
    )
    written = await screen.ask(ArticleSheet, question)
    if written is None:
        return None
    uid = ArticleId(random_uid())
    changes: list[Change] = [
        WriteArticle(
            article_id=uid,
            title=written.title,
            text=written.text,
            area=ticket.area,
            owner=screen.rotadesk.me.email,
        )
    ]
    if written.is_published:
        changes.append(SetArticleState(article_id=uid, state=ArticleState.PUBLISHED))
    if not await commit(screen, *changes, title=f"Wrote the article {written.title}"):
        return None
    found = await articles.judged_target(store, uid)
    link = KbLink(target=uid, use=LinkUse.WRITTEN, title=written.title)
    return Linkable(link=link, page=found.page)


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
    screen.post_message(Said(f"{title}.", "u: undo"))
    return True
