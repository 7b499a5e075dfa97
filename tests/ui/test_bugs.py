"""The board, and bugs that begin on a ticket: keys in, database and screen out."""

from datetime import timedelta

import pytest

from storage.changes.ticket import LinkBug
from storage.changes.work import FileBug, FileFeature
from storage.queries import work
from storage.records.ids import BugId, FeatureId, random_uid
from storage.records.words import BugState, Severity
from storage.records.work import BugForm
from tests.factories import ANA, NOW, a_mail, an_address, receive, summary
from tests.ui.console_harness import console_on


def a_bug(desk, title="Events arrive twice", severity=Severity.HIGH):
    bug_id = BugId(random_uid())
    form = BugForm(title=title, severity=severity, steps="1. subscribe\n2. wait")
    desk.commit(FileBug(bug_id=bug_id, form=form), actor=ANA)
    return bug_id


def bugs(desk):
    return desk.read(work.bugs, now=NOW)


@pytest.fixture
def ticket(desk):
    return receive(
        desk,
        a_mail(
            subject="Webhooks arrive twice",
            text="Since SDK 2.4 twice.\n",
            at=NOW - timedelta(hours=1),
        ),
    )


async def test_the_board_shows_bugs_with_severity_and_customers(desk, ticket):
    bug = a_bug(desk)
    desk.commit(LinkBug(ticket_id=ticket, bug_id=bug), actor=ANA)
    async with console_on(desk, size=(160, 40)) as console:
        await console.shows("Webhooks")
        await console.press("3")

        await console.shows("Reported", "Confirmed", "Events arrive twice", "1 customer")


@pytest.mark.usefixtures("ticket")
async def test_keys_move_a_bug_through_its_life_and_undo_takes_it_back(desk):
    a_bug(desk)
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("3")
        await console.shows("Events arrive twice")
        await console.press("greater_than_sign")
        await console.until(lambda: bugs(desk)[0].state is BugState.CONFIRMED)
        await console.press("F")
        await console.until(lambda: bugs(desk)[0].state is BugState.FIXED)
        await console.press("a")
        await console.until(lambda: bugs(desk)[0].fixer == ANA)
        await console.press("u", "u")
        await console.until(lambda: bugs(desk)[0].state is BugState.CONFIRMED)
        assert bugs(desk)[0].fixer is None


async def test_enter_opens_a_bug_and_the_tickets_behind_it(desk, ticket):
    desk.commit(LinkBug(ticket_id=ticket, bug_id=a_bug(desk)), actor=ANA)
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("3")
        await console.shows("Events arrive twice")
        await console.press("enter")
        await console.shows(
            "Steps to reproduce", "1. subscribe", "Tickets behind it", "Webhooks arrive twice"
        )
        await console.press("enter")
        await console.shows("Since SDK 2.4 twice.")


async def test_b_reports_a_bug_from_the_ticket_and_links_it_in_one_step(desk, ticket):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("b")
        await console.shows("Report a new bug")
        await console.press("enter")
        await console.shows("New bug from", "Steps to reproduce", "Since SDK 2.4 twice.")
        await console.press("escape", "x", "y")
        await console.until(lambda: len(bugs(desk)) == 1)

        bug = bugs(desk)[0]
        assert (bug.form.title, bug.form.reproduced, bug.customers) == (
            "Webhooks arrive twice",
            True,
            1,
        )
        assert bug.form.environment == "Since SDK 2.4 twice."
        assert summary(desk, ticket).bugs == (bug.id,)
        await console.press("u")
        await console.until(lambda: bugs(desk) == [])
        assert summary(desk, ticket).bugs == ()


async def test_b_links_the_known_bug_that_looks_like_the_ticket(desk, ticket):
    a_bug(desk, title="Invoices lack the VAT number")
    twice = a_bug(desk, title="Webhooks are delivered twice")
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("b")
        await console.shows("Webhooks are delivered twice")
        await console.press("enter")

        await console.until(lambda: summary(desk, ticket).bugs == (twice,))


@pytest.mark.usefixtures("ticket")
async def test_three_again_shows_feature_requests(desk):
    desk.commit(FileFeature(feature_id=FeatureId(random_uid()), title="Dark emails"), actor=ANA)
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("3")
        await console.shows("Reported")
        await console.press("3")
        await console.shows("Feature requests", "Asked", "Dark emails")


async def test_i_logs_a_request_from_the_ticket(desk, ticket):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("i")
        await console.shows("Log a new request")
        await console.press("enter")
        await console.shows("New feature request")
        await console.press("escape", "y")

        await console.until(lambda: len(summary(desk, ticket).features) == 1)


@pytest.mark.usefixtures("ticket")
async def test_a_new_bug_without_a_title_is_not_saved(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("3", "m")
        await console.shows("New bug")
        await console.press("enter", "escape", "y")
        await console.shows("It has no title yet.")

    assert bugs(desk) == []


async def test_two_customers_make_a_bug_rise(desk, ticket):
    low = a_bug(desk, title="Quiet one", severity=Severity.LOW)
    loud = a_bug(desk, title="Loud one", severity=Severity.LOW)
    other = receive(desk, a_mail(subject="me too", sender=an_address("kim@b.example"), at=NOW))
    desk.commit(
        LinkBug(ticket_id=ticket, bug_id=loud), LinkBug(ticket_id=other, bug_id=loud), actor=ANA
    )

    assert [one.id for one in bugs(desk)] == [loud, low]
