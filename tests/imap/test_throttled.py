"""Scenarios 29, 30: a server that has had enough of us."""

import time

import pytest

from storage.sync.summary import GaveUpError
from tests.imap.engine_ground import Ground, a_mail, fetches, wait_until
from tests.imap.proxy import proxied, throttle
from tests.imap.test_bad_lines import ask, running

STATED_SECONDS = 1.5


def logins(proxy):
    return proxy.heard.count(b"AUTHENTICATE") + proxy.heard.count(b"LOGIN")


def test_29_a_throttled_request_is_tried_again_after_the_stated_time_with_half_the_mails(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(700)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault_once(throttle(rb"FETCH.*HEADER.*\r\n.*\r\n.*FETCH.*HEADER"))
        begun = time.monotonic()

        summary = ground.once()

    assert time.monotonic() - begun >= STATED_SECONDS
    assert len(proxy.links) == logins(proxy) == 2
    asked = [len(some) for some in fetches(proxy.heard, "HEADER")]
    assert (asked[:2], max(asked[2:])) == ([200, 500], 250)
    assert (summary.fetched_headers, summary.fetched_bodies) == (700, 700)
    ground.assert_alike("INBOX")


def test_29_a_throttled_engine_says_until_when_and_nobody_makes_it_come_sooner(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(20)))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault_once(throttle(rb"FETCH"))
        with running(ground):
            wait_until(lambda: ground.state() == "waiting")
            begun = time.monotonic()
            said = ground.status()
            ask(ground)
            wait_until(lambda: ground.state() == "idle")
            took = time.monotonic() - begun

    assert "Suggested Backoff Time: 1500 milliseconds" in said["error"]
    assert said["next_try"] >= said["since"] + STATED_SECONDS * 1000
    assert took >= STATED_SECONDS - 0.3
    assert logins(proxy) == 2
    ground.assert_alike("INBOX")


def test_29_a_time_that_is_too_long_for_a_single_run_ends_it_at_once(ground):
    ground.server.append(ground.user, a_mail(1))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault_once(throttle(rb"FETCH", milliseconds=300_000))

        with pytest.raises(GaveUpError, match="throttled"):
            ground.once()

    assert logins(proxy) == 1
    ground.imap = ground.server.address()
    ground.once()
    ground.assert_alike("INBOX")


@pytest.fixture
def narrow(dovecots, tmp_path):
    """A server that lets in one connection of a user."""
    server = dovecots(most_connections=1)
    return Ground(server, server.new_user(), tmp_path / "desk", server.address())


def test_30_one_connection_is_all_that_the_engine_needs(narrow):
    ground = narrow
    ground.server.append(ground.user, *(a_mail(n) for n in range(300)))

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        ground.once()

    assert (len(proxy.links), logins(proxy)) == (1, 1)
    ground.assert_alike("INBOX")


def test_30_a_mailbox_that_is_full_of_connections_is_tried_seldom_and_says_so(narrow):
    ground = narrow
    ground.server.append(ground.user, a_mail(1))
    with (
        proxied(ground.server.port) as proxy,
        ground.server.client(ground.user),
    ):
        ground.imap = proxy.address()
        with running(ground):
            wait_until(lambda: ground.state() == "waiting")
            said = ground.status()

    assert "Maximum number of connections" in said["error"]
    assert said["next_try"] >= said["since"] + 14_000
    assert logins(proxy) <= 2  # one, and perhaps the wish with which the test ends it
    ground.imap = ground.server.address()
    ground.once()
    ground.assert_alike("INBOX")


def test_30_it_goes_on_once_the_other_connection_is_gone(narrow):
    ground = narrow
    ground.server.append(ground.user, a_mail(1))
    with ground.server.client(ground.user):
        with pytest.raises(GaveUpError, match="Maximum number of connections") as gave_up:
            ground.once()
        assert gave_up.value.code == "not_now"

    ground.once()

    ground.assert_alike("INBOX")
