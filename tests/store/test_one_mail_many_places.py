"""Copies of a mail: what makes two of them one message (scenarios 20, 22 and 41)."""

from datetime import timedelta

from storage.intake import arrivals, folders
from storage.records.mail import IncomingHeaders, Place
from storage.records.words import FolderRole
from tests.factories import NOW, a_mail, never_ours

MAIL = a_mail()


def lies(desk, mail, *, folder="INBOX", uid=1, size=100, server_id="", minutes=0):
    """See a copy of the mail in a folder."""
    with desk.writing() as conn:
        role = FolderRole.INTAKE if folder == "INBOX" else FolderRole.ARCHIVE
        box = folders.watch(conn, folder, role)
        place = Place(
            folder=folder,
            uid=uid,
            arrived_at=NOW + timedelta(minutes=minutes),
            size=size,
            server_id=server_id,
        )
        seen = IncomingHeaders(place=place, raw=b"Subject: x\r\n\r\n", headers=mail.headers)
        arrivals.headers(conn, box.id, [seen], prove=never_ours)


def places(desk):
    """Return (message, whether it is known to be the same) of each place."""
    with desk.writing() as conn:
        rows = conn.exec_driver_sql("SELECT message_id, checked FROM place ORDER BY folder_id, uid")
        return [tuple(row) for row in rows]


def test_41_the_servers_own_id_makes_copies_one_message_whatever_else_differs(desk):
    lies(desk, MAIL, server_id="1278455344230334865")

    lies(desk, MAIL, folder="All Mail", size=107, minutes=3, server_id="1278455344230334865")

    (first, _), (second, is_known) = places(desk)
    assert (first == second, is_known) == (True, 1)


def test_41_two_mails_that_look_alike_are_compared_where_the_server_gives_them_two_ids(desk):
    lies(desk, MAIL, server_id="1278455344230334865")

    lies(desk, MAIL, uid=2, server_id="1278455344230334866")

    assert places(desk)[1][1] == 0


def test_22_without_such_an_id_size_and_arrival_decide(desk):
    lies(desk, MAIL)

    lies(desk, MAIL, folder="Archive")
    lies(desk, MAIL, folder="Archive", uid=2, size=107)

    assert [is_known for _, is_known in places(desk)] == [1, 1, 0]


def test_41_an_id_that_comes_later_changes_nothing_for_copies_that_are_known(desk):
    lies(desk, MAIL)

    lies(desk, MAIL, folder="All Mail", server_id="1278455344230334865")

    assert [is_known for _, is_known in places(desk)] == [1, 1]


def test_14_a_mail_that_got_a_new_number_is_known_by_its_id(desk):
    lies(desk, MAIL, server_id="1278455344230334865")
    lies(desk, MAIL, folder="All Mail", server_id="1278455344230334865")
    with desk.writing() as conn:
        conn.exec_driver_sql("DELETE FROM place WHERE uid=1 AND folder_id=1")

    lies(desk, MAIL, uid=9, size=101, server_id="1278455344230334865")

    assert len({message for message, _ in places(desk)}) == 1
    assert all(is_known for _, is_known in places(desk))
