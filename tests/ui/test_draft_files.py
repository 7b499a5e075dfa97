"""Files that go along with a draft are still there after the console has ended."""

from datetime import timedelta

import pytest

from console.writing import Writing
from storage.db.blobs import Blobs
from storage.mail.compose import OutgoingFile
from storage.queries import hot
from tests.factories import NOW, a_mail, receive
from tests.ui.console_harness import console_on
from tests.ui.test_answers import mails_to_leave, outbox, send, write

LOG = OutgoingFile(filename="trace.log", mime="text/plain", content=b"all of it")


@pytest.fixture
def ticket(desk):
    return receive(desk, a_mail(subject="Webhooks arrive twice", at=NOW - timedelta(hours=2)))


def kept(desk, ticket):
    return [
        (one.text, [file.filename for file in one.files]) for one in desk.hot(hot.drafts(ticket))
    ]


async def begin(desk, ticket, *, text):
    """Write with a file, and end the console once the draft is kept."""
    async with console_on(desk) as console:
        await write(console, text)
        console.app.query_one(Writing).go_along((LOG,))
        await console.until(lambda: kept(desk, ticket) == [(text, ["trace.log"])])


@pytest.mark.parametrize("text", ["See the log", ""])
async def test_a_file_goes_along_after_a_restart(desk, ticket, text):
    await begin(desk, ticket, text=text)

    async with console_on(desk) as console:
        await write(console, " there")
        await console.shows("With  trace.log 9 bytes")
        await send(console)
        await console.until(lambda: outbox(desk))

    files = list(mails_to_leave(desk)[0].iter_attachments())
    assert [(one.get_filename(), one.get_content().strip()) for one in files] == [
        ("trace.log", "all of it")
    ]
    assert kept(desk, ticket) == []


async def test_a_file_that_was_taken_off_does_not_come_back(desk, ticket):
    await begin(desk, ticket, text="See the log")

    async with console_on(desk) as console:
        await write(console, "")
        await console.shows("With  trace.log 9 bytes")
        console.app.query_one(Writing).go_along(())
        await console.until(lambda: kept(desk, ticket) == [("See the log", [])])


async def test_a_file_that_is_gone_is_said(desk, ticket):
    await begin(desk, ticket, text="See the log")
    for one in Blobs(desk.folder).every():
        Blobs(desk.folder).remove(one.sha256)

    async with console_on(desk) as console:
        await write(console, "")
        await console.shows("See the log", "1 of its files are gone")
