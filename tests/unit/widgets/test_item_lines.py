from datetime import timedelta

import pytest
from screen_records import (
    ANA,
    DESK,
    NOW,
    ZOE,
    a_message,
    a_note,
    an_attachment,
    an_event,
    an_outbox_item,
)

from storage.records.mail import Address
from storage.records.words import AfterSend, Direction, OutboxState, Verdict
from widgets.cells import line_width
from widgets.item_lines import ItemPainter

PAINTER = ItemPainter(subject="Webhooks stopped arriving", names={ANA: "Ana Lima"})
QUOTED = "My answer.\n\n" + "\n".join(f"> line {number}" for number in range(34))


def shown(item, *, width=80, now=NOW, **state):
    lines = PAINTER.lines(item, width=width, now=now, **state)
    return "\n".join("".join(text for text, _ in one.line) for one in lines)


def test_a_mail_says_who_wrote_to_whom_when_and_why_it_is_here():
    text = shown(a_message(cc=(Address("", "ops@acme.example"),), why="answers our reply"))

    assert "Zoe Marlowe <zoe@acme.example>" in text
    assert "customer" in text
    assert "to Northwind Support" in text
    assert "cc ops@acme.example" in text
    assert "answers our reply" in text


def test_our_own_mail_is_told_from_the_customers_by_a_word():
    assert "us  " in shown(a_message(author=DESK, direction=Direction.OUT, to=(ZOE,)))


def test_a_strangers_mail_carries_a_banner():
    text = shown(a_message(verdict=Verdict.UNVERIFIED))

    assert "UNVERIFIED" in text
    assert "stranger" in text


def test_long_quotes_are_folded_and_counted():
    text = shown(a_message(text=QUOTED))

    assert "My answer." in text
    assert "▸ 34 quoted lines" in text
    assert "line 33" not in text


def test_an_opened_message_shows_what_it_quotes():
    text = shown(a_message(text=QUOTED), is_open=True)

    assert "▾ 34 quoted lines" in text
    assert "line 33" in text


def test_another_subject_than_the_tickets_is_shown_but_not_another_re():
    assert "subject" not in shown(a_message(subject="AW: Re[2]: Webhooks stopped arriving"))
    assert "subject Invoice" in shown(a_message(subject="Invoice"))


def test_answers_that_go_elsewhere_are_named():
    text = shown(a_message(reply_to=(Address("", "other@evil.example"),)))

    assert "answers go to other@evil.example" in text


def test_what_could_not_be_read_or_was_hidden_is_told():
    text = shown(a_message(defects=("The text was cut.",), hidden_text=1204, on_server=False))

    assert "! The text was cut." in text
    assert "! 1,204 characters were hidden" in text
    assert "no copy" in text


def test_attachments_are_numbered_with_their_size_and_place():
    text = shown(a_message(attachments=(an_attachment(), an_attachment(sha256=b"x", size=900))))

    assert "[1] trace.log  48 KB  text/plain  on the server" in text
    assert "[2] trace.log  900 bytes  text/plain" in text


def test_a_mail_whose_body_is_not_here_says_so():
    assert "fetching.." in shown(a_message(has_body=False, text=""))


def test_a_note_is_called_internal_and_has_its_own_ground():
    note = a_note()

    lines = PAINTER.lines(note, width=80, now=NOW)

    assert "INTERNAL NOTE  Ana Lima" in shown(note)
    assert {one.ground for one in lines[:-1]} == {"note-ground"}


def test_an_event_is_one_line_and_a_blank_one_only_after_the_last():
    assert len(PAINTER.lines(an_event(), width=80, now=NOW)) == 2
    assert len(PAINTER.lines(an_event(), width=80, now=NOW, ends_run=False)) == 1


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (OutboxState.QUEUED, "leaves in 10 s"),
        (OutboxState.HELD, "HELD, not sent"),
        (OutboxState.FAILED, "FAILED, not sent"),
        (OutboxState.ACCEPTED, "sent"),
    ],
)
def test_a_reply_in_the_outbox_says_where_it_is(state, words):
    assert words in shown(an_outbox_item(state=state))


def test_a_countdown_ends_in_words_and_never_below_zero():
    item = an_outbox_item(then=AfterSend.CLOSE)

    assert "leaves in 1 s" in shown(item, now=NOW + timedelta(seconds=9.5))
    assert "waits for the server" in shown(item, now=NOW + timedelta(seconds=10))
    assert "then closes the ticket" in shown(item)


@pytest.mark.parametrize("width", [40, 60, 80, 120, 250])
@pytest.mark.parametrize(
    "text", ["日本語" * 200, "x" * 2000, "👩‍👩‍👧‍👦❤️ " * 90, "a\tb\x1b[2Jc " * 90]
)
def test_no_line_is_wider_than_the_view(width, text):
    item = a_message(text=text, subject=text, author=Address(text, "x@y.example"), why=text)

    lines = PAINTER.lines(item, width=width, now=NOW)

    assert max(line_width(one.line) for one in lines) <= width
