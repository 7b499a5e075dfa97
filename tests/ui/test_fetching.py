"""What lies on the server only: how it is asked for, watched and stopped."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.queries import hot
from storage.records.local import WishGot
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
        await console.shows("Screen recording")
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
