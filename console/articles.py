"""Articles as something to link: the best for a ticket, and how the gate would judge each."""

from typing import TYPE_CHECKING

from console.linkable import Linkable
from storage.queries import articles, suggest
from storage.records.ids import ArticleId
from storage.records.ticket import KbLink, TicketSummary

if TYPE_CHECKING:
    from console.open_desk import OpenDesk


async def suggested(store: "OpenDesk", ticket: TicketSummary) -> tuple[Linkable, ...]:
    """Return the three articles that most likely answer a ticket, best first."""
    best = await store.ask(lambda run: suggest.articles(run, ticket.id))
    return tuple(
        [
            await judged(store, one.article_id, one.title, why=one.why, used_by=one.used_by)
            for one in best
        ]
    )


async def judged(
    store: "OpenDesk", uid: ArticleId, title: str, *, why: str = "", used_by: int = 0
) -> Linkable:
    """Return an article with what the gate thinks of it.

    Raises:
        NotFoundError: it is not on this desk any more.
    """
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy comes after the first frame

    return Linkable(
        link=KbLink(target=uid, title=title),
        page=await store.read(work.linked_page, uid),
        why=why,
        used_by=used_by,
    )


async def judged_target(store: "OpenDesk", target: str) -> Linkable:
    """Return an article's id, or the address of a page, with what the gate thinks of it."""
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy comes after the first frame

    if "://" not in target:
        rows = await store.hot(articles.summary(ArticleId(target)))
        if rows:
            return await judged(store, rows[0].id, rows[0].title)
    page = await store.read(work.linked_page, target)
    return Linkable(link=KbLink(target=target), page=page)
