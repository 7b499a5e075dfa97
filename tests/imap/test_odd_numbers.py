"""Scenarios 15 to 19: UIDs, UIDVALIDITY and modseq that do what they should not."""

import itertools
import re

import pytest

from storage.changes.ticket import SetCategory
from storage.records.words import Category
from storage.sync.summary import GaveUpError
from tests.factories import ANA
from tests.imap.engine_ground import Ground, a_mail, commands, fetches, session_of, settled
from tests.imap.proxy import proxied


def rewriting(*changes):
    """Return a fault that changes what the server says, by regular expressions."""

    def fault(_link, data):
        for pattern, put in changes:
            data = re.sub(pattern, put, data)
        return data

    return fault


def test_15_a_mailbox_restored_from_a_backup_keeps_what_it_has_and_brings_what_is_new(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(60)))
    ground.once()
    kept = {one.id for one in ground.tickets()}
    with ground.desk() as desk:
        ticket = ground.tickets()[3].id
        desk.commit(SetCategory(ticket_id=ticket, category=Category.ABUSE), actor=ANA)

    ground.server.expunge(ground.user, uids[50:])
    ground.server.append(ground.user, *(a_mail(n) for n in range(100, 105)))
    ground.server.change_uidvalidity(ground.user, 4_711)
    summary = ground.once()

    assert summary.fetched_bodies == 5
    assert kept < {one.id for one in ground.tickets()}
    assert next(one for one in ground.tickets() if one.id == ticket).category is Category.ABUSE
    assert ground.count("message", "id NOT IN (SELECT message_id FROM place)") == 10
    ground.assert_alike("INBOX")


def test_16_numbers_that_change_with_every_select_stop_the_folder_and_remove_nothing(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(20)))
    ground.once()
    before = ground.tickets()
    flips = itertools.count(9_000)

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = lambda _link, data: re.sub(
            rb"UIDVALIDITY \d+", lambda _: b"UIDVALIDITY %d" % next(flips), data
        )
        with pytest.raises(GaveUpError, match="again and again"):
            ground.once()
        selects = [one for one in commands(proxy.heard) if one.startswith('EXAMINE "INBOX"')]

    assert len(selects) <= 10
    assert ground.tickets() == before
    assert ground.count("message") == 20
    assert b"BODY.PEEK[TEXT]" not in proxy.heard
    ground.imap = ground.server.address()
    ground.once()
    ground.assert_alike("INBOX")


def test_17_a_uidnext_that_goes_back_is_a_mailbox_that_was_numbered_anew(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(30)))
    ground.once()
    before = ground.tickets()

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with session_of(ground) as session:
            proxy.fault = rewriting((rb"UIDNEXT 31", b"UIDNEXT 21"))
            session.inbound.open(session.inbound.boxes[0])
            assert ground.count("place") == 0
            proxy.fault = None
            settled(session)
            settled(session)

    assert fetches(proxy.heard, "TEXT") == []
    assert ground.tickets() == before
    ground.assert_alike("INBOX")


@pytest.mark.parametrize(
    "said", [b"[HIGHESTMODSEQ 1]", b"[NOMODSEQ]", b"[HIGHESTMODSEQ]", b"[UNSEEN 1]"]
)
def test_18_changes_that_are_counted_anew_or_not_at_all_are_looked_for_one_by_one(ground, said):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(600)))
    ground.once()
    ground.server.add_flags(ground.user, uids[:20], "\\Seen")
    ground.server.expunge(ground.user, uids[30:40])

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = rewriting((rb"\[HIGHESTMODSEQ \d+\]", said))
        summary = ground.once()

    assert (summary.fetched_headers, summary.fetched_bodies) == (0, 0)
    assert ground.count("place") == 590
    assert ground.count("place", "flags='\\Seen'") == 20
    assert len(ground.tickets()) == 600
    stored = ground.rows("SELECT highestmodseq FROM folder WHERE name='INBOX'")
    assert stored == [(1 if said == b"[HIGHESTMODSEQ 1]" else None,)]
    ground.imap = ground.server.address()
    ground.once()
    ground.assert_alike("INBOX")


@pytest.mark.parametrize("is_hidden_from_status", [False, True])
@pytest.mark.parametrize("lacking", [(), ("CONDSTORE", "QRESYNC", "ESEARCH")])
def test_19_a_folder_that_tells_no_uidnext_is_read_and_followed(
    dovecots, tmp_path, lacking, is_hidden_from_status
):
    server = dovecots(without=lacking)
    ground = Ground(server, server.new_user(), tmp_path / "desk", server.address())
    server.append(ground.user, *(a_mail(n) for n in range(30)))
    changes = [(rb"\* OK \[UIDNEXT \d+\][^\r]*\r\n", b"")]
    if is_hidden_from_status:
        changes.append((rb" ?UIDNEXT \d+", b""))

    with proxied(server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = rewriting(*changes)
        first = ground.once()
        server.append(ground.user, *(a_mail(n) for n in range(30, 33)))
        second = ground.once()
        third = ground.once()

    assert (first.fetched_bodies, second.fetched_bodies, third.fetched_bodies) == (30, 3, 0)
    assert second.fetched_headers == 3
    ground.assert_alike("INBOX")
