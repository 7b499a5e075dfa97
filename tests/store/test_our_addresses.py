"""Several addresses of one desk: which are ours, and which one answers."""

from email import message_from_bytes, policy

import pytest

from storage.changes import replying
from storage.changes.desk import SetDesk
from storage.records.mail import Address
from tests.factories import ANA, SUPPORT, a_mail, an_address, receive
from tests.store.test_replying import read, reply_to, settings

SALES = "sales@desk.example"
ZOE = an_address()


@pytest.fixture
def two_addresses(desk):
    desk.commit(SetDesk(key="aliases", value=[SALES]), actor=ANA)
    return desk


def written_to(desk, *addresses, cc=()):
    return receive(
        desk,
        a_mail(
            to=tuple(Address("", one) for one in addresses),
            cc=tuple(Address("", one) for one in cc),
        ),
    )


@pytest.mark.parametrize(
    ("to", "cc", "answers"),
    [
        (SALES, (), SALES),
        (SUPPORT, (), SUPPORT),
        ("sales+invoices@desk.example", (), SALES),
        ("list@acme.example", (SALES,), SALES),
        ("list@acme.example", (), SUPPORT),
        ("support+sales@elsewhere.example", (), SUPPORT),
    ],
)
def test_a_reply_leaves_from_the_address_of_ours_that_was_written_to(
    two_addresses, to, cc, answers
):
    ticket = written_to(two_addresses, to, cc=cc)

    change = reply_to(two_addresses, ticket)

    mail = message_from_bytes(change.mime, policy=policy.default)
    assert change.sender.email == answers
    assert mail["From"].addresses[0].addr_spec == answers
    assert change.sender.name == "Ana"


def test_a_team_may_answer_from_one_address_always(two_addresses):
    two_addresses.commit(SetDesk(key="reply_from", value="address"), actor=ANA)

    assert reply_to(two_addresses, written_to(two_addresses, SALES)).sender.email == SUPPORT


def test_a_longer_address_that_the_team_has_named_answers_as_it_is(desk):
    desk.commit(SetDesk(key="aliases", value=["support+eu@desk.example"]), actor=ANA)

    change = reply_to(desk, written_to(desk, "support+eu@desk.example"))

    assert change.sender.email == "support+eu@desk.example"


def test_none_of_our_addresses_is_among_the_recipients_of_a_reply(two_addresses):
    ticket = written_to(
        two_addresses, SUPPORT, "support+abc@desk.example", cc=(SALES, "bob@acme.example")
    )

    found = replying.recipients(
        read(two_addresses, ticket), desk=settings(two_addresses), to_all=True
    )

    assert [one.email for one in (*found.to, *found.cc)] == [ZOE.email, "bob@acme.example"]


def test_a_new_alias_is_known_in_old_tickets_too(desk):
    ticket = written_to(desk, SALES, cc=(SUPPORT,))
    assert reply_to(desk, ticket).sender.email == SUPPORT

    desk.commit(SetDesk(key="aliases", value=[SALES]), actor=ANA)

    assert reply_to(desk, ticket).sender.email == SALES
