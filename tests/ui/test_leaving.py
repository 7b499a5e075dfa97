"""A reply between Enter and the outbox: what was seen leaves, or nothing does."""

import threading
from datetime import timedelta

import pytest

from console.writing import Writing
from storage.queries import hot
from tests.factories import NOW, a_mail, receive
from tests.ui.console_harness import console_on
from tests.ui.test_answers import drafts, outbox, send, write


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
