"""Networks that cut, stall and split, between the mailbox and a real Dovecot."""

import threading
from datetime import UTC, datetime

import pytest

from storage.errors import ConnectionLostError
from storage.mail.imap import connect
from storage.mail.transport import Timeouts
from storage.records.remote import IdleEvent
from tests.imap import proxy as faults
from tests.imap.dovecot import PASSWORD
from tests.imap.proxy import proxied

AT = datetime(2025, 11, 3, tzinfo=UTC)
IMPATIENT = Timeouts(connect=5, read=0.5)


@pytest.fixture
def user(dovecot):
    name = dovecot.new_user()
    dovecot.append(name, *[b"Subject: %d\r\n\r\n%s\r\n" % (n, b"x" * 20_000) for n in range(5)])
    return name


@pytest.fixture
def proxy(dovecot):
    with proxied(dovecot.port) as running:
        yield running


def session(proxy, user, *, timeouts=IMPATIENT):
    mailbox = connect(proxy.address(), timeouts=timeouts)
    mailbox.login(user, PASSWORD)
    mailbox.select("INBOX", readonly=False)
    return mailbox


@pytest.mark.parametrize("fault", [faults.cut_in_literal, faults.stall_in_literal])
def test_a_mail_that_came_half_is_never_given_out(proxy, user, fault):
    mailbox = session(proxy, user)
    proxy.fault_once(fault(10_000))

    got = []
    with pytest.raises(ConnectionLostError):
        got.extend(mailbox.fetch_text([1, 2, 3]))

    assert got == []
    assert mailbox.is_dead
    again = session(proxy, user)
    assert [len(one.raw) for one in again.fetch_text([1, 2, 3])] == [20_002] * 3
    again.close()


@pytest.mark.parametrize("count", [0, 1, 30, 200])
def test_a_cut_anywhere_in_an_answer_is_a_lost_connection(proxy, user, count):
    mailbox = session(proxy, user)
    proxy.fault_once(faults.cut_after(count))

    with pytest.raises(ConnectionLostError):
        list(mailbox.fetch_headers([1, 2, 3, 4, 5]))


def test_an_append_whose_answer_was_lost_can_be_looked_up(proxy, user):
    mailbox = session(proxy, user)
    proxy.fault_once(faults.cut_after_command(b"Message-ID: <lost@c.example>"))

    with pytest.raises(ConnectionLostError):
        mailbox.append("Sent", b"Message-ID: <lost@c.example>\r\n\r\nhi\r\n", date=AT)

    again = session(proxy, user)
    again.select("Sent", readonly=True)
    assert again.search_message_id("lost@c.example") == [1]
    again.close()


def test_bytes_that_dribble_in_are_read_whole(proxy, user):
    proxy.chunk = 7
    mailbox = session(proxy, user, timeouts=Timeouts(connect=5, read=5))

    assert len(list(mailbox.fetch_headers([1, 2, 3, 4, 5]))) == 5
    mailbox.close()


def test_a_dead_link_is_noticed_while_idle(proxy, user):
    mailbox = session(proxy, user)
    threading.Timer(0.1, proxy.links[-1].drop).start()

    with pytest.raises(ConnectionLostError):
        mailbox.idle(20)


def test_a_line_that_swallows_everything_is_noticed_when_idle_is_renewed(proxy, user):
    mailbox = session(proxy, user)
    proxy.fault = faults.stall

    with pytest.raises(ConnectionLostError, match="does not answer"):
        mailbox.idle(0.2)


def test_mail_is_heard_of_over_a_line_that_splits_everything(proxy, dovecot, user):
    proxy.chunk = 1
    mailbox = session(proxy, user, timeouts=Timeouts(connect=5, read=5))
    threading.Thread(target=dovecot.append, args=(user, b"Subject: new\r\n\r\n")).start()

    assert mailbox.idle(20) is IdleEvent.CHANGED
    assert mailbox.uids(6, 10) == [6]
    mailbox.close()
