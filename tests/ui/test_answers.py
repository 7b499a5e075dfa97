"""Replies and notes at the keyboard: written, looked at once more, sent, taken back."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from console.reading_only import SECOND
from storage.queries import hot
from storage.records.words import AfterSend
from tests.factories import NOW, SUPPORT, a_mail, an_address, receive
from tests.ui.console_harness import console_on

ZOE, BOB = an_address(), an_address("bob@acme.example", "Bob")


@pytest.fixture
def mail():
    return a_mail(subject="Webhooks arrive twice", cc=(BOB,), at=NOW - timedelta(hours=2))


@pytest.fixture
def ticket(desk, mail):
    return receive(desk, mail)


def outbox(desk):
    return desk.hot(hot.outbox())


def drafts(desk, ticket):
    return {one.is_note: one.text for one in desk.hot(hot.drafts(ticket))}


def notes(desk, ticket):
    return [one.text for one in desk.hot(hot.notes(ticket))]


def mails_to_leave(desk):
    with desk.writing() as conn:
        rows = conn.exec_driver_sql("SELECT mime FROM outbox").all()
    return [message_from_bytes(row[0], policy=policy.default) for row in rows]


async def write(console, text, *, key="r"):
    """Open the composer and type."""
    await console.shows("Webhooks")
    await console.press(key)
    await console.shows("INTERNAL NOTE" if key == "c" else "REPLY  to Zoe")
    await console.type(text)


async def send(console):
    await console.press("escape", "y")
    await console.shows("Enter sends")
    await console.press("enter")


async def test_a_reply_is_written_looked_at_and_queued(desk, mail, ticket):
    async with console_on(desk) as console:
        await write(console, "It is mended.")
        await send(console)
        await console.until(lambda: outbox(desk))
        await console.shows("Reply to Zoe leaves in 10 s: u takes it back", "leaves in 10 s")

    parsed = mails_to_leave(desk)[0]
    assert parsed["From"] == f"Ana <{SUPPORT}>"
    assert (parsed["To"], parsed["Cc"]) == ("Zoe <zoe@acme.example>", "Bob <bob@acme.example>")
    assert parsed["Bcc"] is None
    assert parsed["Subject"] == "Re: Webhooks arrive twice"
    assert parsed["In-Reply-To"] == f"<{mail.headers.message_id}>"
    assert parsed.get_body(("plain",)).get_content().strip() == "It is mended."
    assert outbox(desk)[0].not_before - outbox(desk)[0].queued_at == timedelta(seconds=10)
    assert drafts(desk, ticket) == {}


@pytest.mark.parametrize("key", ["u", "z", "Z"])
async def test_what_is_taken_back_edited_and_sent_leaves_once_and_edited(desk, ticket, key):
    async with console_on(desk) as console:
        await write(console, "Old words")
        await send(console)
        await console.shows("takes it back")
        await console.press(key)
        await console.shows("REPLY  to Zoe", "Old words")
        assert outbox(desk) == []
        await console.type(", new words")
        await send(console)
        await console.until(lambda: outbox(desk))

    assert [one.text for one in outbox(desk)] == ["Old words, new words"]
    assert drafts(desk, ticket) == {}


@pytest.mark.usefixtures("ticket")
async def test_a_reply_is_taken_back_whatever_came_after(desk):
    async with console_on(desk) as console:
        await write(console, "Wait")
        await send(console)
        await console.shows("u takes it back")
        await console.press("a")
        await console.shows("Z takes it back")
        await console.press("Z")
        await console.shows("REPLY  to Zoe", "Wait")

    assert outbox(desk) == []


async def test_a_note_stays_on_the_desk(desk, ticket):
    async with console_on(desk) as console:
        await write(console, "She is a big customer.", key="c")
        assert "zoe@acme.example" not in console.text.split("INTERNAL NOTE")[1]
        await console.press("escape", "y")
        await console.shows("Enter adds it")
        await console.press("enter")
        await console.until(lambda: notes(desk, ticket))
        await console.shows("Added a note")
        await console.until(lambda: drafts(desk, ticket) == {})

    assert notes(desk, ticket) == ["She is a big customer."]
    assert outbox(desk) == []
    assert drafts(desk, ticket) == {}


@pytest.mark.parametrize(
    "typed",
    [
        ["y", "y"],
        ["p"],
        ["colon", "w", "enter"],
        ["colon", "w", "q", "enter"],
        ["colon", "x", "enter"],
        ["colon", "q", "enter", "n"],
        ["d", "d"],
        ["g", "g"],
        ["G", "o"],
        ["slash", "enter"],
        ["u"],
        ["Z", "Z"],
        ["space", "c", "e", "x"],
    ],
)
async def test_what_vim_hands_type_after_escape_sends_nothing_and_loses_nothing(
    desk, ticket, typed
):
    async with console_on(desk) as console:
        await write(console, "Half a thou")
        await console.press("escape", *typed)
        await console.until(
            lambda: any("Half a thou" in one for one in drafts(desk, ticket).values())
        )
        await console.pilot.pause()

    assert outbox(desk) == []
    assert notes(desk, ticket) == []


async def test_a_draft_is_there_again_after_the_console_was_killed(desk, ticket):
    async with console_on(desk) as console:
        await write(console, "I was saying")
        await console.until(lambda: drafts(desk, ticket) == {False: "I was saying"})

    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("r")
        await console.shows("I was saying", "Bob", "draft of")


async def test_a_note_and_a_reply_are_drafts_apart(desk, ticket):
    async with console_on(desk) as console:
        await write(console, "For her")
        await console.press("escape", "p")
        await console.shows("kept as a draft")
        await write(console, "For us", key="c")
        await console.press("escape", "p")
        await console.until(lambda: drafts(desk, ticket) == {False: "For her", True: "For us"})


async def test_a_reply_becomes_a_note_and_loses_its_recipients(desk, ticket):
    async with console_on(desk) as console:
        await write(console, "Not for her")
        await console.press("escape", "t")
        await console.shows("INTERNAL NOTE", "Not for her")
        await console.until(lambda: drafts(desk, ticket) == {True: "Not for her"})
        await console.press("escape", "y")
        await console.shows("Enter adds it")
        await console.press("enter")
        await console.until(lambda: notes(desk, ticket) == ["Not for her"])

    assert outbox(desk) == []


@pytest.mark.usefixtures("ticket")
async def test_a_note_that_becomes_a_reply_says_so_before_it_leaves(desk):
    async with console_on(desk) as console:
        await write(console, "She may know", key="c")
        await console.press("escape", "t")
        await console.shows("REPLY  to Zoe", "Bob")
        await console.press("escape", "y")
        await console.shows("It was written as an internal note.", "Enter sends")


@pytest.mark.usefixtures("ticket")
async def test_recipients_are_judged_before_they_are_taken(desk):
    async with console_on(desk) as console:
        await write(console, "Hello")
        await console.press("escape", "r")
        await console.shows("Recipients", "no Bcc")
        await console.press("tab", "ctrl+u")
        await console.type("nobody")
        await console.press("enter")
        await console.shows("'nobody' is no address.")
        await console.press("ctrl+u")
        await console.type("Eve <eve@evil.example>")
        await console.press("enter", "y")
        await console.shows(
            "Cc  Eve <eve@evil.example>",
            "new to this ticket, and neither is their domain",
            "Not to Bob, who had the last mail.",
        )


@pytest.mark.usefixtures("ticket")
async def test_the_sender_alone_is_asked_for_with_a_capital(desk):
    async with console_on(desk) as console:
        await write(console, "Hello", key="R")
        await send(console)
        await console.until(lambda: outbox(desk))

    assert (outbox(desk)[0].to, outbox(desk)[0].cc) == ((ZOE,), ())


@pytest.mark.usefixtures("ticket")
async def test_a_hole_in_the_text_stops_it(desk):
    async with console_on(desk) as console:
        await write(console, "Hello {{customer.first}}")
        await console.press("escape", "y")
        await console.shows("{{customer.first}} was not filled in", "cannot be sent yet")
        await console.press("enter")
        await console.pilot.pause()

    assert outbox(desk) == []


@pytest.mark.usefixtures("ticket")
async def test_a_promised_file_stops_it_once_and_is_attached(desk, tmp_path):
    path = tmp_path / "trace.log"
    path.write_text("all of it")
    async with console_on(desk) as console:
        await write(console, "See the attached log")
        await console.press("escape", "y")
        await console.shows("'attached' and nothing is attached", "cannot be sent yet")
        await console.press("escape", "a")
        await console.shows("path of a file")
        await console.type("/no/such/file")
        await console.press("enter")
        await console.shows("There is no file /no/such/file.")
        await console.press("ctrl+u")
        await console.type(str(tmp_path / "tra"))
        await console.shows("trace.log")
        await console.press("enter")
        await console.shows("1 attached, 9 bytes")
        await console.press("escape")
        await console.shows("With  trace.log 9 bytes")
        await console.press("y")
        await console.shows("Enter sends")
        await console.press("enter")
        await console.shows("takes it back")
        await console.press("u")
        await console.shows("With  trace.log 9 bytes")
        await send(console)
        await console.until(lambda: outbox(desk))

    files = list(mails_to_leave(desk)[0].iter_attachments())
    assert [(one.get_filename(), one.get_content().strip()) for one in files] == [
        ("trace.log", b"all of it")
    ]


@pytest.mark.usefixtures("ticket")
async def test_a_mail_that_came_meanwhile_stops_it_until_it_was_read(desk, mail):
    async with console_on(desk) as console:
        await write(console, "Mended")
        late = a_mail(
            "It works now, thank you!",
            subject="Re: Webhooks arrive twice",
            answers=(mail.headers.message_id,),
            at=NOW - timedelta(minutes=1),
        )
        receive(desk, late)
        await console.press("escape", "y")
        await console.shows("Zoe wrote since you began: It works now", "cannot be sent yet")
        await console.press("enter", "escape", "y")
        await console.shows("Enter sends")
        await console.press("enter")
        await console.until(lambda: outbox(desk))

    with desk.writing() as conn:
        basis = conn.exec_driver_sql("SELECT basis FROM outbox").scalar()
    assert late.headers.key.hex() in basis


@pytest.mark.usefixtures("ticket")
async def test_what_follows_is_chosen_and_what_is_missing_said(desk):
    async with console_on(desk) as console:
        await write(console, "Mended")
        await console.press("escape", "y")
        await console.shows("the ticket stays as it is")
        await console.press("c")
        await console.shows("then the ticket is closed", "no category and no KB link")
        await console.press("p")
        await console.shows("then it waits on the customer")
        await console.press("enter")
        await console.until(lambda: outbox(desk))

    assert outbox(desk)[0].then is AfterSend.PENDING


@pytest.mark.usefixtures("ticket")
async def test_the_preview_shows_what_the_customer_will_see(desk):
    async with console_on(desk) as console:
        await write(console, "Use **this**")
        await console.press("f3")
        await console.shows("Preview", f"Ana <{SUPPORT}>", "Use this")
        await console.press("escape")
        await console.shows_no("Preview  as it will look")
        await console.type("!")
        await console.shows("Use **this**!")


@pytest.mark.usefixtures("ticket")
async def test_what_the_customer_wrote_is_quoted_only_when_asked_for(desk):
    async with console_on(desk) as console:
        await write(console, "")
        await console.press("ctrl+g")
        await console.shows("Quote Zoe")
        await console.press("enter")
        await console.shows("Zoe wrote:", "> Every event comes twice since Monday.")


async def test_discarding_asks_and_forgets_the_draft(desk, ticket):
    async with console_on(desk) as console:
        await write(console, "Rubbish")
        await console.until(lambda: drafts(desk, ticket))
        await console.press("escape", "D")
        await console.shows("Throw the reply away?")
        await console.press("y")
        await console.shows("The reply was thrown away.")
        await console.until(lambda: drafts(desk, ticket) == {})


@pytest.mark.usefixtures("ticket")
async def test_quitting_while_a_reply_counts_down_asks_and_keeps_it(desk):
    async with console_on(desk) as console:
        await write(console, "Later")
        await send(console)
        await console.shows("takes it back")
        await console.press("ctrl+q")
        await console.shows("1 reply leaves in 10 s", "s stay", "k keep it")
        await console.press("s")
        await console.shows_no("1 reply leaves")
        assert len(outbox(desk)) == 1
        await console.press("ctrl+q")
        await console.shows("1 reply leaves in 10 s")
        await console.press("k")
        await console.until(lambda: console.app.return_code is not None or not outbox(desk))

    assert outbox(desk) == []


@pytest.mark.usefixtures("ticket")
async def test_a_console_that_only_reads_writes_nothing(desk):
    async with console_on(desk, reads_only=SECOND) as console:
        await console.shows("Webhooks")
        await console.press("r")
        await console.shows("This console only reads")
