"""Articles as something to link: the best for a ticket, and how the gate would judge each."""

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from console.linkable import Linkable
from storage.queries import articles
from storage.records.ids import ArticleId
from storage.records.ticket import KbLink, TicketSummary
from storage.records.words import ArticleState
from storage.records.work import ArticleSummary

if TYPE_CHECKING:
    from console.open_desk import OpenDesk

_MOST_WORDS: Final = 8
_WORD: Final = re.compile(r"[^\W\d_]{4,}")


async def suggested(
    store: "OpenDesk", ticket: TicketSummary, *, limit: int = 3
) -> tuple[Linkable, ...]:
    """Return the articles that share most words with the ticket, best first."""
    words = list(dict.fromkeys(_WORD.findall(f"{ticket.subject} {ticket.snippet}".lower())))
    hits: Counter[str] = Counter()
    found: dict[str, ArticleSummary] = {}
    why: dict[str, list[str]] = {}
    for word in words[:_MOST_WORDS]:
        for place, row in enumerate(await store.hot(articles.articles(word, limit=8))):
            if row.state is ArticleState.ARCHIVED:
                continue
            found[row.id] = row
            hits[row.id] += 16 - place
            why.setdefault(row.id, []).append(word)
    best = [found[uid] for uid, _ in hits.most_common(limit)]
    return tuple([await judged(store, row, why=", ".join(why[row.id][:3])) for row in best])


async def judged(store: "OpenDesk", article: ArticleSummary, *, why: str = "") -> Linkable:
    """Return an article with what the gate thinks of it.

    Raises:
        NotFoundError: it is not on this desk any more.
    """
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy comes after the first frame

    return Linkable(
        link=KbLink(target=article.id, title=article.title),
        page=await store.read(work.linked_page, article.id),
        why=why,
        used_by=article.used_by,
    )


async def judged_target(store: "OpenDesk", target: str) -> Linkable:
    """Return an article's id, or the address of a page, with what the gate thinks of it."""
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy comes after the first frame

    if "://" not in target:
        rows = await store.hot(articles.summary(ArticleId(target)))
        if rows:
            return await judged(store, rows[0])
    page = await store.read(work.linked_page, target)
    return Linkable(link=KbLink(target=target), page=page)
