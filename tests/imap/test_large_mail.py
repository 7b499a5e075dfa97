"""A mail of 50 MB: known at once, fetched when wished for, in pieces, without being held."""

import base64
import hashlib
import re
import signal
import threading
from pathlib import Path

import pytest

from storage.records.local import Wish, WishGone
from storage.sync.summary import GaveUpError
from tests.imap.engine_ground import a_mail, wait_until
from tests.imap.proxy import cut_after, proxied

MB = 1_000_000
MOST_GROWTH = 16 * MB


def video(number, size):
    """Return a file that is like no other, and deterministic."""
    return (hashlib.sha512(b"%d" % number).digest() * (size // 64 + 1))[:size]


def with_video(number, size):
    content = base64.encodebytes(video(number, size)).replace(b"\n", b"\r\n")
    return (
        (
            f"From: Zoe <zoe@acme.example>\r\nSubject: Screen recording {number}\r\n"
            f"Message-ID: <v{number}@acme.example>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=xx\r\n\r\n"
            "--xx\r\nContent-Type: text/plain\r\n\r\nSee the recording.\r\n"
            '--xx\r\nContent-Type: video/mp4; name="recording.mp4"\r\n'
            "Content-Transfer-Encoding: base64\r\n\r\n"
        ).encode()
        + content
        + b"--xx--\r\n"
    )


def offsets(heard):
    """Return (UID, offset) of every piece that was asked for."""
    pattern = rb"UID FETCH (\d+) \(UID BODY\.PEEK\[TEXT\]<(\d+)\.\d+>\)"
    return [(int(found[1]), int(found[2])) for found in re.finditer(pattern, bytes(heard))]


def memory(process, name):
    """Return 'VmRSS' (now) or 'VmHWM' (its peak) of a process, bytes."""
    told = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", told)[1]) * 1024


def forget_peak(process):
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def wish(ground, msgid, kind=Wish, **more):
    ((row_id,),) = ground.rows("SELECT id FROM message WHERE msgid=?", msgid)
    with ground.desk() as desk:
        desk.write(kind(message_id=row_id, **more))


def got(ground):
    return sum(one for (one,) in ground.rows("SELECT got FROM wish"))


def file_of(ground, msgid):
    ((digest,),) = ground.rows(
        "SELECT a.sha256 FROM attachment a JOIN message m ON m.id=a.message_id WHERE m.msgid=?",
        msgid,
    )
    return (ground.folder / "files" / digest.hex()[:2] / digest.hex()).read_bytes()


def has_text(ground, msgid):
    return ground.rows("SELECT has_body FROM message WHERE msgid=?", msgid) == [(1,)]


def slow_until(event):
    """Let little through at a time until `event` is set."""

    def fault(_link, data):
        event.wait(0.03)
        return data

    return fault


def stall_after_pieces(count):
    def fault(link, data):
        if len(offsets(link.proxy.heard)) > count:
            link.stall()
            return b""
        return data

    return fault


def test_32_a_mail_of_50_mb_comes_in_pieces_and_is_never_held(ground):
    ground.server.append(ground.user, with_video(1, 37 * MB), with_video(2, 300_000))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with ground.process("sync") as engine:
            wait_until(lambda: ground.state() == "idle")
            assert has_text(ground, "v2@acme.example")
            assert {one.subject for one in ground.tickets()} >= {"Screen recording 1"}
            assert offsets(proxy.heard) == []
            before = memory(engine, "VmRSS")

            proxy.fault_once(stall_after_pieces(60))
            wish(ground, "v1@acme.example", at_ms=1)
            wait_until(lambda: len(offsets(proxy.heard)) > 60)
            engine.send_signal(signal.SIGKILL)
            engine.wait()

        line_is_free = threading.Event()
        proxy.fault = slow_until(line_is_free)
        with ground.process("sync") as engine:
            wait_until(lambda: len(offsets(proxy.heard)) > 65)
            ground.server.append(ground.user, a_mail(3))
            wait_until(lambda: has_text(ground, "m3@acme.example"))
            assert not has_text(ground, "v1@acme.example")
            line_is_free.set()
            wait_until(lambda: has_text(ground, "v1@acme.example"), seconds=60)
            growth = memory(engine, "VmHWM") - before

    asked = offsets(proxy.heard)
    assert growth < MOST_GROWTH
    # the one that was under way when the engine was killed is asked for twice
    assert sorted(asked)[60:62] == [asked[60]] * 2
    assert len(asked) == len(set(asked)) + 1
    assert file_of(ground, "v1@acme.example") == video(1, 37 * MB)
    assert not any((ground.folder / "coming").iterdir())
    ground.assert_alike("INBOX")


def test_32_no_piece_comes_twice_because_a_connection_was_lost(ground):
    ground.server.append(ground.user, with_video(1, 4 * MB))
    ground.once()
    wish(ground, "v1@acme.example", at_ms=1)
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault_once(cut_after(3 * MB))

        summary = ground.once()

    asked = offsets(proxy.heard)
    assert summary.fetched_bodies == 1
    assert len(asked) == len(set(asked)) + 1
    assert file_of(ground, "v1@acme.example") == video(1, 4 * MB)
    ground.assert_alike("INBOX")


def test_32_a_mail_that_nobody_waits_for_any_more_stops_coming(ground):
    ground.server.append(ground.user, with_video(1, 4 * MB))
    ground.once()
    wish(ground, "v1@acme.example", at_ms=1)
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        line_is_free = threading.Event()
        proxy.fault = slow_until(line_is_free)
        with ground.process("sync"):
            wait_until(lambda: len(offsets(proxy.heard)) > 3)
            wish(ground, "v1@acme.example", kind=WishGone)
            line_is_free.set()
            wait_until(lambda: ground.state() == "idle")
        assert not has_text(ground, "v1@acme.example")
        came = len(set(offsets(proxy.heard)))

        wish(ground, "v1@acme.example", at_ms=1)
        ground.once()

    assert 3 < came < 10
    asked = offsets(proxy.heard)
    assert len(asked) <= len(set(asked)) + 1
    assert has_text(ground, "v1@acme.example")


def test_32_the_numbers_of_another_generation_begin_anew(ground):
    ground.server.append(ground.user, with_video(1, 4 * MB))
    ground.once()
    wish(ground, "v1@acme.example", at_ms=1)
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = cut_after(3 * MB)
        with pytest.raises(GaveUpError):
            ground.once()
        ground.server.change_uidvalidity(ground.user, 77)
        proxy.fault = None
        before = len(offsets(proxy.heard))

        ground.once()

        assert offsets(proxy.heard)[before][1] == 0
    assert file_of(ground, "v1@acme.example") == video(1, 4 * MB)
    assert not any((ground.folder / "coming").iterdir())
