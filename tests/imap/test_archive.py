"""Scenarios 22, 36: mail of closed tickets leaves the inbox, and nothing else does."""

import re

import pytest

from storage.changes.ticket import ReopenTicket
from tests.factories import ANA
from tests.imap.archive_ground import ALL, archives, close, statuses, subjects
from tests.imap.engine_ground import Ground, a_mail, wait_until
from tests.imap.proxy import proxied
from tests.imap.test_bad_lines import running


@pytest.fixture
def desk_of(dovecots, tmp_path):
    """A desk that archives, on a server without some capabilities."""

    def of(*without):
        server = dovecots(without=without)
        return archives(Ground(server, server.new_user(), tmp_path / "desk", server.address()))

    return of


def once_heard(ground, fault=None):
    """Run the engine once; return what it did, and what it said to the server."""
    with proxied(ground.server.port) as proxy:
        ground.imap, proxy.fault = proxy.address(), fault
        summary = ground.once()
    ground.imap = ground.server.address()
    return summary, bytes(proxy.heard)


@pytest.mark.parametrize("without", [(), ("MOVE",)])
def test_36_a_ticket_closed_offline_has_its_mail_archived_once_online(desk_of, without):
    ground = desk_of(*without)
    ground.server.append(ground.user, *(a_mail(n) for n in range(5)), flags=["\\Seen"])
    ground.once()
    close(ground, 4)

    summary, heard = once_heard(ground)

    assert (summary.fetched_headers, summary.fetched_bodies) == (0, 0)
    assert subjects(ground, "INBOX") == [f"Question {n}" for n in range(4)]
    assert subjects(ground, "Archive") == ["Question 4"]
    assert ground.server.flags(ground.user, "Archive") == {1: {"\\Seen"}}
    assert (b"UID MOVE" in heard) is not bool(without)
    assert (statuses(ground), ground.count("archiving")) == (["closed", *["new"] * 4], 0)
    ground.assert_alike(*ALL)


def test_36_many_tickets_leave_with_one_command(desk_of):
    ground = desk_of()
    ground.server.append(ground.user, *(a_mail(n) for n in range(30)))
    ground.once()
    close(ground, *range(15))

    _, heard = once_heard(ground)

    assert heard.count(b"UID MOVE") == 1
    assert len(ground.server.uids(ground.user, "Archive")) == 15
    ground.assert_alike(*ALL)


def test_36_without_move_no_mail_but_the_tickets_own_is_expunged(desk_of):
    ground = desk_of("MOVE")
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(4)))
    ground.once()
    ground.server.add_flags(ground.user, uids[:2], "\\Deleted")
    close(ground, 3)

    _, heard = once_heard(ground)

    assert re.findall(rb"[^ ]+ EXPUNGE[^\r]*", heard) == [b"UID EXPUNGE %d" % uids[-1]]
    assert ground.server.uids(ground.user) == uids[:-1]
    assert subjects(ground, "Archive") == ["Question 3"]
    assert "\\Deleted" not in ground.server.flags(ground.user, "Archive")[1]
    ground.assert_alike(*ALL)


def test_36_where_nothing_moves_safely_the_mail_stays_and_that_is_said(desk_of):
    ground = desk_of("MOVE", "UIDPLUS")
    uids = ground.server.append(ground.user, a_mail(1), a_mail(2))
    ground.once()
    close(ground, 1)

    _, heard = once_heard(ground)

    assert not re.search(rb"EXPUNGE|UID (STORE|COPY|MOVE)", heard)
    assert ground.server.flags(ground.user) == {uid: set() for uid in uids}
    assert ground.status()["question"].startswith("This server cannot move a mail safely")
    assert ground.count("archiving") == 0
    ground.assert_alike(*ALL)


def test_36_nothing_moves_unless_the_team_wants_it(ground):
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    close(ground)

    assert ground.count("archiving") == 0
    ground.once()

    assert subjects(ground, "INBOX") == ["Question 1"]
    ground.assert_alike("INBOX", "Sent")


def test_36_a_close_that_was_undone_leaves_the_mail_where_it_is(desk_of):
    ground = desk_of()
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    close(ground)
    with ground.desk() as desk:
        desk.undo(actor=ANA)

    _, heard = once_heard(ground)

    assert b"UID MOVE" not in heard
    assert ground.count("archiving") == 0
    with ground.desk() as desk:
        desk.redo(actor=ANA)
    ground.once()
    assert (subjects(ground, "Archive"), statuses(ground)) == (["Question 1"], ["closed"])
    ground.assert_alike(*ALL)


def test_36_a_customer_who_answered_meanwhile_keeps_the_mail_in_the_inbox(desk_of):
    ground = desk_of()
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    close(ground)
    ground.server.append(ground.user, a_mail(2, In_Reply_To="<m1@acme.example>"))

    ground.once()

    assert len(subjects(ground, "INBOX")) == 2
    assert (statuses(ground), ground.count("archiving")) == (["open"], 0)
    ground.assert_alike(*ALL)


