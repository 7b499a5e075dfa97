"""Link a bug or a feature request to tickets, or report one from what a customer wrote."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from console.flows import asked, commit
from console.sheets.pick import PickQuestion, PickSheet
from storage.records.ids import BugId, FeatureId, random_uid
from storage.records.ticket import TicketSummary
from storage.records.work import Bug, BugForm, Feature
from storage.rules import bug_text
from widgets.choices import Choice, rank

if TYPE_CHECKING:
    from console.desk_screen import DeskScreen

_NEW_BUG: Final = Choice(key="+", title="Report a new bug", detail="begun from the ticket")
_NEW_FEATURE: Final = Choice(key="+", title="Log a new request", detail="begun from the ticket")
_LIKE_IT: Final = 5
"Bugs that look like the ticket, shown first."


async def link_bug(screen: "DeskScreen", *tickets: TicketSummary) -> None:
    """Let the engineer link a bug to these tickets, or report a new one: one step to undo."""
    from storage.changes.ticket import LinkBug  # noqa: PLC0415 - SQLAlchemy comes later
    from storage.changes.work import FileBug  # noqa: PLC0415 - SQLAlchemy comes later
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy comes later

    first, store = tickets[0], screen.rotadesk.store
    known = await store.read(work.bugs, now=datetime.now(UTC))
    open_ones = [_bug_choice(bug) for bug in known if not bug.state.has_ended]
    picked = await screen.ask(
        PickSheet,
        PickQuestion(
            title=f"Bug behind #{first.handle}",
            about=first.subject,
            choices=(*_like_first(open_ones, first.subject), _NEW_BUG),
            placeholder="find a bug; or Enter on the last row to report a new one",
            takes_words=True,
        ),
    )
    if picked is None:
        return
    if picked.key and picked.key != _NEW_BUG.key:
        links = [LinkBug(ticket_id=one.id, bug_id=BugId(picked.key)) for one in tickets]
        await commit(screen, *links, title="Linked a bug")
    elif form := await _reported(screen, picked.words.strip() or first.subject, *tickets):
        bug_id = BugId(random_uid())
        links = [LinkBug(ticket_id=one.id, bug_id=bug_id) for one in tickets]
        filed = FileBug(bug_id=bug_id, form=form)
        await commit(screen, filed, *links, title="Reported a bug and linked it")


async def _reported(screen: "DeskScreen", title: str, *tickets: TicketSummary) -> BugForm | None:
    """Let the engineer write a report that is begun from the first ticket."""
    from console.sheets.bug_form import (  # noqa: PLC0415 - brings Markdown, and the first list needs none
        BugFormQuestion,
        BugFormSheet,
    )

    first = tickets[0]
    form = bug_text.begun(
        subject=title,
        words=await asked(screen.rotadesk.store, first.id),
        area=first.area,
        customers=len({one.requester.email for one in tickets}),
    )
    head, areas = f"New bug from #{first.handle}", screen.rotadesk.settings.areas
    return await screen.ask(BugFormSheet, BugFormQuestion(form=form, areas=areas, head=head))


async def link_feature(screen: "DeskScreen", *tickets: TicketSummary) -> None:
    """Let the engineer link a feature request to these tickets, or log a new one."""
    from console.sheets.bug_form import (  # noqa: PLC0415 - as for a bug
        FeatureQuestion,
        FeatureSheet,
    )
    from storage.changes.ticket import LinkFeature  # noqa: PLC0415 - SQLAlchemy comes later
    from storage.changes.work import FileFeature  # noqa: PLC0415 - SQLAlchemy comes later
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy comes later

    first, store = tickets[0], screen.rotadesk.store
    known = await store.read(work.features, now=datetime.now(UTC))
    open_ones = [_feature_choice(one) for one in known if not one.state.has_ended]
    picked = await screen.ask(
        PickSheet,
        PickQuestion(
            title=f"Feature request behind #{first.handle}",
            about=first.subject,
            choices=(*_like_first(open_ones, first.subject), _NEW_FEATURE),
            placeholder="find a request; or Enter on the last row to log a new one",
            takes_words=True,
        ),
    )
    if picked is None:
        return
    if picked.key and picked.key != _NEW_FEATURE.key:
        uid = FeatureId(picked.key)
        links = [LinkFeature(ticket_id=one.id, feature_id=uid) for one in tickets]
        await commit(screen, *links, title="Linked a feature request")
        return
    question = FeatureQuestion(
        title=picked.words.strip() or first.subject, detail=await asked(store, first.id)
    )
    if written := await screen.ask(FeatureSheet, question):
        uid = FeatureId(random_uid())
        filed = FileFeature(
            feature_id=uid, title=written.title, detail=written.detail, area=first.area
        )
        links = [LinkFeature(ticket_id=one.id, feature_id=uid) for one in tickets]
        await commit(screen, filed, *links, title="Logged a feature request and linked it")


def _bug_choice(bug: Bug) -> Choice:
    customers = f"{bug.customers} customers" if bug.customers != 1 else "1 customer"
    if bug.customers_7d:
        customers += f", {bug.customers_7d} this week"
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
