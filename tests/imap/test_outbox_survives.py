"""The engine's process killed between any two steps of a reply: it is neither lost nor sent twice.

The servers stall at the step; then `kill -9`. What a person does about a reply that may have
been sent is theirs to decide, and visible.
"""

import re
import signal

import pytest

from storage.changes.reply import ParkReply, RetryReply
from storage.errors import DeskUnavailableError
from storage.mail.compose import OutgoingFile
from storage.sync.summary import GaveUpError
from tests.factories import ANA
from tests.imap.engine_ground import NOWHERE, a_mail, wait_until
from tests.imap.outbox_ground import now, queue, the_reply
from tests.imap.proxy import proxied


def killed_while(ground, certificate_file, is_reached):
    """Run the engine until it is where the test wants it, then kill it."""
    with ground.process("sync", "--once", SSL_CERT_FILE=str(certificate_file)) as engine:
        wait_until(is_reached)
        engine.send_signal(signal.SIGKILL)
        engine.wait()


def sent_count(ground):
    return len(ground.server.uids(ground.user, "Sent"))


@pytest.fixture
def queued(post):
    """A reply that is due, and nothing else to do."""
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    return ground, sink, queue(ground)


def test_killed_in_the_undo_time_it_leaves_later_once(post, certificate_file):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground, undo_seconds=3)

    killed_while(ground, certificate_file, lambda: ground.state() == "syncing")
    assert the_reply(ground).state == "queued"
    ground.once()

    assert len(sink.mails) == sent_count(ground) == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_killed_before_the_354_it_leaves_with_the_next_run(queued, certificate_file, step):
    ground, sink, _ = queued
    sink.stalls.add(step)

    killed_while(ground, certificate_file, sink.stalled.is_set)
    assert the_reply(ground).state == "sending"
    sink.stalls.clear()
    summary = ground.once()

    assert (summary.sent, the_reply(ground).state) == (1, "sent")
    assert len(sink.mails) == sent_count(ground) == 1
    ground.assert_alike("INBOX", "Sent")


def test_killed_before_the_354_it_can_be_taken_back_without_a_server(queued, certificate_file):
    ground, sink, reply = queued
    sink.stalls.add("MAIL")
    killed_while(ground, certificate_file, sink.stalled.is_set)
    ground.imap = NOWHERE

    with pytest.raises(GaveUpError):
        ground.once()

    with ground.desk() as desk:
        desk.commit(ParkReply(outbox_id=reply.outbox_id, at=now()), actor=ANA)
    assert ground.count("outbox") == 0


@pytest.mark.parametrize(("step", "taken"), [("BODY", 0), ("TAKEN", 1)])
def test_killed_after_the_354_a_person_decides(queued, certificate_file, step, taken):
    ground, sink, reply = queued
    sink.stalls.add(step)

    killed_while(ground, certificate_file, sink.stalled.is_set)
    assert the_reply(ground).state == "handing_over"
    sink.stalls.clear()
    for _ in range(2):
        ground.once()

    row = the_reply(ground)
    assert (row.state, len(sink.mails)) == ("held", taken)
    assert "may have been sent" in row.error
    with ground.desk() as desk:
        desk.commit(RetryReply(outbox_id=reply.outbox_id, not_before=now()), actor=ANA)
    ground.once()
    assert (the_reply(ground).state, len(sink.mails)) == ("sent", taken + 1)


def test_killed_after_the_354_a_copy_in_sent_proves_that_it_left(queued, certificate_file):
    ground, sink, _ = queued
    sink.on_mail = lambda mail: ground.server.append(ground.user, mail.content, folder="Sent")
    sink.stalls.add("TAKEN")

    killed_while(ground, certificate_file, sink.stalled.is_set)
    assert the_reply(ground).state == "handing_over"
    sink.stalls.clear()
    ground.once()

    assert the_reply(ground).state == "sent"
    assert len(sink.mails) == sent_count(ground) == 1
    ground.assert_alike("INBOX", "Sent")


# what the mailbox has heard when it falls silent: nothing of the copy yet, all of it, the mark
FILING = [
    rb"APPEND [^\r]*\{\d+\+?\}\r\n",
    rb"APPEND [^\r]*\r\n(?s:.*)Please try",
    rb"UID STORE ",
]


@pytest.mark.parametrize("heard", FILING)
def test_killed_after_it_was_accepted_it_is_filed_once_and_never_sent_again(
    queued, certificate_file, heard
):
    ground, sink, _ = queued
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()

        def fault(link, data):
            if re.search(heard, bytes(proxy.heard)):
                link.stall()
                return b""
            return data

        proxy.fault = fault
        killed_while(ground, certificate_file, lambda: any(link.is_stalled for link in proxy.links))
    assert the_reply(ground).state == "accepted"
    assert ground.count("message", "direction='out'") == 1
    ground.imap = ground.server.address()

    ground.once()

    assert the_reply(ground).state == "sent"
    assert len(sink.mails) == sent_count(ground) == 1
    assert "\\Answered" in ground.server.flags(ground.user)[1]
    ground.assert_alike("INBOX", "Sent")


@pytest.mark.parametrize("drop", ["MAIL", "RCPT"])
def test_a_line_lost_before_the_354_is_for_later(queued, drop):
    ground, sink, _ = queued
    sink.drops.add(drop)

    ground.once()

    assert (the_reply(ground).state, sink.mails) == ("queued", [])


@pytest.mark.parametrize("drop", ["354", "BODY"])
def test_a_line_lost_after_the_354_holds_it_at_once(queued, drop):
    ground, sink, _ = queued
    sink.drops.add(drop)

    summary = ground.once()

    assert (the_reply(ground).state, summary.held) == ("held", 1)
    assert "may have been sent" in the_reply(ground).error


def test_a_server_that_takes_no_copy_changes_nothing_about_what_left(queued):
    ground, sink, _ = queued
    ground.server.doveadm("mailbox", "delete", "-u", ground.user, "Sent")
    ground.server.doveadm("mailbox", "create", "-u", ground.user, "Sent")

    ground.once()

    assert (the_reply(ground).state, len(sink.mails), sent_count(ground)) == ("sent", 1, 1)
    ground.assert_alike("INBOX", "Sent")


def test_a_disk_that_takes_no_files_is_told_before_the_server_has_the_reply(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground, files=(OutgoingFile(filename="trace.txt", mime="text/plain", content=b"up"),))
    in_the_way = ground.folder / "files"
    in_the_way.write_text("no folder")

    with pytest.raises(DeskUnavailableError, match="could not be written"):
        ground.once()
    assert (len(sink.mails), the_reply(ground).state) == (0, "sending")
    in_the_way.unlink()
    ground.once()

    assert (len(sink.mails), the_reply(ground).state) == (1, "sent")


def test_asked_to_end_while_the_sending_server_is_silent_it_ends_and_keeps_the_reply(
    queued, certificate_file
):
    ground, sink, _ = queued
    with ground.process("sync", SSL_CERT_FILE=str(certificate_file)) as engine:
        sink.stalls.add("DATA")
        wait_until(sink.stalled.is_set)
        engine.send_signal(signal.SIGTERM)

        assert engine.wait(3) == 0

    assert the_reply(ground).state == "sending"
    sink.stalls.clear()
    ground.once()
    assert len(sink.mails) == 1
