"""What can be put into a text: a quote of what is answered, an article, the address of a page.

A reply starts clean: what the customer wrote is not sent back to them unasked. Whoever wants to
answer between the lines inserts the quote.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from console import articles
from console.panes.pane import Pane
from console.sheets.kb import KbQuestion, KbSheet
from console.sheets.pick import PickQuestion, PickSheet
from storage.changes.replying import answered
from storage.mail.replies import quoted
from storage.queries import articles as article_queries
from storage.records.ids import ArticleId
from storage.records.ticket import MessageItem, Ticket
from storage.rules.quotes import own_words, snippet
from widgets.choices import Choice

Ask: TypeAlias = Callable[[Pane, Ticket], Awaitable[str]]
_RESOLUTION: Final = re.compile(
    r"^## +Resolution *\n(?P<said>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL | re.IGNORECASE
)


async def anything(pane: Pane, ticket: Ticket) -> str:
    """Let the engineer pick what to insert; '' where nothing was."""
    newest = answered(ticket)
    choices = [
        Choice(key="quote", title=f"Quote {_who(newest)}", detail=snippet(newest.text, limit=80))
        for newest in ([newest] if newest else [])
    ]
    choices.append(Choice(key="article", title="Text or address of an article", hint="??"))
    question = PickQuestion(title="Insert", choices=tuple(choices), placeholder="type to find")
    picked = await pane.desk_screen.ask(PickSheet, question)
    if picked is not None and picked.key == "quote" and newest is not None:
        return quoted(own_words(newest.text), author=_who(newest), at=newest.at)
    return await article(pane, ticket) if picked is not None else ""


async def article(pane: Pane, ticket: Ticket) -> str:
    """Let the engineer pick an article; return its answer, or the address of a page.

    What was used is linked to the ticket.
    """
    from storage.changes.ticket import LinkArticle  # noqa: PLC0415 - SQLAlchemy comes later

    question = KbQuestion(
        ticket=ticket.summary,
        settings=pane.rotadesk.settings,
        suggestions=await articles.suggested(pane.store, ticket.summary),
    )
    found = await pane.desk_screen.ask(KbSheet, question)
    if found is None:
        return ""
    if found.link.target not in {one.target for one in ticket.summary.kb_links}:
        link = LinkArticle(ticket_id=ticket.summary.id, link=found.link)
        await pane.perform(link, done=f"Linked the article to #{ticket.summary.handle}.")
    if found.link.is_url:
        return found.link.target
    rows = await pane.store.hot(article_queries.text_and_head(ArticleId(found.link.target)))
    return answer_of(rows[0][0]) if rows else ""


def answer_of(markdown: str) -> str:
    """Return what of an article a customer is told: its resolution, else all of it."""
    found = _RESOLUTION.search(markdown)
    return (found["said"] if found else markdown).strip()


def _who(message: MessageItem) -> str:
    return message.author.name or message.author.email