def test_36_a_reopened_ticket_leaves_its_mail_in_the_archive(desk_of):
    ground = desk_of()
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    close(ground)
    ticket = ground.tickets()[0].id
    ground.once()
    with ground.desk() as desk:
        desk.commit(ReopenTicket(ticket_id=ticket), actor=ANA)

    ground.once()

    assert (subjects(ground, "Archive"), statuses(ground)) == (["Question 1"], ["open"])
    ground.assert_alike(*ALL)


def test_36_a_running_engine_waits_as_long_as_an_undo_takes_and_moves_then(desk_of, monkeypatch):
    monkeypatch.setattr("storage.sync.archive_rows.GRACE_SECONDS", 2.0)
    ground = desk_of()
    ground.server.append(ground.user, a_mail(1))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        with running(ground):
            wait_until(lambda: ground.count("message", "has_body=1") == 1)
            close(ground)
            assert b"UID MOVE" not in proxy.heard

            wait_until(lambda: ground.count("archiving") == 0)

            wait_until(lambda: ground.status()["server_count"] == ground.status()["desk_count"])
    assert subjects(ground, "Archive") == ["Question 1"]
    ground.imap = ground.server.address()
    ground.once()
    ground.assert_alike(*ALL)


def test_36_an_archive_that_takes_no_mail_costs_none_and_is_told(desk_of):
    ground = desk_of()
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    close(ground)

    taking = ground.server.home / "users" / ground.user / "mail" / ".Archive" / "tmp"
    taking.chmod(0o500)

    ground.once()

    assert subjects(ground, "INBOX") == ["Question 1"]
    assert "Mail of closed tickets stays where it is" in ground.status()["question"]
    taking.chmod(0o700)
    ground.once()
    assert subjects(ground, "Archive") == ["Question 1"]
    assert ground.count("archiving") == 0
    ground.assert_alike(*ALL)


def other_numbers(link, data):
    """Give a folder that is opened for writing another UIDVALIDITY."""
    opened = re.findall(rb"(SELECT|EXAMINE) ", bytes(link.proxy.heard))
    if opened[-1:] == [b"SELECT"]:
        return re.sub(rb"UIDVALIDITY \d+", b"UIDVALIDITY 4711", data)
    return data


def test_36_no_mail_is_moved_under_numbers_that_have_changed(desk_of):
    ground = desk_of()
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    close(ground)

    _, heard = once_heard(ground, other_numbers)

    assert b"SELECT" in heard
    assert not re.search(rb"UID (MOVE|COPY|STORE|EXPUNGE)", heard)
    assert ground.count("archiving") == 1
    ground.once()
    assert subjects(ground, "Archive") == ["Question 1"]
    ground.assert_alike(*ALL)


def test_36_a_folder_numbered_anew_has_the_right_mail_archived(desk_of):
    ground = desk_of()
    ground.server.append(ground.user, *(a_mail(n) for n in range(5)))
    ground.once()
    ground.server.expunge(ground.user, [2])
    close(ground, 4)
    ground.server.change_uidvalidity(ground.user, 4_711)

    ground.once()

    assert subjects(ground, "Archive") == ["Question 4"]
    assert ground.count("archiving") == 0
    ground.assert_alike(*ALL)


def test_22_of_a_mail_in_inbox_and_archive_only_the_copy_in_the_inbox_is_moved(desk_of):
    ground = desk_of()
    ground.server.append(ground.user, a_mail(1))
    with ground.server.client(ground.user) as client:
        client.select_folder("INBOX")
        client.copy([1], "Archive")
    ground.once()
    assert (ground.count("message"), ground.count("place")) == (1, 2)
    close(ground)

    summary, heard = once_heard(ground)

    assert heard.count(b"UID MOVE") == 1
    assert b"EXPUNGE" not in heard
    assert (summary.fetched_headers, summary.fetched_bodies) == (0, 0)
    assert (subjects(ground, "INBOX"), len(subjects(ground, "Archive"))) == ([], 2)
    assert (ground.count("message"), ground.count("place")) == (1, 2)
    ground.assert_alike(*ALL)


def test_22_both_copies_in_intake_folders_are_moved(desk_of):
    ground = desk_of()
    ground.server.append(ground.user, a_mail(1), a_mail(1))
    ground.once()
    close(ground)

    ground.once()

    assert (subjects(ground, "INBOX"), len(subjects(ground, "Archive"))) == ([], 2)
    ground.assert_alike(*ALL)


@pytest.mark.parametrize("without", [(), ("MOVE",)])
def test_17_nothing_is_taken_out_of_a_folder_whose_numbers_went_back(desk_of, without):
    ground = desk_of(*without)
    ground.server.append(ground.user, *(a_mail(n) for n in range(3)))
    ground.once()
    close(ground, 1)

    def goes_back(link, data):
        is_opened = re.search(rb'SELECT "INBOX"[^\r]*\r\n$', bytes(link.proxy.heard))
        return re.sub(rb"UIDNEXT \d+", b"UIDNEXT 2", data) if is_opened else data

    _, heard = once_heard(ground, goes_back)

    assert b'SELECT "INBOX"' in heard
    assert not re.search(rb"UID (MOVE|COPY|STORE|EXPUNGE)", heard)
    assert subjects(ground, "Archive") == []
    assert len(subjects(ground, "INBOX")) == 3
