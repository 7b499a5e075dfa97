"""Steps that several places take: link a bug, log a request, write an article from a ticket."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from console import articles, words
from console.linkable import Linkable
from console.messages import Said
from console.sheets.article import ArticleQuestion, ArticleSheet, begun
from console.sheets.pick import PickQuestion, PickSheet
from storage.errors import DeskError
from storage.queries import whole
from storage.records.ids import ArticleId, BugId, FeatureId, TicketId, random_uid
from storage.records.ticket import KbLink, MessageItem, Ticket, TicketSummary
from storage.records.words import ArticleState, Direction, LinkUse
from storage.records.work import Bug, BugForm, Feature
from storage.rules.quotes import own_words
from widgets.choices import Choice, rank

if TYPE_CHECKING:
    from console.desk_screen import DeskScreen
    from console.open_desk import OpenDesk
    from storage.changes.base import Change

_LIKE_IT: Final = 5
"Bugs that look like the ticket, shown first."


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
        text=begun(await _asked(store, ticket.id)),
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


async def _asked(store: "OpenDesk", ticket_id: TicketId) -> str:
    """Return the customer's own words of the first mail."""
    ticket = await read_ticket(store, ticket_id)
    said = ticket.conversation if ticket else ()
    mails = [one for one in said if isinstance(one, MessageItem)]
    first = next((one for one in mails if one.direction is Direction.IN), None)
    return own_words(first.text) if first else ""


async def link_bug(screen: "DeskScreen", *tickets: TicketSummary) -> None:
    """Let the engineer link a bug to these tickets, or report a new one."""
    from storage.changes.ticket import LinkBug  # noqa: PLC0415 - SQLAlchemy comes later
    from storage.changes.work import FileBug  # noqa: PLC0415 - SQLAlchemy comes later
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy comes later

    first = tickets[0]
    known = await screen.rotadesk.store.read(work.bugs, now=datetime.now(UTC))
    open_ones = [bug for bug in known if not bug.state.has_ended]
    picked = await screen.ask(
        PickSheet,
        PickQuestion(
            title=f"Bug behind #{first.handle}",
            about=first.subject,
            choices=_like_first([_bug_choice(one) for one in open_ones], first.subject),
            placeholder="find a bug, or type the title of a new one",
            takes_words=True,
        ),
    )
    if picked is None:
        return
    bug_id = BugId(picked.key or random_uid())
    changes: list[Change] = []
    if not picked.key:
        changes.append(FileBug(bug_id=bug_id, form=BugForm(title=picked.words, area=first.area)))
    changes += [LinkBug(ticket_id=one.id, bug_id=bug_id) for one in tickets]
    await commit(screen, *changes, title="Reported a bug" if not picked.key else "Linked a bug")


async def link_feature(screen: "DeskScreen", *tickets: TicketSummary) -> None:
    """Let the engineer link a feature request to these tickets, or log a new one."""
    from storage.changes.ticket import LinkFeature  # noqa: PLC0415 - SQLAlchemy comes later
    from storage.changes.work import FileFeature  # noqa: PLC0415 - SQLAlchemy comes later
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy comes later

    first = tickets[0]
    known = await screen.rotadesk.store.read(work.features, now=datetime.now(UTC))
    open_ones = [one for one in known if not one.state.has_ended]
    picked = await screen.ask(
        PickSheet,
        PickQuestion(
            title=f"Feature request behind #{first.handle}",
            about=first.subject,
            choices=_like_first([_feature_choice(one) for one in open_ones], first.subject),
            placeholder="find a request, or type what a new one asks for",
            takes_words=True,
        ),
    )
    if picked is None:
        return
    uid = FeatureId(picked.key or random_uid())
    changes: list[Change] = []
    if not picked.key:
        changes.append(FileFeature(feature_id=uid, title=picked.words, area=first.area))
    changes += [LinkFeature(ticket_id=one.id, feature_id=uid) for one in tickets]
    await commit(screen, *changes, title="Linked a feature request")


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


def _bug_choice(bug: Bug) -> Choice:
    customers = f"{bug.customers} customers" if bug.customers != 1 else "1 customer"
    return Choice(
        key=bug.id,
        title=bug.form.title,
        detail=f"{bug.form.severity}, {bug.state.replace('_', ' ')}",
        hint=customers if bug.customers else "",
    )


def _feature_choice(feature: Feature) -> Choice:
    return Choice(
        key=feature.id,
        title=feature.title,
        detail=feature.state,
        hint=f"{feature.customers} asked" if feature.customers else "",
    )


def _like_first(choices: list[Choice], subject: str) -> tuple[Choice, ...]:
    """Return the choices, those that look like the subject first."""
    like = rank(choices, subject)[:_LIKE_IT]
    return (*like, *(one for one in choices if one not in like))
