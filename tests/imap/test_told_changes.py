"""Scenarios 5, 7 to 10, 12, 13: what the server says has changed, and when it is believed."""

import json
import re
import socket
from datetime import UTC, datetime
from itertools import chain, count, pairwise

import pytest

from storage.intake import folders
from storage.mail import imap_news
from storage.mail.imap import connect
from storage.queries.sync import DISTRUSTED
from storage.records.local import ViewState
from storage.records.remote import IdleEvent
from storage.sync import lessons
from tests.imap.dovecot import PASSWORD
from tests.imap.engine_ground import Ground, a_mail, commands, fetches, session_of, settled
from tests.imap.proxy import proxied

AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def ground_without(dovecots, tmp_path):
    """A mailbox on a server that lacks what is named."""

    def of(*lacking):
        server = dovecots(without=lacking)
        return Ground(server, server.new_user(), tmp_path / "desk", server.address())

    return of


@pytest.fixture
def silence():
    """An end that is never readable."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours.fileno()


def rewriting(*changes):
    """Return a fault that changes what the server says, by regular expressions."""

    def fault(_link, data):
        for pattern, put in changes:
            data = re.sub(pattern, put, data)
        return data

    return fault


def asked(proxy, *verbs):
    """Return the commands heard so far that begin with one of `verbs`."""
    return [one for one in commands(proxy.heard) if one.startswith(verbs)]


def modseq(ground, folder="INBOX"):
    return ground.rows("SELECT highestmodseq FROM folder WHERE name=?", folder)[0][0]


def test_nothing_new_is_one_round_trip_a_folder_and_writes_nothing(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(30)))
    ground.once()
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with session_of(ground) as session:
            session.look()
            before, already = ground.everything(), len(commands(proxy.heard))
            session.look(all_flags=True)

            assert [one.partition(" (")[0] for one in commands(proxy.heard)[already:]] == [
                'EXAMINE "Sent"',
                'EXAMINE "INBOX"',
                'STATUS "Junk"',
            ]
            assert ground.everything() == before


def test_05_a_hundred_new_mails_are_one_select_and_one_fetch_of_headers(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(50)))
    ground.once()
    new = ground.server.append(ground.user, *(a_mail(n) for n in range(50, 150)))

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with session_of(ground) as session:
            session.look()
            selects = asked(proxy, 'EXAMINE "INBOX"')
            while session.step():
                pass

    assert len(selects) == 1
    assert "QRESYNC" in selects[0]
    assert asked(proxy, "UID SEARCH") == []
    assert fetches(proxy.heard, "HEADER") == [new]
    assert sorted(chain.from_iterable(fetches(proxy.heard, "TEXT"))) == new
    ground.assert_alike("INBOX")


def test_07_a_thousand_flags_changed_elsewhere_are_asked_for_since_the_cursor(ground_without):
    ground = ground_without("QRESYNC")
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(1_500)))
    ground.once()
    before = modseq(ground)
    ground.server.add_flags(ground.user, uids[100:1_100], "\\Seen")

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        summary = ground.once()

    assert (summary.fetched_headers, summary.fetched_bodies) == (0, 0)
    assert asked(proxy, "UID FETCH") == [f"UID FETCH 1:1500 (UID FLAGS) (CHANGEDSINCE {before})"]
    assert ground.count("place", "flags='\\Seen'") == 1_000
    assert modseq(ground) > before
    ground.assert_alike("INBOX")


def test_07_with_qresync_flags_come_with_the_select(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(1_100)))
    ground.once()
    ground.server.add_flags(ground.user, uids[:1_000], "\\Flagged")

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        ground.once()

    assert asked(proxy, "UID") == []
    assert ground.count("place", "flags='\\Flagged'") == 1_000
    ground.assert_alike("INBOX")


def test_07_the_cursor_is_never_ahead_of_the_flags(ground, monkeypatch):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(600)))
    ground.once()
    before, write, times = modseq(ground), folders.set_flags, count(1)
    ground.server.add_flags(ground.user, uids, "\\Seen")

    def dies_at_the_second(*said):
        if next(times) == 2:
            raise KeyError
        return write(*said)

    with session_of(ground) as session:
        monkeypatch.setattr("storage.sync.deltas.folders.set_flags", dies_at_the_second)
        with pytest.raises(KeyError):
            session.look()
        monkeypatch.undo()

    assert ground.count("place", "flags='\\Seen'") == 500
    assert modseq(ground) == before
    ground.once()
    ground.assert_alike("INBOX")


def test_08_without_condstore_the_newest_flags_come_with_one_look_and_all_with_the_slow_one(
    ground_without,
):
    ground = ground_without("CONDSTORE", "QRESYNC")
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(1_000)))
    ground.once()
    with session_of(ground) as session:
        session.look()
        ground.server.add_flags(ground.user, uids, "\\Seen")

        session.look()
        after_one = ground.count("place", "flags='\\Seen'")
        session.look(all_flags=True)

    assert after_one == ground.count("place", f"flags='\\Seen' AND uid > {uids[499]}") == 500
    assert ground.count("place", "flags='\\Seen'") == 1_000
    ground.assert_alike("INBOX")


@pytest.mark.parametrize("lacking", [(), ("QRESYNC",)], ids=["09-qresync", "10-condstore"])
def test_three_hundred_removed_elsewhere_lose_their_place_and_keep_their_ticket(
    ground_without, lacking
):
    ground = ground_without(*lacking)
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(2_000)))
    ground.once()
    ground.server.expunge(ground.user, uids[100:700:2])

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        summary = ground.once()

    assert (summary.fetched_headers, summary.fetched_bodies) == (0, 0)
    assert bool(asked(proxy, "UID SEARCH")) == bool(lacking)
    assert ground.count("place") == 1_700
    assert len(ground.tickets()) == 2_000
    ground.assert_alike("INBOX")


def test_09_a_large_removal_is_believed_when_it_is_said_twice(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(300)))
    ground.once()
    ground.server.expunge(ground.user, uids[:200])

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with session_of(ground) as session:
            settled(session)

    assert len(asked(proxy, 'EXAMINE "INBOX"')) >= 2
    assert len(asked(proxy, "UID SEARCH")) == 2
    with ground.desk() as desk:
        assert lessons.learned(desk) == frozenset()
    assert ground.count("place") == 100
    ground.assert_alike("INBOX")


# -- 12: removals are heard after every command


@pytest.fixture
def open_mailbox(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(4)))
    mailbox = connect(ground.server.address())
    mailbox.login(ground.user, PASSWORD)
    mailbox.select("INBOX", readonly=False)
    yield mailbox
    mailbox.close()


@pytest.mark.parametrize(
    "command",
    [
        lambda mailbox: mailbox.idle(10),
        lambda mailbox: mailbox.add_flags([1], ["\\Seen"]),
        lambda mailbox: list(mailbox.fetch_text([1])),
        lambda mailbox: mailbox.noop(),
        lambda mailbox: mailbox.append("Sent", a_mail(9), date=AT) and mailbox.noop(),
    ],
    ids=["idle", "store", "fetch", "noop", "append"],
)
def test_12_a_removal_is_heard_after_every_command(ground, open_mailbox, command):
    ground.server.expunge(ground.user, [2, 3])

    command(open_mailbox)

    told = open_mailbox.take_news()
    heard = {uid for first, last in told.vanished for uid in range(first, last + 1)}
    assert heard == {2, 3}


def test_12_a_removal_during_a_fetch_of_texts_is_on_the_desk_after_the_next_look(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(120)))
    with session_of(ground) as session:
        session.look()
        while session.inbound.backfill(session.inbound.boxes[0]):
            pass
        session.bodies.next_batch()
        ground.server.expunge(ground.user, uids[:10])
        ground.server.add_flags(ground.user, uids[20:25], "\\Seen")
        session.bodies.next_batch()
        session.look()

        assert ground.count("place") == 110
        assert ground.count("place", "flags='\\Seen'") == 5
    ground.once()
    ground.assert_alike("INBOX")


# -- 13: removals that never happened


def bogus(said):
    """Return a fault: with every resync the server says `said` too."""

    def fault(link, data):
        if b"QRESYNC (" in bytes(link.proxy.heard) and b"[HIGHESTMODSEQ" in data:
            return data.replace(b"* OK [HIGHESTMODSEQ", said + b"\r\n* OK [HIGHESTMODSEQ")
        return data

    return fault


@pytest.mark.parametrize(
    "said",
    [
        b"* VANISHED (EARLIER) 1:400",
        b"* VANISHED (EARLIER) 7",
        b"* VANISHED (EARLIER) 1:4294967295",
    ],
)
def test_13_a_removal_that_never_happened_removes_nothing_and_is_never_believed_again(ground, said):
    ground.server.append(ground.user, *(a_mail(n) for n in range(400)))
    ground.once()

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = bogus(said)
        summary = ground.once()
        proxy.heard.clear()
        ground.once()

    assert (summary.fetched_headers, summary.fetched_bodies) == (0, 0)
    assert ground.count("place") == 400
    assert asked(proxy, 'EXAMINE "INBOX" (QRESYNC') == []
    with ground.desk() as desk:
        assert lessons.learned(desk) == {"QRESYNC"}
    ground.assert_alike("INBOX")


def test_13_true_removals_are_found_though_the_server_names_others(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(400)))
    ground.once()
    ground.server.expunge(ground.user, uids[:5])

    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = rewriting((rb"VANISHED \(EARLIER\) 1:5", b"VANISHED (EARLIER) 101:150"))
        ground.once()

    assert ground.count("place") == 395
    assert len(ground.tickets()) == 400
    ground.assert_alike("INBOX")


def test_13_removals_by_the_way_of_more_than_can_be_are_left_to_the_next_look(ground):
    ground.server.append(ground.user, *(a_mail(n) for n in range(100)))
    ground.once()
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with session_of(ground) as session:
            session.look()
            proxy.fault = rewriting((rb"(\w+ OK NOOP)", rb"* VANISHED 1:90\r\n\1"))
            session.mailbox.noop()
            session.look()

            assert ground.count("place") == 100
    ground.assert_alike("INBOX")


def test_13_a_server_that_is_not_believed_is_named_by_the_doctor(ground):
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    with ground.desk() as desk:
        desk.write(ViewState(key=DISTRUSTED, value="QRESYNC"))

    with ground.process("doctor", "--json") as doctor:
        told = json.loads(doctor.communicate()[0])

    assert [one["message"] for one in told["checks"] if one["name"] == "trust"] == [
        "Done without QRESYNC: the server named mails as gone that were there."
    ]


@pytest.mark.parametrize("lacking", [(), ("QRESYNC",), ("CONDSTORE", "QRESYNC")])
def test_more_changes_than_are_kept_in_mind_are_looked_for_one_by_one(
    ground_without, monkeypatch, lacking
):
    ground = ground_without(*lacking)
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(900)))
    ground.once()
    monkeypatch.setattr(imap_news, "_MOST", 50)
    ground.server.add_flags(ground.user, uids[:300], "\\Seen")
    ground.server.expunge(ground.user, uids[300:310])

    ground.once()

    assert ground.count("place", "flags='\\Seen'") == 300
    assert ground.count("place") == 890
    ground.assert_alike("INBOX")


# -- an order that says nothing must not matter


def test_the_modseq_only_ever_rises_while_all_is_well(ground):
    seen = []
    for step in range(4):
        uids = ground.server.append(ground.user, *(a_mail(10 * step + n) for n in range(5)))
        ground.server.add_flags(ground.user, uids[:2], "\\Seen")
        ground.once()
        seen.append(modseq(ground))

    assert all(before < after for before, after in pairwise(seen))
    ground.assert_alike("INBOX")


@pytest.mark.parametrize("lacking", [(), ("QRESYNC",), ("QRESYNC", "CONDSTORE")])
def test_12_what_changed_before_a_folder_was_opened_again_is_looked_for(
    ground_without, lacking, silence
):
    ground = ground_without(*lacking)
    ground.server.append(ground.user, *map(a_mail, range(1, 7)))
    ground.once()
    with session_of(ground) as session:
        session.look()
        assert session.idle(0.05, wake_fd=silence) is IdleEvent.TIMEOUT
        ground.server.add_flags(ground.user, [2], "\\Flagged")
        ground.server.expunge(ground.user, [5])
        session.inbound.open(session.inbound.boxes[0])
        while session.idle(0.05, wake_fd=silence) is IdleEvent.CHANGED:
            session.look()

    ground.assert_alike()
