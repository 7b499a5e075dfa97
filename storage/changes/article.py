"""What engineers write and decide in the knowledge base."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection, select

from storage.changes.base import known_area
from storage.db import tables as t
from storage.errors import NotFoundError, RuleBrokenError, UsageError
from storage.records import keys
from storage.records.facts import Fact
from storage.records.ids import ArticleId
from storage.records.words import ArticleState, Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteArticle:
    """A new article; a draft until somebody publishes it."""

    kind: ClassVar[str] = "article.write"
    article_id: ArticleId
    "Random, made by the caller."
    title: str
    text: str
    area: str | None = None
    audience: Audience = Audience.INTERNAL
    owner: str | None = None

    def check(self, conn: Connection) -> None:
        _titled(self.title)
        known_area(conn, self.area)

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        entity = keys.article(self.article_id)
        yield _revision(entity, self.title, self.text, parents=())
        if self.area:
            yield Fact(entity, keys.AREA, self.area)
        if self.audience is not Audience.INTERNAL:
            yield Fact(entity, keys.AUDIENCE, self.audience.value)
        if self.owner:
            yield Fact(entity, keys.OWNER, self.owner.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveArticle:
    """A new version. What a colleague saved meanwhile stays beside it as a conflict."""

    kind: ClassVar[str] = "article.save"
    article_id: ArticleId
    title: str
    text: str
    parents: tuple[str, ...]
    "Ids of the revisions it was written over; two solve a conflict."

    def check(self, conn: Connection) -> None:
        _state(conn, self.article_id)
        _titled(self.title)

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        yield _revision(keys.article(self.article_id), self.title, self.text, parents=self.parents)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetArticleState:
    kind: ClassVar[str] = "article.state"
    article_id: ArticleId
    state: ArticleState

    def check(self, conn: Connection) -> None:
        """Refuse to publish what says nothing.

        Raises:
            NotFoundError: no such article.
            RuleBrokenError: it has no answer yet.
        """
        _, answers = _state(conn, self.article_id)
        if self.state is ArticleState.PUBLISHED and not answers:
            raise RuleBrokenError("The article cannot be published: it has no answer yet.")

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        yield Fact(keys.article(self.article_id), keys.STATE, self.state.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetArticleArea:
    kind: ClassVar[str] = "article.area"
    article_id: ArticleId
    area: str | None

    def check(self, conn: Connection) -> None:
        _state(conn, self.article_id)
        known_area(conn, self.area)

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        yield Fact(keys.article(self.article_id), keys.AREA, self.area or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetArticleAudience:
    kind: ClassVar[str] = "article.audience"
    article_id: ArticleId
    audience: Audience

    def check(self, conn: Connection) -> None:
        _state(conn, self.article_id)

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        yield Fact(keys.article(self.article_id), keys.AUDIENCE, self.audience.value)


def revision_id(title: str, text: str, parents: tuple[str, ...]) -> str:
    """Return the id of a version: a hash, so that the same text saved twice is one."""
    told = json.dumps([title, text, sorted(parents)], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _revision(entity: str, title: str, text: str, *, parents: tuple[str, ...]) -> Fact:
    title = title.strip()
    value = {"title": title, "text": text, "parents": list(parents)}
    return Fact(entity, keys.REVISION + revision_id(title, text, parents), value)


def _titled(title: str) -> None:
    if not title.strip():
        raise UsageError("An article needs a title: the question as a customer would ask it.")


def _state(conn: Connection, article_id: ArticleId) -> tuple[str, int]:
    c = t.article.c
    row = conn.execute(select(c.state, c.is_answer).where(c.uid == article_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no article {article_id[:8]} on this desk.")
    return row[0], row[1]
