"""Scenarios 23, 24, 28, 31: connections that break or fall silent, no IDLE, a wrong password."""

import json
import re
import signal
import time
from contextlib import contextmanager

import pytest

from storage.records.local import ViewState
from storage.sync.setup import Setup
from storage.sync.summary import GaveUpError
from tests.imap.engine_ground import Ground, a_mail, ask, fetches, running, wait_until
from tests.imap.proxy import cut_in_literal, proxied, stall, stall_in_literal


def test_23_a_line_cut_inside_a_mail_stores_no_half_of_it(ground):
    body = "A long story. " * 5_000
    ground.server.append(ground.user, *(a_mail(n, text=body) for n in range(10)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault_once(cut_in_literal(smallest=50_000))

        summary = ground.once()

    assert len(proxy.links) == 2
    assert summary.fetched_bodies == 10
    assert all(
        len(text) >= len(body.strip()) for (text,) in ground.rows("SELECT body FROM message_text")
    )
    ground.assert_alike("INBOX")


def test_23_three_lost_connections_end_a_single_run_and_the_next_one_finishes(ground):
    ground.server.append(ground.user, *(a_mail(n, text="x" * 90_000) for n in range(3)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = cut_in_literal(smallest=50_000)

        with pytest.raises(GaveUpError) as gave_up:
            ground.once()

    assert len(proxy.links) == 3
    assert (gave_up.value.summary.fetched_headers, gave_up.value.summary.fetched_bodies) == (3, 0)
    ground.imap = ground.server.address()
    assert ground.once().fetched_bodies == 3
    ground.assert_alike("INBOX")


def test_23_a_mail_that_kills_every_connection_is_passed_in_the_end(ground, monkeypatch):
    monkeypatch.setattr("storage.sync.waiting._SHORTEST", 0.01)
    ground.server.append(
        ground.user, a_mail(1), a_mail(2, text="poison " * 10_000), a_mail(3), a_mail(4)
    )
    with proxied(ground.server.port) as proxy, running_through(ground, proxy):
        proxy.fault = cut_in_literal(smallest=50_000)

        wait_until(lambda: ground.count("message", "has_body=1") == 4)

    ((defects,),) = ground.rows("SELECT defects FROM message WHERE msgid='m2@acme.example'")
    assert json.loads(defects) == ["The server does not give its text."]
    assert ground.count("message", "snippet LIKE 'It fails.%'") == 3


@contextmanager
def running_through(ground, proxy, **changes):
    ground.imap = proxy.address()
    with running(ground, **changes):
        yield


def test_24_silence_inside_a_mail_gives_the_connection_up(ground):
    ground.server.append(ground.user, *(a_mail(n, text="y" * 60_000) for n in range(5)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault_once(stall_in_literal(smallest=50_000))

        summary = ground.once(terms=ground.impatient())

    assert len(proxy.links) == 2
    assert summary.fetched_bodies == 5
    ground.assert_alike("INBOX")


def test_24_a_dead_idle_is_noticed_and_the_mail_that_came_meanwhile_is_fetched(ground, monkeypatch):
    monkeypatch.setattr("storage.sync.runner._RENEW_SECONDS", 0.3)
    monkeypatch.setattr("storage.sync.runner._BACKGROUND_POLL_SECONDS", 0.3)
    monkeypatch.setattr("storage.sync.waiting._SHORTEST", 0.05)
    ground.server.append(ground.user, a_mail(1))
    with (
        proxied(ground.server.port) as proxy,
        running_through(ground, proxy, terms=ground.impatient()),
    ):
        wait_until(lambda: ground.state() == "idle")
        proxy.fault_once(stall)
        ground.server.append(ground.user, a_mail(2))

        wait_until(lambda: ground.count("message", "has_body=1") == 2)

        assert len(proxy.links) >= 2
    ground.assert_alike("INBOX")


def test_25_a_server_that_ends_idle_is_left_and_found_again(ground, monkeypatch):
    monkeypatch.setattr("storage.sync.waiting._SHORTEST", 0.05)
    with running(ground):
        wait_until(lambda: ground.state() == "idle")
        ground.server.kick(ground.user)
        ground.server.append(ground.user, a_mail(1))

        wait_until(lambda: ground.count("message", "has_body=1") == 1)


def test_mail_that_arrives_while_idle_is_here_at_once(ground):
    with running(ground):
        wait_until(lambda: ground.state() == "idle")

        ground.server.append(ground.user, a_mail(1))

        wait_until(lambda: ground.count("message", "has_body=1") == 1, seconds=5)
    ground.assert_alike("INBOX")


def test_28_without_idle_the_server_is_polled_and_a_person_need_not_wait(
    dovecots, tmp_path, monkeypatch
):
    server = dovecots(without=("IDLE",))
    ground = Ground(server, server.new_user(), tmp_path / "desk", server.address())
    monkeypatch.setattr("storage.sync.runner._BACKGROUND_POLL_SECONDS", 0.5)
    with running(ground):
        wait_until(lambda: ground.state() == "polling")
        ground.server.append(ground.user, a_mail(1))
        wait_until(lambda: ground.count("message", "has_body=1") == 1)

        monkeypatch.setattr("storage.sync.runner._BACKGROUND_POLL_SECONDS", 3_600.0)
        wait_until(lambda: ground.state() == "polling")
        ask(ground)
        ground.server.append(ground.user, a_mail(2))
        wait_until(lambda: (ask(ground), ground.count("message", "has_body=1") == 2)[1])
    ground.assert_alike("INBOX")


def test_31_a_wrong_password_stops_is_told_and_never_tried_again_by_itself(ground, monkeypatch):
    monkeypatch.setattr("storage.sync.waiting._CONFIG_SECONDS", 0.05)
    right = ground.orders().give_setup()
    given = [Setup(account=right.account, password="hunter2"), right]
    asked = []

    def give_setup():
        asked.append(len(asked))
        return given[min(len(asked), len(given)) - 1]

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        given[:] = [Setup(account=ground.orders().give_setup().account, password="hunter2")]
        with running(ground, give_setup=give_setup):
            wait_until(lambda: ground.state() == "stopped")
            with ground.desk() as desk:
                for number in range(5):
                    # somebody works on, which wakes the engine
                    desk.write(ViewState(key="inbox.scroll", value=str(number)))
            time.sleep(0.5)
            assert len(proxy.links) == 1
            status = ground.status()
            assert "refuses the login" in status["error"]
            assert "hunter2" not in json.dumps(status)

            given.append(ground.orders().give_setup())
            ask(ground)

            wait_until(lambda: ground.state() == "idle")
        assert len(proxy.links) == 2


def test_31_a_mended_configuration_is_tried_without_being_asked(ground, monkeypatch):
    monkeypatch.setattr("storage.sync.waiting._CONFIG_SECONDS", 0.05)
    right = ground.orders().give_setup()
    given = [Setup(account=right.account, password="wrong")]
    with running(ground, give_setup=lambda: given[-1], fingerprint=lambda: len(given)):
        wait_until(lambda: ground.state() == "stopped")

        given.append(right)

        wait_until(lambda: ground.state() == "idle")


def test_31_a_wrong_password_ends_a_single_run_with_status_5_and_its_summary(ground):
    with ground.process("sync", "--once", "--json", DESK_PASSWORD="hunter2") as engine:
        out, err = engine.communicate(timeout=20)

    assert engine.returncode == 5
    assert json.loads(out)["fetched_headers"] == 0
    told = json.loads(err.splitlines()[-1])
    assert told["error"] == "login_refused"
    assert "hunter2" not in out + err


def test_a_single_run_prints_the_summary_that_scripts_rely_on(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(3)))
    with ground.process("sync", "--once", "--json") as engine:
        out, _ = engine.communicate(timeout=20)

    summary = json.loads(out)
    assert engine.returncode == 0
    assert list(summary) == [
        *("folders", "fetched_headers", "fetched_bodies", "body_bytes"),
        *("sent", "failed", "held", "seconds"),
    ]
    inbox = summary["folders"][0]
    assert inbox.pop("uidvalidity") > 0
    assert inbox == {
        "name": "INBOX",
        "role": "intake",
        "server": 3,
        "imported": 3,
        "skipped": 0,
        "skipped_why": [],
    }


def test_a_second_engine_on_a_desk_is_refused_with_status_6(ground):
    with ground.process("sync") as engine:
        wait_until(lambda: ground.state() == "idle")
        with ground.process("sync", "--once", "--json") as other:
            _, err = other.communicate(timeout=20)
        assert other.returncode == 6
        assert json.loads(err.splitlines()[-1])["error"] == "desk_unavailable"
        engine.send_signal(signal.SIGTERM)
        engine.wait(5)


def test_a_readonly_engine_writes_nothing_to_the_server(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(3)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        ground.once(is_readonly=True)

    words = set(re.findall(rb"^\w+ (?:UID )?(\w+)", bytes(proxy.heard), re.MULTILINE))
    assert not words & {b"SELECT", b"STORE", b"APPEND", b"CREATE", b"EXPUNGE", b"COPY", b"MOVE"}
    assert ground.status()["mode"] == "readonly"
    assert len(fetches(proxy.heard, "TEXT")) == 1
