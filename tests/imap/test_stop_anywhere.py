"""SIGTERM at any moment: status 0 within two seconds, nothing torn, nothing lost or sent twice."""

import random
import signal
import socket
import time
from contextlib import contextmanager

import pytest

from storage.db.locks import WriteLock
from storage.records.account import Security, ServerAddress
from tests.imap.engine_ground import a_mail, wait_until
from tests.imap.outbox_ground import queue, the_reply
from tests.imap.proxy import proxied, stall_in_literal
from tests.imap.scripted import scripted

SECONDS = 4.0
"Two on a quiet machine; the suite may run beside other work."


def end(engine):
    """Ask the engine to end; return how long that took."""
    begun = time.monotonic()
    engine.send_signal(signal.SIGTERM)
    assert engine.wait(10) == 0, engine.stderr.read()
    return time.monotonic() - begun


@contextmanager
def deaf(*, is_full=False, security=Security.NONE):
    """Listen without a word; with `is_full` not even a connection comes about."""
    with socket.create_server(("127.0.0.1", 0), backlog=0 if is_full else 5) as listener:
        port = listener.getsockname()[1]
        fillers = []
        for _ in range(2 if is_full else 0):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            fillers.append(one)
        try:
            yield ServerAddress("127.0.0.1", port, security)
        finally:
            for one in fillers:
                one.close()


@pytest.mark.parametrize(
    "settings",
    [{"is_full": True}, {}, {"security": Security.TLS}],
    ids=["connecting", "greeting", "TLS handshake"],
)
def test_while_a_server_says_nothing_at_all(ground, settings):
    with deaf(**settings) as nowhere:
        ground.imap = nowhere
        with ground.process("sync") as engine:
            wait_until(lambda: ground.state() == "connecting")
            assert end(engine) < SECONDS


def test_while_the_login_is_judged(ground):
    def never_says(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        peer.line()
        peer.stall()

    with scripted(never_says) as server:
        ground.imap = server.address()
        with ground.process("sync") as engine:
            wait_until(lambda: any(b"LOGIN" in line for line in server.heard))
            assert end(engine) < SECONDS


def test_inside_a_literal(ground):
    ground.server.append(ground.user, a_mail(1, text="y" * 90_000))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault_once(stall_in_literal(smallest=50_000))
        with ground.process("sync") as engine:
            wait_until(lambda: any(link.is_stalled for link in proxy.links))
            assert end(engine) < SECONDS
    ground.imap = ground.server.address()
    assert ground.once().fetched_bodies == 1
    ground.assert_alike("INBOX")


def test_in_idle_and_in_the_pause_before_the_next_try(ground):
    with ground.process("sync") as engine:
        wait_until(lambda: ground.state() == "idle")
        assert end(engine) < SECONDS
    ground.imap = ground.smtp
    with ground.process("sync") as engine:
        wait_until(lambda: ground.state() == "waiting")
        assert end(engine) < SECONDS


def test_while_somebody_else_holds_the_desk_for_writing(ground):
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with ground.process("sync") as engine:
            wait_until(lambda: ground.state() == "idle")
            lock = WriteLock(ground.folder)
            with lock.held():
                ground.server.append(ground.user, a_mail(1))
                # it has heard of the mail; to take it in it waits for its turn
                wait_until(lambda: b"DONE" in bytes(proxy.heard))
                assert end(engine) < SECONDS
            lock.close()
    ground.imap = ground.server.address()
    assert ground.once().fetched_headers == 1
    ground.assert_alike("INBOX")


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY", "TAKEN"])
def test_while_a_reply_leaves(post, certificate_file, step):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    sink.stalls = {step}
    with ground.process("sync", SSL_CERT_FILE=str(certificate_file)) as engine:
        assert sink.stalled.wait(20)
        assert end(engine) < SECONDS
    sink.stalls = set()

    ground.once()

    before_the_mail = step in {"MAIL", "RCPT", "DATA"}
    reply = the_reply(ground)
    assert len(sink.mails) == (0 if step == "BODY" else 1)
    # between 354 and 250 nobody knows: a person decides, and nothing leaves twice
    assert reply.state == ("sent" if before_the_mail else "held")


def test_at_random_moments_of_a_first_sync(ground):
    moments = random.Random(4)
    ground.server.append(ground.user, *(a_mail(n, text="word " * 900) for n in range(200)))
    with ground.process("sync", "--once") as whole:
        begun = time.monotonic()
        wait_until(lambda: ground.count("message") > 0)
        started = time.monotonic() - begun
        whole.kill()
    for _ in range(8):
        with ground.process("sync") as engine:
            wait_until(lambda engine=engine: _hears(engine.pid))
            time.sleep(moments.uniform(0, started * 2))
            assert end(engine) < SECONDS
    ground.once()

    ground.assert_alike("INBOX")


def _hears(pid):
    """Whether a process has begun to mind SIGTERM itself."""
    with open(f"/proc/{pid}/status") as file:  # noqa: PTH123 - no file of ours
        caught = next(line for line in file if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
