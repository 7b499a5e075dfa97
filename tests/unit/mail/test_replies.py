"""Who a reply goes to, what it is called, what it quotes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from storage.mail.replies import quoted, reply_recipients, reply_references, reply_subject
from storage.records.mail import Address
from storage.records.ticket import MessageItem
from storage.records.words import Direction, Verdict

OWN = {"support@acme.example", "help@acme.example"}
ANA = Address("Ana", "ana@c.example")
BOB = Address("Bob", "bob@c.example")
EVE = Address("Eve", "eve@evil.example")
US = Address("Acme", "support@acme.example")


def a_message(**changes):
    return MessageItem(
        **{
            "id": 1,
            "key": b"k" * 16,
            "at": datetime(2025, 11, 3, tzinfo=UTC),
            "author": ANA,
            "direction": Direction.IN,
            "to": (US,),
            "cc": (),
            "reply_to": (),
            "subject": "s",
            "text": "t",
            "has_body": True,
            "attachments": (),
            "message_id": "m@c.example",
            "references": (),
            "why": "",
            "verdict": Verdict.MEMBER,
            "is_auto": False,
            "defects": (),
            "hidden_text": 0,
            "on_server": True,
            **changes,
        }
    )


def test_a_reply_goes_to_the_requester_alone():
    found = reply_recipients(a_message(to=(US, BOB), cc=(EVE,)), own_addresses=OWN)

    assert (found.to, found.cc) == ((ANA,), ())


def test_reply_all_keeps_everybody_where_they_stood_without_us():
    message = a_message(to=(US, BOB), cc=(Address("", "help@acme.example"), EVE))

    found = reply_recipients(message, own_addresses=OWN, to_all=True)

    assert (found.to, found.cc) == ((ANA, BOB), (EVE,))


def test_nobody_is_written_to_twice():
    message = a_message(to=(ANA, BOB, BOB), cc=(BOB, ANA, EVE))

    found = reply_recipients(message, own_addresses=OWN, to_all=True)

    assert (found.to, found.cc) == ((ANA, BOB), (EVE,))


def test_reply_to_within_the_senders_domain_is_followed():
    found = reply_recipients(a_message(reply_to=(BOB,)), own_addresses=OWN)

    assert (found.to, found.asked_elsewhere) == ((BOB,), ())


@pytest.mark.parametrize("wished", [(EVE,), (BOB, EVE)])
def test_reply_to_another_domain_is_named_and_not_followed(wished):
    found = reply_recipients(a_message(reply_to=wished), own_addresses=OWN)

    assert (found.to, found.asked_elsewhere) == ((ANA,), wished)


def test_reply_to_ourselves_is_no_wish():
    found = reply_recipients(a_message(reply_to=(US,)), own_addresses=OWN)

    assert (found.to, found.asked_elsewhere) == ((ANA,), ())


def test_a_mail_of_ours_is_continued_to_whom_it_went():
    message = a_message(author=US, direction=Direction.OUT, to=(ANA,), cc=(BOB,))

    assert reply_recipients(message, own_addresses=OWN).to == (ANA,)
    assert reply_recipients(message, own_addresses=OWN, to_all=True).cc == (BOB,)


@pytest.mark.parametrize(
    ("subject", "reply"),
    [
        ("broken", "Re: broken"),
        ("Re: broken", "Re: broken"),
        ("RE: re: AW: SV: broken", "Re: broken"),
        ("Re[3]: broken", "Re: broken"),
        ("回复：坏了", "Re: 坏了"),
        ("Fwd: broken", "Re: Fwd: broken"),
        ("Regarding: broken", "Re: Regarding: broken"),
        ("", "Re: "),
        ("re" * 50_000, "Re: " + "re" * 50_000),
        ("re: " * 20_000 + "x", "Re: x"),
    ],
)
def test_a_subject_gets_exactly_one_re(subject, reply):
    assert reply_subject(subject) == reply


def test_references_are_the_line_of_ids_with_the_answered_one_last():
    assert reply_references("c@x", ["a@x", "b@x"]) == ("a@x", "b@x", "c@x")


def test_a_long_line_of_references_keeps_its_root_and_its_end():
    line = reply_references("end@x", [f"{n}@x" for n in range(500)])

    assert (line[0], line[-1], len(line)) == ("0@x", "end@x", 20)


def test_an_id_that_is_missing_is_no_reference():
    assert reply_references("", ["a@x", ""]) == ("a@x",)


def test_a_quote_says_who_and_when_in_utc():
    at = datetime(2025, 11, 3, 10, 0, tzinfo=timezone(timedelta(hours=2)))

    text = quoted("one\n\n> two", author="Ana", at=at)

    assert text == "On 2025-11-03 08:00 UTC, Ana wrote:\n> one\n>\n>> two\n\n"
