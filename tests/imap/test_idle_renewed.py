"""Scenario 27: a connection that is waited on for days."""

import re

import pytest

from tests.imap.engine_ground import Ground, a_mail, wait_until
from tests.imap.proxy import proxied
from tests.imap.test_bad_lines import running


@pytest.fixture
def one_folder(dovecots, tmp_path, monkeypatch):
    """A mailbox of one folder, whose IDLE is renewed quickly."""
    monkeypatch.setattr("storage.sync.runner._RENEW_SECONDS", 0.3)
    monkeypatch.setattr("storage.sync.runner._POLL_SECONDS", 3_600.0)
    monkeypatch.setattr("storage.sync.runner._BACKGROUND_POLL_SECONDS", 3_600.0)
    monkeypatch.setattr("storage.sync.waiting._SHORTEST", 0.05)
    server = dovecots(roles=False)
    return Ground(server, server.new_user(), tmp_path / "desk", server.address())


def said(proxy):
    """Return the client's commands without their tags, in order."""
    lines = bytes(proxy.heard).split(b"\r\n")
    return [one if one == b"DONE" else one.partition(b" ")[2] for one in lines if one]


def renewals(proxy):
    heard = b"|".join(said(proxy))
    return re.findall(rb"IDLE\|DONE\|(?:EXAMINE|SELECT) [^|]*INBOX", heard)


def keeping_to_itself(link, data):
    """Be a server that never speaks of its own accord while it is idled on."""
    is_idle = bytes(link.proxy.heard).endswith(b"IDLE\r\n")
    return re.sub(rb"\* \d+ (EXISTS|RECENT)\r\n", b"", data) if is_idle else data


def test_27_idle_is_ended_and_begun_anew_with_a_look_although_nothing_happened(one_folder):
    ground = one_folder
    ground.server.append(ground.user, a_mail(1))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with running(ground):
            wait_until(lambda: len(renewals(proxy)) >= 3)

    assert len(proxy.links) == 1
    ground.assert_alike("INBOX")


def test_27_what_a_server_kept_to_itself_while_idle_is_found_at_the_renewal(one_folder):
    ground = one_folder
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = keeping_to_itself
        with running(ground):
            wait_until(lambda: said(proxy)[-1:] == [b"IDLE"])
            ground.server.append(ground.user, a_mail(1))

            wait_until(lambda: ground.count("message", "has_body=1") == 1)
            wait_until(lambda: ground.count("folder", "server_count=1") == 1)

    assert len(proxy.links) == 1
    ground.assert_alike("INBOX")


def test_27_an_idle_that_a_nat_has_killed_is_found_at_the_renewal(one_folder):
    ground = one_folder
    ground.server.append(ground.user, a_mail(1))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with running(ground, terms=ground.impatient()):
            wait_until(lambda: ground.state() == "idle")
            proxy.links[0].is_stalled = True
            ground.server.append(ground.user, a_mail(2))

            wait_until(lambda: ground.count("message", "has_body=1") == 2)

            assert len(proxy.links) >= 2
    ground.assert_alike("INBOX")
