"""The knowledge base: search as you type, read, versions. Hot reads, see `hot`."""

from typing import Any, Final

from storage.queries import hot
from storage.records.ids import ArticleId
from storage.records.query import Query
from storage.records.ticket import TicketSummary
from storage.records.words import ArticleState, Audience
from storage.records.work import Article, ArticleSummary, Revision

WRITING: Final = "article:"
"Before an article's id: the key in `view_state` of what is being written in it."
_SUMMARY = """
SELECT a.uid, a.title, a.area, a.state, a.audience, a.owner, a.updated_ms, a.conflict,
  (SELECT count(*) FROM ticket_link l WHERE l.kind='kb' AND l.target=a.uid),
  (SELECT max(uid) FROM article WHERE uid < a.uid), (SELECT min(uid) FROM article WHERE uid > a.uid)
FROM article a"""


def articles(words: str = "", *, limit: int = 500) -> Query[ArticleSummary]:
    """Return articles: newest first, or the best match for `words` (a person's, as typed)."""
    if not (match := match_of(words)):
        return Query(
            f"{_SUMMARY} ORDER BY a.state='archived', a.updated_ms DESC, a.uid LIMIT ?",
            (limit,),
            _summary,
        )
    return Query(
        f"{_SUMMARY} JOIN article_fts f ON f.rowid=a.id WHERE article_fts MATCH ?"
        " ORDER BY bm25(article_fts, 3.0, 1.0, 3.0), a.uid LIMIT ?",
        (match, limit),
        _summary,
    )


def summary(uid: ArticleId) -> Query[ArticleSummary]:
    return Query(f"{_SUMMARY} WHERE a.uid=?", (uid,), _summary)


def text_and_head(uid: ArticleId) -> Query[tuple[str, str]]:
    return Query("SELECT body, head FROM article WHERE uid=?", (uid,), lambda row: (row[0], row[1]))


def revisions(uid: ArticleId) -> Query[Revision]:
    """Return every saved version, newest first."""
    return Query(
        "SELECT hash, at_ms, actor, title, body FROM article_revision WHERE uid=? ORDER BY at_ms DESC, hash",
        (uid,),
        _revision,
    )


def heads(uid: ArticleId) -> Query[Revision]:
    """Return the versions that no other was written over, newest first; two are a conflict."""
    return Query(
        "SELECT r.hash, r.at_ms, r.actor, r.title, r.body FROM article_revision r"
        " WHERE r.uid=?1 AND NOT EXISTS (SELECT 1 FROM article_revision c, json_each(c.parents) p"
        " WHERE c.uid=?1 AND p.value=r.hash) ORDER BY r.at_ms DESC, r.hash DESC",
        (uid,),
        _revision,
    )


def tickets_using(uid: ArticleId, *, limit: int = 500) -> Query[TicketSummary]:
    """Return the tickets that link an article, newest activity first."""
    return hot.tickets(
        "t.uid IN (SELECT uid FROM ticket_link WHERE kind='kb' AND target=?)",
        (uid,),
        order="activity",
        limit=limit,
    )


def unsaved() -> Query[str]:
    """Return the ids of articles that were written on here and neither saved nor thrown away."""
    return Query(
        "SELECT substr(key, ?) FROM view_state WHERE key > ? AND key < ? AND val <> ''",
        (len(WRITING) + 1, WRITING, WRITING + "~"),
        lambda row: str(row[0]),
    )


def assembled(
    summaries: list[ArticleSummary], texts: list[tuple[str, str]], versions: list[Revision]
) -> Article | None:
    """Return the article out of the three reads above; None where it is not on this desk."""
    if not summaries or not texts:
        return None
    text, head = texts[0]
    return Article(summary=summaries[0], text=text, head=head, revisions=tuple(versions))


def match_of(words: str) -> str:
    """Return an FTS5 query for what a person typed: every word must be there, the last may go on.

    Each word is quoted with doubled quotes: `c++`, `a:b` and `NEAR(` are words, not syntax.
    """
    quoted = ['"' + word.replace('"', '""') + '"' for word in words.split() if _is_word(word)]
    return " ".join(quoted) + "*" if quoted else ""


def _is_word(word: str) -> bool:
    return any(character.isalnum() for character in word)


def _summary(row: tuple[Any, ...]) -> ArticleSummary:
    return ArticleSummary(
        id=ArticleId(row[0]),
        handle=hot.handle(row[0], row[9], row[10]),
        title=row[1],
        area=row[2],
        state=ArticleState(row[3]),
        audience=Audience(row[4]),
        owner=row[5],
        updated_at=hot.when(row[6]),
        has_conflict=bool(row[7]),
        used_by=row[8],
    )


def _revision(row: tuple[Any, ...]) -> Revision:
    return Revision(id=row[0], at=hot.when(row[1]), author=row[2], title=row[3], text=row[4])
