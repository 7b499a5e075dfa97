"""Scenarios 6, 11, 14: what happened on the server while the desk was away."""

import pytest

from storage.changes.ticket import LinkArticle, SetCategory
from storage.records.ticket import KbLink
from storage.records.words import Category
from storage.sync.summary import GaveUpError
from tests.factories import ANA, an_article
from tests.imap.engine_ground import Ground, a_mail, fetches
from tests.imap.proxy import proxied

PLAIN = ("CONDSTORE", "QRESYNC")


@pytest.fixture
def plain_ground(dovecots, tmp_path):
    server = dovecots(without=PLAIN)
    return Ground(server, server.new_user(), tmp_path / "desk", server.address())


def test_06_a_hundred_new_mails_are_fetched_and_nothing_else(plain_ground):
    ground = plain_ground
    ground.server.append(ground.user, *(a_mail(n) for n in range(50)))
    ground.once()
    new = ground.server.append(ground.user, *(a_mail(n) for n in range(50, 150)))

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        summary = ground.once()

    assert (summary.fetched_headers, summary.fetched_bodies) == (100, 100)
    assert fetches(proxy.heard, "HEADER") == [new]
    ground.assert_alike("INBOX")


def test_06_nothing_new_fetches_no_old_mail_again(plain_ground):
    ground = plain_ground
    ground.server.append(ground.user, a_mail(1))
    ground.once()

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        ground.once()

    assert b"BODY.PEEK" not in proxy.heard
    assert b"*" not in proxy.heard.replace(b'"*"', b"")


def test_11_expunged_mail_keeps_its_ticket_and_loses_its_place(plain_ground):
    ground = plain_ground
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(1_000)))
    ground.once()
    gone = uids[100:400:2]
    ground.server.expunge(ground.user, gone)

    summary = ground.once()

    assert (summary.fetched_headers, summary.fetched_bodies) == (0, 0)
    assert ground.count("place") == 850
    assert len(ground.tickets()) == 1_000
    assert ground.count("message", "id NOT IN (SELECT message_id FROM place)") == 150
    ground.assert_alike("INBOX")


def test_11_a_large_removal_is_believed_when_it_is_said_twice(plain_ground):
    ground = plain_ground
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(400)))
    ground.once()
    ground.server.expunge(ground.user, uids[:300])

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        ground.once()

    assert proxy.heard.count(b"UID SEARCH") == 2
    assert ground.count("place") == 100
    assert len(ground.tickets()) == 400
    ground.assert_alike("INBOX")


def test_13_a_large_removal_that_the_server_takes_back_removes_nothing(plain_ground):
    ground = plain_ground
    ground.server.append(ground.user, *(a_mail(n) for n in range(400)))
    ground.once()

    def fault(_link, data):
        # a server that forgets most of the mailbox while it counts it right
        return data.replace(b"* ESEARCH", b"* NOTHING").replace(b"* SEARCH", b"* NOTHING")

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        ground.server.expunge(ground.user, [1])
        proxy.fault = fault
        with pytest.raises(GaveUpError, match="contradicts itself"):
            ground.once()

    assert ground.count("place") == 400
    ground.imap = ground.server.address()
    ground.once()
    ground.assert_alike("INBOX")


def test_11_flags_set_elsewhere_arrive(plain_ground):
    ground = plain_ground
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(700)))
    ground.once()
    ground.server.add_flags(ground.user, uids[:650], "\\Seen", "\\Flagged")

    summary = ground.once()

    assert summary.fetched_bodies == 0
    assert ground.count("place", "flags='\\Flagged \\Seen'") == 650
    ground.assert_alike("INBOX")


def test_14_a_new_uidvalidity_costs_no_body_and_no_decision(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(300)))
    ground.once()
    with ground.desk() as desk:
        ticket = ground.tickets()[7].id
        article = an_article(desk)
        desk.commit(SetCategory(ticket_id=ticket, category=Category.USABILITY), actor=ANA)
        desk.commit(LinkArticle(ticket_id=ticket, link=KbLink(target=article)), actor=ANA)
    before = ground.tickets()

    ground.server.change_uidvalidity(ground.user, 4_711)
    summary = ground.once()

    assert summary.folders[0].uidvalidity == 4_711
    assert (summary.fetched_headers, summary.fetched_bodies) == (300, 0)
    assert ground.tickets() == before
    assert ground.count("place", "checked=0") == 0
    ground.assert_alike("INBOX")


def test_14_twins_under_one_id_find_their_own_places_again(ground):
    ground.server.append(
        ground.user,
        a_mail(1, text="The first."),
        a_mail(1, text="Quite another, and longer."),
    )
    ground.once()
    before = ground.rows("SELECT m.id, m.key, m.snippet FROM message m ORDER BY m.id")

    ground.server.change_uidvalidity(ground.user, 4_711)
    summary = ground.once()

    assert summary.fetched_bodies == 0
    assert ground.rows("SELECT m.id, m.key, m.snippet FROM message m ORDER BY m.id") == before
    assert ground.count("place") == 2
    ground.assert_alike("INBOX")
