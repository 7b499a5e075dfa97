"""`kb`: the knowledge base."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli import choices, desks, kb_files, naming, table, texts, work_shapes
from console.cli.desks import Deciding
from console.cli.frame import Noun, Query, Run, readable
from console.cli.kb_files import ArticleFile
from storage.errors import NotFoundError, UsageError
from storage.queries import articles, named
from storage.records.ids import ArticleId, random_uid
from storage.records.query import Runs
from storage.records.ticket import KbLink
from storage.records.words import ArticleState, Audience, LinkUse
from storage.records.work import Article, ArticleSummary
from widgets import times

if TYPE_CHECKING:
    from storage.changes.base import Change

_ALL = 1_000_000
_SUGGESTED = 3
_COLUMNS = (
    table.Column("ID"),
    table.Column("STATE"),
    table.Column("AUDIENCE"),
    table.Column("USED", is_number=True),
    table.Column("CHANGED"),
    table.Column("TITLE", gives_way=True),
    table.Column("AREA"),
)


@click.group("kb", cls=Noun)
def kb() -> None:
    """Articles: list, show, new, edit, state, suggest, import, export."""


@kb.command("list", cls=Query)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def list_articles(this: Run, words: Sequence[str]) -> None:
    """List articles: the newest first, or the best for WORDS."""
    with desks.reading(this) as (desk, _):
        asked = readable(" ".join(words))
        _print(this, desk.run(articles.articles(asked, limit=_ALL)))


@kb.command("show")
@click.argument("names", nargs=-1, required=True, metavar="ARTICLE...")
@click.pass_obj
def show(this: Run, names: Sequence[str]) -> None:
    """Show an article with its text."""
    with desks.reading(this) as (desk, _):
        for name in naming.names(names):
            with this.attempt(name):
                one = article(desk.run, name)
                if this.as_json:
                    this.emit(work_shapes.whole_article(one))
                    continue
                about = one.summary
                this.tell(f"{about.handle}  {about.title}")
                this.tell(f"{about.state}, {about.audience}, used by {about.used_by} tickets\n")
                this.tell(one.text)


@kb.command("suggest")
@click.argument("ticket", metavar="T")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", default=_SUGGESTED, help="At most so many."
)
@click.pass_obj
def suggest(this: Run, ticket: str, limit: int) -> None:
    """Show the articles that most likely answer a ticket."""
    with desks.reading(this) as (desk, _):
        from storage.queries import suggest as suggested  # noqa: PLC0415 - only this verb asks it

        found = suggested.articles(desk.run, naming.ticket(desk.run, ticket), limit=limit)
        if this.as_json:
            for one in found:
                this.emit(work_shapes.suggestion(one))
            return
        columns = (table.Column("ID"), table.Column("TITLE"), table.Column("WHY", gives_way=True))
        table.show(columns, [[one.article_id[:4], one.title, one.why] for one in found])


@kb.command("new")
@click.option("--title", help="The question as a customer would ask it.")
@texts.text_options
@click.option("--area", help="Part of the product.")
@click.option("--audience", default=Audience.INTERNAL.value, help="internal or public.")
@click.option("--publish", is_flag=True, help="Put it live at once.")
@click.option("--ticket", metavar="T", help="Link it to the ticket that it was written for.")
@click.pass_obj
def new(
    this: Run,
    *,
    title: str | None,
    text: str | None,
    text_file: str | None,
    area: str | None,
    audience: str,
    ticket: str | None,
    publish: bool,
) -> None:
    """Write an article; without --text in $EDITOR, whose first heading is the title."""
    seen_by = choices.one_of(Audience, audience, what="audience")
    with desks.deciding(this, may_make=True) as at:
        start = f"# {title or 'The question as a customer would ask it'}\n\n"
        body = texts.given(text, text_file)
        if body is None:
            title, body = _headed(texts.wanted(None, None, start=start), title)
        _write(
            at,
            ArticleFile(
                article_id=ArticleId(random_uid()),
                title=texts.line(title or ""),
                text=body,
                area=area,
                state=ArticleState.PUBLISHED if publish else None,
                audience=seen_by,
                owner=at.me.email,
            ),
            ticket,
        )


@kb.command("edit")
@click.argument("name", metavar="ARTICLE")
@click.option("--title", help="Another title.")
@texts.text_options
@click.option("--area", help="Part of the product, or none.")
@click.option("--audience", help="internal or public.")
@click.pass_obj
def edit(
    this: Run,
    *,
    name: str,
    title: str | None,
    text: str | None,
    text_file: str | None,
    area: str | None,
    audience: str | None,
) -> None:
    """Save a new version; without options in $EDITOR. Versions are kept."""
    seen_by = choices.one_of(Audience, audience, what="audience") if audience else None
    with desks.deciding(this) as at:
        one = article(at.desk.hot, name)
        body = texts.given(text, text_file)
        if body is None and title is None and area is None and audience is None:
            start = f"# {one.summary.title}\n\n{one.text}"
            title, body = _headed(texts.wanted(None, None, start=start), None)
        changes = _saved(one, title=title, text=body)
        changes += _placed(one, area=area, audience=seen_by, state=None)
        if changes:
            at.commit(*changes)
        _print(this, at.desk.hot(articles.summary(one.summary.id)))


@kb.command("state")
@click.argument("name", metavar="ARTICLE")
@click.argument("state")
@click.pass_obj
def set_state(this: Run, name: str, state: str) -> None:
    """Move an article: draft, in_review, published, needs_review or archived."""
    chosen = choices.one_of(ArticleState, state, what="state of an article")
    with desks.deciding(this) as at:
        from storage.changes.article import SetArticleState  # noqa: PLC0415 - SQLAlchemy

        uid = article(at.desk.hot, name).summary.id
        at.commit(SetArticleState(article_id=uid, state=chosen))
        _print(this, at.desk.hot(articles.summary(uid)))


@kb.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_obj
def import_articles(this: Run, folder: Path) -> None:
    """Take in Markdown files; those of articles that are here become new versions."""
    with desks.deciding(this, may_make=True) as at:
        known = {one.title: one.id for one in at.desk.hot(articles.articles(limit=_ALL))}
        wanted: list[tuple[str, Change]] = []
        read: dict[str, ArticleId] = {}
        for path in kb_files.found(folder):
            shown = readable(str(path))
            with this.attempt(shown):
                file = kb_files.read(path)
                uid = file.article_id or known.get(file.title) or ArticleId(random_uid())
                read[shown] = uid
                wanted += [(shown, change) for change in _taken_in(at, uid, file)]
        changed = [read[name] for name in at.bulk(wanted)]
        _print(this, [one for uid in changed for one in at.desk.hot(articles.summary(uid))])
        this.say(f"{len(read)} files read, {len(changed)} articles new or changed.")


@kb.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_obj
def export(this: Run, folder: Path) -> None:
    """Write every article as a Markdown file."""
    with desks.reading(this) as (desk, _):
        for one in desk.run(articles.articles(limit=_ALL)):
            path = kb_files.write(article(desk.run, one.id), folder)
            if this.as_json:
                this.emit(work_shapes.article(one) | {"file": readable(str(path))})
            else:
                this.tell(readable(str(path)))


def article(run: Runs, name: str) -> Article:
    """Return the article that `name` names.

    Raises:
        NotFoundError: there is none.
        AmbiguousError: several.
    """
    uid = ArticleId(naming.thing(run, name, what="article", named=named.articles))
    found = articles.assembled(
        run(articles.summary(uid)), run(articles.text_and_head(uid)), run(articles.revisions(uid))
    )
    if found is None:
        raise NotFoundError(f"There is no article {uid[:8]} on this desk.")
    return found


def _headed(document: str, title: str | None) -> tuple[str, str]:
    """Return the title and the text of a document whose first heading is the title."""
    first, _, rest = document.lstrip("\n").partition("\n")
    if first.startswith("# "):
        return first[2:].strip(), rest.lstrip("\n")
    if title is None:
        raise UsageError("The first line is the title: write it as '# The question'.")
    return title, document


def _write(at: Deciding, file: ArticleFile, ticket: str | None) -> None:
    uid = file.article_id or ArticleId(random_uid())
    changes = _written(uid, file)
    if ticket is not None:
        from storage.changes.ticket import LinkArticle  # noqa: PLC0415 - SQLAlchemy

        link = KbLink(target=uid, use=LinkUse.WRITTEN)
        changes.append(LinkArticle(ticket_id=naming.ticket(at.desk.hot, ticket), link=link))
    at.commit(*changes)
    _print(at.run, at.desk.hot(articles.summary(uid)))


def _taken_in(at: Deciding, uid: ArticleId, file: ArticleFile) -> "list[Change]":
    """Return what makes the article say what the file says; nothing where it does."""
    if not at.desk.hot(articles.summary(uid)):
        return _written(uid, file)
    one = article(at.desk.hot, uid)
    changes = _saved(one, title=file.title, text=file.text)
    return changes + _placed(one, area=file.area, audience=file.audience, state=file.state)


def _written(uid: ArticleId, file: ArticleFile) -> "list[Change]":
    from storage.changes.article import SetArticleState, WriteArticle  # noqa: PLC0415 - SQLAlchemy

    changes: list[Change] = [
        WriteArticle(
            article_id=uid,
            title=file.title,
            text=file.text,
            area=file.area,
            audience=file.audience or Audience.INTERNAL,
            owner=file.owner,
        )
    ]
    if file.state not in (None, ArticleState.DRAFT):
        changes.append(SetArticleState(article_id=uid, state=file.state))
    return changes


def _saved(one: Article, *, title: str | None, text: str | None) -> "list[Change]":
    from storage.changes.article import SaveArticle  # noqa: PLC0415 - SQLAlchemy

    title = one.summary.title if title is None else texts.line(title)
    text = one.text if text is None else text
    if (title, text) == (one.summary.title, one.text):
        return []
    return [
        SaveArticle(article_id=one.summary.id, title=title, text=text, parents=(one.head,)),
    ]


def _placed(
    one: Article, *, area: str | None, audience: Audience | None, state: ArticleState | None
) -> "list[Change]":
    from storage.changes.article import (  # noqa: PLC0415 - SQLAlchemy
        SetArticleArea,
        SetArticleAudience,
        SetArticleState,
    )

    uid, about = one.summary.id, one.summary
    changes: list[Change] = []
    if area is not None and choices.or_none(area) != about.area:
        changes.append(SetArticleArea(article_id=uid, area=choices.or_none(area)))
    if audience not in (None, about.audience):
        changes.append(SetArticleAudience(article_id=uid, audience=audience))
    if state not in (None, about.state):
        changes.append(SetArticleState(article_id=uid, state=state))
    return changes


def _print(this: Run, found: Sequence[ArticleSummary]) -> None:
    if this.as_json:
        for one in found:
            this.emit(work_shapes.article(one))
        return
    now = datetime.now(UTC)
    rows = [
        [
            one.handle,
            one.state.value + (" (conflict)" if one.has_conflict else ""),
            one.audience.value,
            str(one.used_by),
            times.age(one.updated_at, now=now),
            one.title,
            one.area or "-",
        ]
        for one in found
    ]
    table.show(_COLUMNS, rows)
