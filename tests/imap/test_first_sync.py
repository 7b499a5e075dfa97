"""Scenarios 1-4: a mailbox that the desk has never seen."""

import signal
import threading

import pytest

from storage.sync.summary import GaveUpError
from tests.imap.engine_ground import a_mail, fetches, wait_until
from tests.imap.proxy import cut_after_command, proxied


def test_01_an_empty_mailbox_is_read_without_asking_for_anything(ground):
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()

        summary = ground.once()

    (inbox, _) = summary.folders
    assert (inbox.name, inbox.server, inbox.imported) == ("INBOX", 0, 0)
    assert b"FETCH" not in proxy.heard
    assert ground.tickets() == []
    ground.assert_alike("INBOX", "Sent")


def test_02_the_newest_200_headers_are_on_the_desk_before_any_body(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(5_000)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = cut_after_command(rb"TEXT")
        with pytest.raises(GaveUpError):
            ground.once()
        held = [uid for (uid,) in ground.rows("SELECT uid FROM place ORDER BY uid")]
        assert (ground.count("message"), ground.count("message", "has_body=1")) == (5_000, 0)

        proxy.fault = None
        summary = ground.once()

    windows = fetches(proxy.heard, "HEADER")
    assert windows[0] == uids[-200:]
    assert windows[1] == uids[-700:-200]
    assert [len(one) for one in windows[:3]] == [200, 500, 500]
    assert held == uids
    assert (summary.fetched_headers, summary.fetched_bodies) == (0, 5_000)
    # the batch that was under way when the line was cut is asked for again, mail by mail
    texts = [uid for some in fetches(proxy.heard, "TEXT") for uid in some]
    assert sorted(set(texts)) == uids
    last = [uid for some in fetches(proxy.heard, "TEXT")[3:] for uid in reversed(some)]
    assert last == sorted(last, reverse=True)
    ground.assert_alike("INBOX")


def test_03_killed_during_backfill_it_goes_on_where_it_was(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(2_000)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.latency = 0.02
        with ground.process("sync", "--once") as engine:
            wait_until(lambda: ground.count("place") >= 700)
            engine.send_signal(signal.SIGKILL)
            engine.wait()
        kept = ground.count("place")
        low = ground.rows("SELECT low_uid FROM folder WHERE name='INBOX'")[0][0]
        asked_before = len(fetches(proxy.heard, "HEADER"))
        proxy.latency = 0

        summary = ground.once()

    assert 700 <= kept < 2_000
    assert low == uids[-kept]
    asked = [uid for some in fetches(proxy.heard, "HEADER")[asked_before:] for uid in some]
    assert sorted(asked) == uids[:-kept]
    assert summary.fetched_headers == 2_000 - kept
    ground.assert_alike("INBOX")


def test_04_mail_that_arrives_during_backfill_is_there_before_it_ends(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(2_500)))
    arrived = []

    def fault(_link, data):
        if not arrived and len(fetches(proxy.heard, "HEADER")) == 3:
            arrived.extend(ground.server.append(ground.user, a_mail(9_999), a_mail(9_998)))
        return data

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = fault

        summary = ground.once()

    windows = fetches(proxy.heard, "HEADER")
    at = windows.index(arrived)
    assert at < len(windows) - 1
    assert sorted(uid for some in windows for uid in some) == uids + arrived
    assert summary.fetched_headers == 2_502
    ground.assert_alike("INBOX")


def test_a_running_engine_ends_within_two_seconds_of_being_asked(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(20)))
    with ground.process("sync") as engine:
        wait_until(lambda: ground.state() == "idle")
        ended = threading.Event()
        threading.Thread(target=lambda: (engine.wait(), ended.set()), daemon=True).start()

        engine.send_signal(signal.SIGTERM)

        assert ended.wait(2)
    assert engine.returncode == 0
    assert ground.state() == "stopped"
    ground.assert_alike("INBOX")
