"""The outbox at the keyboard: what has not left, and what a person decides about it."""

from datetime import timedelta
from functools import partial

import pytest

from storage.changes import replying
from storage.changes.replying import Writer, Written
from storage.db.engine import fetch
from storage.queries import hot, whole
from storage.records.local import OutboxMoved
from storage.records.mail import Address
from storage.records.words import OutboxState
from tests.factories import ANA, NOW, a_mail, an_address, receive
from tests.ui.console_harness import console_on


@pytest.fixture
def ticket(desk):
    return receive(desk, a_mail(at=NOW - timedelta(hours=2)))


def outbox(desk):
    return desk.hot(hot.outbox())


def states(desk):
    return [one.state for one in outbox(desk)]


@pytest.fixture
def waiting(desk, ticket):
    """A reply in the outbox."""
    read = desk.read(lambda conn: whole.ticket(partial(fetch, conn), ticket))
    change = replying.queue_reply(
        read,
        Written(text="It is mended.", to=(an_address(),)),
        writer=Writer(
            me=Address("Ana", ANA),
            desk=hot.settings_of(desk.hot(hot.settings_rows())),
            key=b"team",
            undo=timedelta(seconds=10),
        ),
        now=NOW,
    )
    desk.commit(change, actor=ANA)
    return change


def become(desk, change, state, error):
    desk.write(
        OutboxMoved(
            id=change.outbox_id, ticket_uid=change.ticket_id, state=state, error=error, tries=1
        )
    )


@pytest.fixture
def held(desk, waiting):
    become(desk, waiting, OutboxState.HELD, "Something was said since it was written.")


@pytest.fixture
def failed(desk, waiting):
    become(desk, waiting, OutboxState.FAILED, "The server refused zoe@acme.example.")


async def test_an_empty_outbox_says_so(desk):
    async with console_on(desk) as console:
        await console.press("5")
        await console.shows("Every reply has left.")


@pytest.mark.usefixtures("held")
async def test_it_shows_who_gets_it_and_why_it_waits(desk):
    async with console_on(desk) as console:
        await console.shows("1 unsent")
        await console.press("g", "o")
        await console.shows(
            "HELD, not sent",
            "zoe@acme.example",
            "Something was said since it was written.",
            "It is mended.",
        )


@pytest.mark.usefixtures("held")
async def test_a_held_reply_goes_through_the_send_line(desk):
    async with console_on(desk) as console:
        await console.press("5")
        await console.shows("HELD")
        await console.press("r")
        await console.shows("somebody has to look at it first")
        assert states(desk) == [OutboxState.HELD]
        await console.press("y")
        await console.shows("It was not sent before: Something was said", "Enter sends")
        assert states(desk) == []
        await console.press("enter")
        await console.until(lambda: states(desk) == [OutboxState.QUEUED])


@pytest.mark.usefixtures("failed")
async def test_a_failed_reply_is_tried_again_with_time_to_take_it_back(desk):
    async with console_on(desk) as console:
        await console.press("5")
        await console.shows("FAILED", "The server refused")
        await console.press("r")
        await console.until(lambda: states(desk) == [OutboxState.QUEUED])

    assert outbox(desk)[0].not_before == NOW + timedelta(seconds=10)


@pytest.mark.usefixtures("waiting")
async def test_a_waiting_reply_is_taken_back_and_edited(desk):
    async with console_on(desk) as console:
        await console.press("5")
        await console.shows("leaves in 10 s")
        await console.press("y")
        await console.shows("leaves by itself")
        assert states(desk) == [OutboxState.QUEUED]
        await console.press("e")
        await console.shows("REPLY  to Zoe", "It is mended.")

    assert states(desk) == []


@pytest.mark.usefixtures("waiting")
async def test_a_parked_reply_is_a_draft_of_its_ticket(desk, ticket):
    async with console_on(desk) as console:
        await console.press("5")
        await console.shows("leaves in 10 s")
        await console.press("p")
        await console.shows("Every reply has left.", "draft of its ticket")

    assert [one.text for one in desk.hot(hot.drafts(ticket))] == ["It is mended."]


@pytest.mark.usefixtures("failed")
async def test_discarding_asks_first(desk):
    async with console_on(desk) as console:
        await console.press("5")
        await console.shows("FAILED")
        await console.press("D")
        await console.shows("Throw the reply to Zoe away?")
        await console.press("n")
        await console.shows_no("Throw the reply")
        assert states(desk) == [OutboxState.FAILED]
        await console.press("D")
        await console.shows("Throw the reply to Zoe away?")
        await console.press("y")
        await console.until(lambda: states(desk) == [])


@pytest.mark.usefixtures("held")
async def test_enter_opens_its_ticket(desk):
    async with console_on(desk) as console:
        await console.press("5")
        await console.shows("HELD")
        await console.press("enter")
        await console.shows("Every event comes twice since Monday.")
        assert console.screen.place == "ticket"


async def test_what_may_have_been_sent_is_retried_and_never_edited(desk, waiting):
    desk.write(
        OutboxMoved(
            id=waiting.outbox_id,
            ticket_uid=waiting.ticket_id,
            state=OutboxState.HELD,
            is_doubtful=True,
        )
    )
    async with console_on(desk) as console:
        await console.press("g", "o")
        await console.shows("HELD, perhaps sent", "r sends the same mail again")
        await console.press("e")
        await console.shows("It may have been sent")
        assert states(desk) == [OutboxState.HELD]
        await console.press("r")
        await console.until(lambda: states(desk) == [OutboxState.QUEUED])
