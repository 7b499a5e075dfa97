"""Scenarios 37, 40: lost connections, dead engines and a second desk while mail is archived."""

import dataclasses
import re
import signal

import pytest

from tests.imap.archive_ground import ALL, archives, close, statuses, subjects
from tests.imap.engine_ground import Ground, a_mail, wait_until
from tests.imap.outbox_ground import queue, the_reply
from tests.imap.proxy import cut_after_command, proxied


@pytest.fixture
def desk_of(dovecots, tmp_path):
    """A desk that archives, on a server without some capabilities."""

    def of(*without):
        server = dovecots(without=without)
        return archives(Ground(server, server.new_user(), tmp_path / "desk", server.address()))

    return of


STEPS = [
    ((), rb"UID MOVE"),
    (("MOVE",), rb"UID COPY"),
    (("MOVE",), rb"UID STORE"),
    (("MOVE",), rb"UID EXPUNGE"),
]


@pytest.mark.parametrize(("without", "command"), STEPS)
def test_37_a_line_lost_before_the_server_says_it_was_done_makes_no_second_copy(
    desk_of, without, command
):
    ground = desk_of(*without)
    ground.server.append(ground.user, *(a_mail(n) for n in range(4)))
    ground.once()
    close(ground, 1, 2)
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault_once(cut_after_command(command))

        summary = ground.once()

    assert len(proxy.links) == 2
    assert summary.fetched_bodies == 0
    assert subjects(ground, "INBOX") == ["Question 0", "Question 3"]
    assert subjects(ground, "Archive") == ["Question 1", "Question 2"]
    assert ground.count("archiving") == 0
    ground.assert_alike(*ALL)


@pytest.mark.parametrize(("without", "command"), STEPS)
def test_37_killed_before_the_server_says_it_was_done_the_next_engine_makes_no_second_copy(
    desk_of, without, command
):
    ground = desk_of(*without)
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    close(ground)

    def kill(link, data):
        if re.search(command, bytes(link.proxy.heard)) and engine.poll() is None:
            engine.send_signal(signal.SIGKILL)
            engine.wait(10)
            link.cut()
            return b""
        return data

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = kill
        with ground.process("sync", "--once") as engine:
            wait_until(lambda: engine.poll() is not None)
    assert engine.returncode == -signal.SIGKILL
    assert ground.count("archiving") == 1

    ground.imap = ground.server.address()
    summary = ground.once()

    assert summary.fetched_bodies == 0
    assert (subjects(ground, "INBOX"), subjects(ground, "Archive")) == ([], ["Question 1"])
    assert (statuses(ground), ground.count("archiving")) == (["closed"], 0)
    ground.assert_alike(*ALL)


def test_37_a_line_lost_after_the_copy_for_sent_was_taken_makes_no_second_copy(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault_once(cut_after_command(rb"APPEND [^\r]*\r\n(?s:.*)Please try"))

        ground.once()

    assert len(proxy.links) == 2
    assert (len(sink.mails), the_reply(ground).state) == (1, "sent")
    assert len(ground.server.uids(ground.user, "Sent")) == 1
    ground.assert_alike("INBOX", "Sent")


def other_desk(ground):
    return archives(dataclasses.replace(ground, folder=ground.folder.with_name("other")))


def just_before(command, act):
    """Do something once, while the server's last answer before `command` is on its way."""
    done = []

    def fault(link, data):
        if not done and re.search(command, bytes(link.proxy.heard)):
            done.append(True)
            act()
        return data

    return fault


@pytest.mark.parametrize("without", [(), ("MOVE",)])
def test_40_of_two_desks_that_closed_the_same_ticket_the_second_finds_its_mail_moved(
    desk_of, without
):
    ground = desk_of(*without)
    ground.server.append(ground.user, a_mail(1))
    other = other_desk(ground)
    for one in (ground, other):
        one.once()
        close(one)

    ground.once()
    other.once()

    assert (subjects(ground, "INBOX"), subjects(ground, "Archive")) == ([], ["Question 1"])
    for one in (ground, other):
        assert (statuses(one), one.count("archiving")) == (["closed"], 0)
        assert (one.count("ticket", "category='usability'"), one.count("ticket_link")) == (1, 1)
        one.assert_alike(*ALL)


@pytest.mark.parametrize("without", [(), ("MOVE",)])
def test_40_a_mail_that_the_other_desk_moves_under_our_hands_is_lost_to_nobody(desk_of, without):
    ground = desk_of(*without)
    ground.server.append(ground.user, a_mail(1), a_mail(2))
    other = other_desk(ground)
    for one in (ground, other):
        one.once()
        close(one, 1)
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        # ours has looked and opens the inbox to move: the other one is quicker
        proxy.fault = just_before(rb'SELECT "INBOX"', other.once)

        ground.once()

    assert subjects(ground, "INBOX") == ["Question 2"]
    assert subjects(ground, "Archive") == ["Question 1"]
    for one in (ground, other):
        assert (statuses(one), one.count("archiving")) == (["closed", "new"], 0)
        one.assert_alike(*ALL)


@pytest.mark.parametrize("without", [(), ("MOVE",)])
def test_40_a_mail_that_vanished_before_its_ticket_is_archived_ends_it_well(desk_of, without):
    ground = desk_of(*without)
    uids = ground.server.append(ground.user, a_mail(1), a_mail(2))
    ground.once()
    close(ground, 1)
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = just_before(
            rb'SELECT "INBOX"', lambda: ground.server.expunge(ground.user, uids[:1])
        )

        ground.once()

    assert (subjects(ground, "INBOX"), subjects(ground, "Archive")) == (["Question 2"], [])
    assert (statuses(ground), ground.count("archiving")) == (["closed", "new"], 0)
    assert ground.count("message", "has_body=1") == 2
    ground.assert_alike(*ALL)
