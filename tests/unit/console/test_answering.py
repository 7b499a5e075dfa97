"""Whom a reply answers, and what it is based on."""

import pytest

from console import answering
from storage.errors import RuleBrokenError
from storage.records.account import Account, Security, ServerAddress
from storage.records.desk import DeskSettings
from storage.records.mail import Address
from storage.records.words import Direction, Verdict
from tests.screen_records import DESK, a_message, a_note, a_ticket, an_outbox_item

SUPPORT = DESK.email
SERVER = ServerAddress("mail.desk.example", 993, Security.TLS)
ACCOUNT = Account(address=SUPPORT, username=SUPPORT, imap=SERVER, smtp=SERVER, my_name="Ana")


def begun(*conversation):
    return answering.begin(a_ticket(*conversation), desk=DeskSettings(), account=ACCOUNT)


def test_the_newest_mail_of_a_customer_is_answered():
    first, second = a_message(message_id="1@a.example"), a_message(message_id="2@a.example")
    ours = a_message(message_id="3@desk.example", direction=Direction.OUT)

    assert begun(first, second, ours, a_note()).answers == second


@pytest.mark.parametrize("changed", [{"verdict": Verdict.UNVERIFIED}, {"is_auto": True}])
def test_neither_a_stranger_nor_a_robot_is_answered(changed):
    mallory = a_message(author=Address("Mallory", "mallory@evil.example"), **changed)

    assert begun(a_message(), mallory).recipients.to == (a_message().author,)


def test_a_ticket_where_only_we_have_written_is_continued():
    to = Address("Kim", "kim@acme.example")
    ours = a_message(direction=Direction.OUT, author=Address("", SUPPORT), to=(to,))

    assert begun(ours).recipients.to == (to,)


def test_where_no_person_wrote_nobody_can_be_answered():
    with pytest.raises(RuleBrokenError, match="no person has written"):
        begun(a_message(is_auto=True))


def test_the_basis_names_every_mail_and_every_waiting_reply():
    mail, waiting = a_message(key=b"m" * 16), an_outbox_item()

    assert answering.basis([mail, a_note(), waiting]) == [mail.key.hex(), waiting.id]
