"""An article read for the screen: what it is, what it says, and the versions that compete."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.queries import articles
from storage.records.ids import ArticleId
from storage.records.query import Runs
from storage.records.work import ArticleSummary, Revision
from widgets.article_head import ArticleFacts
from widgets.article_row import ArticleRow
from widgets.times import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadArticle:
    """An article as of now."""

    summary: ArticleSummary
    text: str
    heads: tuple[Revision, ...]
    "The newest version; several where two people saved at once, newest first."

    def facts(self, *, names: Mapping[str, str]) -> ArticleFacts:
        """Return what stands above the text."""
        both = "Two people saved it at once; both texts stand below. e makes one of them."
        return ArticleFacts(
            summary=self.summary,
            saved_by=self.heads[0].author if self.heads else "",
            names=names,
            warning=both if self.summary.has_conflict else "",
        )

    def shown(self, *, names: Mapping[str, str], now: datetime) -> str:
        """Return what to read: the text, or every version that competes, each under its author."""
        if len(self.heads) < 2:
            return self.text
        return "\n\n".join(
            f"# {names.get(one.author, one.author)}, {moment(one.at, now=now)}\n\n{one.text}"
            for one in self.heads
        )


def article(run: Runs, uid: ArticleId) -> ReadArticle | None:
    """Return an article; None where it is not on this desk any more."""
    summaries, texts = run(articles.summary(uid)), run(articles.text_and_head(uid))
    if not summaries or not texts:
        return None
    return ReadArticle(
        summary=summaries[0], text=texts[0][0], heads=tuple(run(articles.heads(uid)))
    )


def rows(run: Runs, words: str, *, limit: int) -> list[ArticleRow]:
    """Return the articles for what was typed, with what is unsaved among them."""
    unsaved = set(run(articles.unsaved()))
    found = run(articles.articles(words, limit=limit))
    return [ArticleRow(one, is_unsaved=one.id in unsaved) for one in found]
