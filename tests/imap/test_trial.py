"""A trial on a real mailbox: only reading commands ever leave, and nothing is decided."""

import re

import pytest

from storage.errors import ServerError
from storage.mail import imap
from tests.imap.dovecot import PASSWORD
from tests.imap.engine_ground import a_mail, wait_until
from tests.imap.outbox_ground import queue, the_reply
from tests.imap.proxy import proxied

READING = {
    *("CAPABILITY", "LOGIN", "AUTHENTICATE", "ID", "ENABLE", "NAMESPACE", "LIST", "EXAMINE"),
    *("STATUS", "NOOP", "IDLE", "LOGOUT", "UID FETCH", "UID SEARCH", "FETCH", "SEARCH"),
}
COMMAND = re.compile(rb"^[A-Z]{4}\d+ (UID \w+|\w+)", re.MULTILINE)


def commands(proxy):
    return [found.decode().upper() for found in COMMAND.findall(bytes(proxy.heard))]


def assert_only_read(proxy):
    heard = bytes(proxy.heard)
    assert {"EXAMINE", "UID FETCH"} <= set(commands(proxy)) <= READING
    assert b"BODY[" not in heard
    assert b"RFC822" not in heard.replace(b"RFC822.SIZE", b"")


@pytest.fixture
def mailbox(ground):
    ground.server.append(ground.user, *(a_mail(n, text="word " * 3_000) for n in range(30)))
    return {name: ground.server.flags(ground.user, name) for name in ("INBOX", "Sent", "Archive")}


def flags(ground, names):
    return {name: ground.server.flags(ground.user, name) for name in names}


def test_an_engine_on_trial_sends_no_command_that_could_change_anything(post, certificate_file):
    ground, sink = post
    ground.server.append(ground.user, *(a_mail(n, text="word " * 3_000) for n in range(30)))
    before = flags(ground, ["INBOX", "Sent"])
    ground.once(is_readonly=True)
    queue(ground)
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with ground.process("--readonly", "sync", SSL_CERT_FILE=str(certificate_file)) as engine:
            wait_until(lambda: ground.state() == "idle")
            ground.server.append(ground.user, a_mail(99))
            wait_until(lambda: ground.count("message", "has_body=1") == 31)
            wait_until(lambda: ground.state() == "idle")
            assert ground.status()["mode"] == "readonly"
            engine.terminate()
            assert engine.wait(3) == 0

        assert_only_read(proxy)
    after = flags(ground, ["INBOX", "Sent"])
    assert after["Sent"] == before["Sent"]
    assert {uid: after["INBOX"][uid] for uid in before["INBOX"]} == before["INBOX"]
    assert (sink.said, the_reply(ground).state) == ([], "queued")


def test_a_single_run_on_trial_reads_and_ends(ground, mailbox):
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with ground.process("--readonly", "sync", "--once", "--json") as engine:
            engine.communicate(timeout=60)

        assert engine.returncode == 0
        assert_only_read(proxy)
    assert flags(ground, mailbox) == mailbox


def test_doctor_on_trial_calls_no_server_that_sends(post, certificate_file):
    ground, sink = post
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with ground.process("--readonly", "doctor", SSL_CERT_FILE=str(certificate_file)) as process:
            told, _ = process.communicate(timeout=60)

        assert "Read-only: no decision is taken" in told
        assert "sends nothing" in told
        assert set(commands(proxy)) <= READING
    assert (sink.said, sink.logins) == ([], [])


@pytest.mark.parametrize(
    "write",
    [
        lambda box: box.select("INBOX", readonly=False),
        lambda box: box.create("New"),
        lambda box: box.add_flags([1], ["\\Seen"]),
        lambda box: box.append("Sent", a_mail(2), date=None),
    ],
    ids=["select", "create", "store", "append"],
)
def test_what_could_change_the_mailbox_is_refused_before_a_byte_of_it_leaves(ground, write):
    ground.server.append(ground.user, a_mail(1))
    with proxied(ground.server.port) as proxy:
        box = imap.connect(proxy.address())
        box.login(ground.user, PASSWORD)
        box.only_read()
        box.select("INBOX", readonly=True)
        heard = bytes(proxy.heard)

        with pytest.raises(ServerError, match="only read"):
            write(box)

        assert bytes(proxy.heard) == heard
        assert not box.is_dead
        box.select("INBOX", readonly=True)
        assert box.uids(1, 9) == [1]
        box.close()


def test_the_console_of_later_decides_and_its_engine_sends(post, certificate_file):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    with ground.process("--readonly", "sync", "--once", SSL_CERT_FILE=str(certificate_file)) as one:
        one.communicate(timeout=60)
    assert one.returncode == 0

    queue(ground)
    ground.once()

    assert (len(sink.mails), the_reply(ground).state) == (1, "sent")
    ground.assert_alike("INBOX", "Sent")
