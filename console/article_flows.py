"""Writing in the knowledge base: a new article, a new version, one text out of two."""

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from console import article_reading, flows, kept_text
from console import articles as linkables
from console.article_reading import ReadArticle
from console.kept_text import KeptText
from console.linkable import Linkable
from console.messages import Said
from console.sheets.article import ArticleQuestion, ArticleSheet, WrittenArticle, begun
from storage.queries import articles
from storage.records.ids import ArticleId, random_uid
from storage.records.ticket import TicketSummary
from storage.records.words import ArticleState, LinkUse
from storage.records.work import Revision
from storage.rules import both_texts
from widgets.times import moment

if TYPE_CHECKING:
    from console.desk_screen import DeskScreen
    from storage.changes.base import Change

TAKEN_UP = "taken up where you left it; Esc, D throws it away"


async def ask(screen: "DeskScreen", question: ArticleQuestion) -> WrittenArticle | None:
    """Let an article be written; what was left unsaved is taken up again."""
    if not screen.rotadesk.may_write():
        return None
    store = screen.rotadesk.store
    if left := await kept_text.kept(store, question.name):
        question = replace(
            question, title=left.title, text=left.text, parents=left.parents, about=TAKEN_UP
        )
    written = await screen.ask(ArticleSheet, question)
    if written is None:
        await kept_text.forget(store, question.name)
    else:  # should the desk refuse it, it is offered again
        left = KeptText(title=written.title, text=written.text, parents=question.parents)
        await kept_text.keep(store, question.name, left)
    return written


async def new(screen: "DeskScreen") -> ArticleId | None:
    """Let an article be written from nothing; return its id once it is saved."""
    return await _new(screen, ArticleQuestion(name=kept_text.NEW))


async def write_article(screen: "DeskScreen", ticket: TicketSummary) -> Linkable | None:
    """Let the engineer write an article from the ticket; return it as something to link."""
    store = screen.rotadesk.store
    question = ArticleQuestion(
        name=f"{kept_text.NEW}:{ticket.id}",
        title=ticket.subject,
        text=begun(await flows.asked(store, ticket.id)),
        about=f"from #{ticket.handle}; it is linked once you save it",
        needs_answer=True,
    )
    uid = await _new(screen, question, area=ticket.area)
    if uid is None:
        return None
    found = await linkables.judged_target(store, uid)
    return replace(found, link=replace(found.link, use=LinkUse.WRITTEN))


async def _new(
    screen: "DeskScreen", question: ArticleQuestion, *, area: str | None = None
) -> ArticleId | None:
    from storage.changes.article import (  # noqa: PLC0415 - SQLAlchemy comes later
        SetArticleState,
        WriteArticle,
    )

    written = await ask(screen, question)
    if written is None:
        return None
    uid, title, me = ArticleId(random_uid()), written.title, screen.rotadesk.me.email
    changes: list[Change] = [
        WriteArticle(article_id=uid, title=title, text=written.text, area=area, owner=me)
    ]
    if written.is_published:
        changes.append(SetArticleState(article_id=uid, state=ArticleState.PUBLISHED))
    if not await flows.commit(screen, *changes, title=f"Wrote the article {title}"):
        return None
    await kept_text.forget(screen.rotadesk.store, question.name)
    return uid


async def edit(screen: "DeskScreen", uid: ArticleId) -> None:
    """Let an article be edited, or one text be made of two; save it as a new version."""
    from storage.changes.article import (  # noqa: PLC0415 - SQLAlchemy comes later
        SaveArticle,
        SetArticleState,
    )

    store = screen.rotadesk.store
    found = await store.ask(lambda run: article_reading.article(run, uid))
    if found is None:
        return
    asked = _question(screen, found)
    left = await kept_text.kept(store, uid)
    parents = left.parents if left else asked.parents
    written = await ask(screen, asked)
    if written is None:
        return
    changes: list[Change] = []
    if (written.title, written.text) != (found.summary.title, found.text) or len(parents) > 1:
        changes.append(
            SaveArticle(article_id=uid, title=written.title, text=written.text, parents=parents)
        )
    if written.is_published and found.summary.state is not ArticleState.PUBLISHED:
        changes.append(SetArticleState(article_id=uid, state=ArticleState.PUBLISHED))
    if not changes:
        screen.post_message(Said("Nothing was changed."))
    elif not await flows.commit(screen, *changes, title=f"Saved #{found.summary.handle}"):
        return
    await kept_text.forget(store, uid)
    if changes and (await store.hot(articles.summary(uid)))[0].has_conflict:
        screen.post_message(
            Said("Somebody else saved it meanwhile: both texts are kept.", "e: make one of them")
        )


async def restore(screen: "DeskScreen", found: ReadArticle, version: Revision) -> None:
    """Save an older version as the newest; what it replaces is kept."""
    from storage.changes.article import SaveArticle  # noqa: PLC0415 - SQLAlchemy comes later

    when = moment(version.at, now=screen.rotadesk.now())
    await flows.commit(
        screen,
        SaveArticle(
            article_id=found.summary.id,
            title=version.title,
            text=version.text,
            parents=tuple(one.id for one in found.heads),
        ),
        title=f"Restored the version of {when}",
    )


def _question(screen: "DeskScreen", found: ReadArticle) -> ArticleQuestion:
    names = {one.email: one.name for one in screen.rotadesk.settings.engineers}
    now = screen.rotadesk.now()

    def by(one: Revision) -> str:
        return f"{names.get(one.author, one.author)}, {moment(one.at, now=now)}"

    newest, *others = found.heads
    text = reduce(
        lambda text, one: both_texts.both(text, one.text, first_by=by(newest), second_by=by(one)),
        others,
        newest.text,
    )
    return ArticleQuestion(
        name=found.summary.id,
        head="Two texts, make one" if others else "Edit",
        about=f"#{found.summary.handle}",
        title=newest.title,
        text=text,
        parents=tuple(one.id for one in found.heads),
        audience=found.summary.audience,
    )
