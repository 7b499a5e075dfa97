"""Scenarios 20, 21, 22, 33: mails that share an id, have none, lie twice, or are broken."""

import pytest

from storage.records.desk import DeskSettings
from storage.sync.summary import GaveUpError
from tests.imap.engine_ground import SUPPORT, a_mail
from tests.imap.proxy import cut_after_command, proxied


def test_20_one_id_with_two_bodies_is_two_messages_on_one_ticket(ground):
    ground.server.append(
        ground.user,
        a_mail(1, text="The invoice is wrong."),
        a_mail(1, text="Quite another text under the same headers."),
    )

    summary = ground.once()

    assert summary.fetched_bodies == 2
    assert ground.count("message", "same_id_other_content=1") == 2
    assert len(ground.tickets()) == 1
    assert {uid for (uid,) in ground.rows("SELECT uid FROM place")} == {1, 2}
    ground.assert_alike("INBOX")


def test_20_a_twin_that_comes_before_the_first_ones_text_does_not_take_its_place(ground):
    ground.server.append(ground.user, a_mail(1, text="The first."))
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        proxy.fault = cut_after_command(rb"TEXT")
        with pytest.raises(GaveUpError):
            ground.once()
    ground.imap = ground.server.address()
    ground.server.append(ground.user, a_mail(1, text="Quite another text, longer too."))

    ground.once()

    lies_at = ground.rows(
        "SELECT p.uid, m.snippet FROM place p JOIN message m ON m.id=p.message_id ORDER BY p.uid"
    )
    assert lies_at == [(1, "The first. (1)"), (2, "Quite another text, longer too. (1)")]
    ground.assert_alike("INBOX")


def test_20_the_same_mail_delivered_twice_is_one_message(ground):
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    ground.server.append(ground.user, a_mail(1))

    ground.once()

    assert (ground.count("message"), ground.count("place")) == (1, 2)
    ground.assert_alike("INBOX")


def test_21_mails_without_a_usable_id_are_all_kept_and_none_is_joined_to_another(ground):
    ids = [None, "", "<>", "garbage", "<" + "x" * 2_000 + "@acme.example>", "< @ >"]
    ground.server.append(
        ground.user,
        *(a_mail(n, Message_ID=one) for n, one in enumerate(ids)),
        b"Message-ID: <second@acme.example>\r\n" + a_mail(77),
    )

    summary = ground.once()

    assert summary.folders[0].imported == 7
    assert ground.count("message") == len(ground.tickets()) == 7
    ground.assert_alike("INBOX")


def test_22_a_copy_in_the_archive_is_another_place_of_the_same_message(ground):
    ground.seed = DeskSettings(address=SUPPORT, archive="Archive")
    (uid,) = ground.server.append(ground.user, a_mail(1))
    with ground.server.client(ground.user) as client:
        client.select_folder("INBOX")
        client.copy([uid], "Archive")

    summary = ground.once()

    assert summary.fetched_bodies == 1
    assert (ground.count("message"), ground.count("place")) == (1, 2)
    assert len(ground.tickets()) == 1
    ground.assert_alike("INBOX", "Archive")


def test_22_a_mail_that_was_moved_keeps_its_message_and_its_ticket(ground):
    ground.seed = DeskSettings(address=SUPPORT, archive="Archive")
    (uid,) = ground.server.append(ground.user, a_mail(1))
    ground.once()
    before = ground.tickets()
    with ground.server.client(ground.user) as client:
        client.select_folder("INBOX")
        client.move([uid], "Archive")

    summary = ground.once()

    assert summary.fetched_bodies == 0
    assert ground.tickets() == before
    ground.assert_alike("INBOX", "Archive")


BROKEN = {
    "eight bits": b"Subject: Gr\xfc\xdfe \x80\r\nFrom: J\xfcrgen <j@acme.example>\r\n\r\nhallo\r\n",
    "bad encoded word": b"Subject: =?utf-8?q?=ZZ?= =?nope?b?!!!?=\r\nFrom: a@acme.example\r\n\r\nx\r\n",
    "lone carriage return": b"Subject: one\rtwo\r\nFrom: b@acme.example\r\n\r\na\rb\r\n",
    "no boundary": b"Subject: c\r\nFrom: c@acme.example\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n\r\nhi\r\n",
    "never closed": b"Subject: d\r\nFrom: d@acme.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n",
    "charset": b"Subject: e\r\nFrom: e@acme.example\r\nContent-Type: text/plain; charset=martian\r\n\r\n\xff\xfe hi\r\n",
    "bad date": b"Subject: f\r\nFrom: f@acme.example\r\nDate: Tuesday in a week\r\n\r\nhi\r\n",
    "no date": b"Subject: g\r\nFrom: g@acme.example\r\n\r\nhi\r\n",
    "no sender": b"Subject: h\r\n\r\nhi\r\n",
    "no header at all": b"\r\nonly a body\r\n",
    "line ends alone": b"Subject: i\nFrom: i@acme.example\n\nhi\n",
    "escape": b"Subject: \x1b]0;owned\x07j\r\nFrom: j@acme.example\r\n\r\n\x1b[2Jhi\r\n",
}


def test_33_broken_mails_are_all_here_readable_and_stop_nothing(ground):
    ground.server.append(ground.user, *BROKEN.values(), a_mail(1))

    summary = ground.once()

    (inbox, _) = summary.folders
    assert (inbox.server, inbox.imported, inbox.skipped) == (13, 13, 0)
    assert ground.count("message", "has_body=1") == 13
    stored = ground.rows("SELECT subject || body || sender FROM message_text")
    assert all(one == "" or "\x1b" not in one for (one,) in stored)
    arrived = dict(ground.rows("SELECT subject, date_ms - arrival_ms FROM message"))
    assert (arrived["f"], arrived["g"]) == (0, 0)
    assert "cannot be read" in str(ground.rows("SELECT defects FROM message WHERE subject='f'"))
    ground.assert_alike("INBOX")
