"""What lies on the server only: how it is asked for, watched and stopped."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.queries import hot
from storage.records.local import EngineSaid, WishGot
from storage.records.mail import MailPart
from storage.store import Desk
from tests.factories import NOW, a_mail, receive
from tests.ui.console_harness import console_on

SIZES = [(80, 24), (120, 40), (200, 50)]
LARGE = 41_000_000


@pytest.fixture
def ticket(desk):
    """A ticket whose mail is too large to come by itself."""
    mail = a_mail(subject="Screen recording", at=NOW - timedelta(hours=2))
    return receive(desk, mail, with_body=False, size=LARGE)


def mail_of(desk, ticket):
    return desk.hot(hot.messages(ticket))[0]


@pytest.mark.parametrize("size", SIZES)
async def test_a_large_mail_comes_when_it_is_asked_for_and_stops_when_told(desk, ticket, size):
    async with console_on(desk, size=size) as console:
        await console.shows("Screen recording  on the server" if size[0] == 80 else "Screen rec")
        await console.press("enter")
        await console.shows("41 MB, on the server: Enter fetches it")
        assert mail_of(desk, ticket).got is None

        await console.press("enter")
        await console.shows("41 MB, 0 %: Enter stops it")
        with Desk(desk.folder) as engine:
            engine.write(WishGot(message_id=mail_of(desk, ticket).id, got=15_700_000))
        await console.shows("41 MB, 38 %: Enter stops it")

        await console.press("enter")
        await console.shows("41 MB, on the server: Enter fetches it")
        assert "Stopped" in console.said
        assert mail_of(desk, ticket).got is None


@pytest.mark.usefixtures("ticket")
async def test_looking_at_a_ticket_asks_for_its_small_mails_only(desk):
    small = receive(desk, a_mail(subject="Short question"), with_body=False, size=900)
    async with console_on(desk) as console:
        await console.shows("Short question", "Screen recording")
        await console.press("j", "enter")
        await console.until(lambda: mail_of(desk, small).got == 0)


@pytest.mark.parametrize("size", SIZES)
async def test_a_file_that_was_put_away_is_asked_for_where_it_is_opened(desk, size):
    mail = a_mail(subject="Log of yesterday", at=NOW - timedelta(hours=2))
    part = MailPart(part="2", filename="app.log", mime="text/plain", size=5, content=b"lines")
    ticket = receive(desk, replace(mail, body=replace(mail.body, parts=(part,))))
    with desk.writing() as conn:
        conn.exec_driver_sql("UPDATE attachment SET kept=0")

    async with console_on(desk, size=size) as console:
        await console.shows("Log of yesterday")
        await console.press("enter")
        await console.shows("app.log", "on the server")
        await console.press("o")
        await console.shows("Fetch app.log")
        await console.press("enter")
        await console.until(lambda: mail_of(desk, ticket).got == 0)
        assert "app.log is asked for" in console.said


def say(desk, **told):
    with Desk(desk.folder) as engine:
        engine.write(EngineSaid(status=json.dumps({"state": "idle"} | told)))


def asked_for(desk):
    with desk.writing() as conn:
        return conn.exec_driver_sql("SELECT count(*) FROM wish WHERE at_ms=0").scalar()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.usefixtures("ticket")
async def test_everything_is_fetched_before_a_journey_and_the_same_key_stops_it(desk, size):
    async with console_on(desk, size=size) as console:
        await console.shows("Screen recording")
        await console.press("colon")
        await console.type("offline")
        await console.press("enter")
        await console.until(lambda: asked_for(desk) == 1)
        await console.shows("Fetching 1 file, 41 MB")

        await console.press("g", "f")
        await console.until(lambda: asked_for(desk) == 0)
        await console.shows("Stopped: what came of it stays here.")


async def test_nothing_is_fetched_where_nothing_is_missing(desk):
    receive(desk, a_mail(subject="Short question"))
    async with console_on(desk) as console:
        await console.shows("Short question")
        await console.press("g", "f")
        await console.shows("Every text and every file is here.")


@pytest.mark.parametrize("size", SIZES)
async def test_the_status_line_says_what_is_missing_offline(desk, size):
    say(desk, files_missing=3, bytes_missing=214_000_000)
    async with console_on(desk, size=size) as console:
        await console.until(lambda: console.screen.status.engine.files_missing == 3)
        console.screen.status.standing = ""
        await console.shows("all text here, 3 files, 214 MB, are not")


@pytest.mark.parametrize("size", SIZES)
async def test_a_return_to_the_server_is_summed_up_once(desk, size):
    async with console_on(desk, size=size) as console:
        say(desk, back_ms=1_000, back_sent=4, back_held=1)
        await console.shows("Back online: 4 replies left, 1 is held.", "5 shows what is held")
    async with console_on(desk, size=size) as console:
        await console.until(lambda: console.screen.status.engine.back_ms == 1_000)
        assert "Back online" not in console.said
