"""A reply between Enter and the outbox: what was seen leaves, or nothing does."""

import threading
from datetime import timedelta
from functools import partial

import pytest

from console.writing import Writing
from storage.changes import replying
from storage.changes.replying import Writer, Written
from storage.db.engine import fetch
from storage.mail.compose import OutgoingFile
from storage.queries import hot, whole
from storage.records.local import OutboxMoved
from storage.records.mail import Address
from storage.records.words import OutboxState
from tests.factories import ANA, NOW, a_mail, an_address, receive
from tests.ui.console_harness import console_on
from tests.ui.test_answers import drafts, mails_to_leave, outbox, send, write


@pytest.fixture
def ticket(desk):
    return receive(desk, a_mail(subject="Webhooks arrive twice", at=NOW - timedelta(hours=2)))


class Key:
    """The team's key, which takes its time."""

    def __init__(self):
        self.asked, self.given, self.taken = (threading.Event() for _ in range(3))

    def __call__(self):
        self.asked.set()
        self.given.wait(20)
        self.taken.set()
        return b"team"


async def test_escape_after_enter_stops_the_reply_and_what_is_typed_then_stays(desk, ticket):
    key = Key()
    async with console_on(desk, team_key=key) as console:
        await write(console, "Not yet")
        await send(console)
        await console.until(key.asked.is_set)
        await console.press("escape", "escape")
        await console.shows_no("Enter sends")
        await console.type("XYZ")
        await console.shows("Not yetXYZ")
        key.given.set()
        await console.until(key.taken.is_set)
        await console.until(lambda: drafts(desk, ticket) == {False: "Not yetXYZ"})
        await console.pilot.pause()

        assert console.app.query_one(Writing).is_open

    assert outbox(desk) == []


async def test_a_reply_that_was_stopped_can_be_sent_after_all(desk, ticket):
    key = Key()
    async with console_on(desk, team_key=key) as console:
        await write(console, "Not yet")
        await send(console)
        await console.until(key.asked.is_set)
        await console.press("escape", "escape")
        await console.shows_no("Enter sends")
        await console.type(", now")
        key.given.set()
        await send(console)
        await console.until(lambda: outbox(desk))
        await console.shows("takes it back")

    assert [one.text for one in desk.hot(hot.outbox())] == ["Not yet, now"]
    assert drafts(desk, ticket) == {}


LOG = OutgoingFile(filename="trace.log", mime="text/plain", content=b"all of it")


async def test_the_files_of_a_reply_that_has_left_do_not_go_along_with_the_next(desk, ticket):
    async with console_on(desk) as console:
        await write(console, "One")
        console.app.query_one(Writing).go_along((LOG,))
        await send(console)
        await console.shows("takes it back")
        sent = outbox(desk)[0]
        desk.write(OutboxMoved(id=sent.id, ticket_uid=ticket, state=OutboxState.SENT))
        await console.shows_no("takes it back")
        await write(console, "Two")
        await console.shows_no("trace.log")
        await send(console)
        await console.until(lambda: outbox(desk))

    assert [list(one.iter_attachments()) for one in mails_to_leave(desk) if "Two" in str(one)] == [
        []
    ]


async def test_undo_brings_back_the_files_of_a_reply_that_was_written_elsewhere(desk, ticket):
    read = desk.read(lambda conn: whole.ticket(partial(fetch, conn), ticket))
    change = replying.queue_reply(
        read,
        Written(text="From elsewhere", to=(an_address(),), files=(LOG,)),
        writer=Writer(
            me=Address("Ana", ANA),
            desk=hot.settings_of(desk.hot(hot.settings_rows())),
            key=b"team",
            undo=timedelta(seconds=10),
        ),
        now=NOW,
    )
    desk.commit(change, actor=ANA)
    async with console_on(desk) as console:
        await console.shows("u takes it back")
        await console.press("u")
        await console.shows("REPLY  to Zoe", "From elsewhere", "With  trace.log")
