"""Scenarios 34, 35: folders whose names are hard, and folders whose names are not known."""

import dataclasses

import pytest

from storage.changes.desk import SetDesk
from storage.mail.imap import connect
from storage.records.desk import DeskSettings
from tests.factories import ANA
from tests.imap.dovecot import PASSWORD
from tests.imap.engine_ground import SUPPORT, Ground, a_mail, wait_until
from tests.imap.outbox_ground import queue, the_reply
from tests.imap.scripted import scripted
from tests.imap.test_bad_lines import running

HARD_NAMES = ["a & b", 'quote"d', "back\\slash", "日本語", "007", "Entwürfe/é", "&-", "%*", " x "]


def seeded(ground, **settings):
    ground.seed = DeskSettings(address=SUPPORT, **settings)
    return ground


def set_desk(ground, key, value):
    with ground.desk() as desk:
        desk.commit(SetDesk(key=key, value=value), actor=ANA)


def folders_of(ground):
    with ground.server.client(ground.user) as client:
        return {name for _, _, name in client.list_folders()}


@pytest.mark.parametrize("name", HARD_NAMES)
def test_34_mail_is_read_from_a_folder_whatever_its_name(ground, name):
    seeded(ground, intake=("INBOX", name))
    with ground.server.client(ground.user) as client:
        client.create_folder(name)
    ground.server.append(ground.user, *(a_mail(n) for n in range(3)), folder=name)

    ground.once()

    assert ground.count("message", "has_body=1") == 3
    ground.assert_alike("INBOX", name)


def test_34_a_folder_under_a_prefix_is_found_by_the_name_that_people_use(dovecots, tmp_path):
    server = dovecots(roles=False, separator=".", prefix="INBOX.")
    ground = seeded(
        Ground(server, server.new_user(), tmp_path / "desk", server.address()),
        intake=("INBOX", "Support/Billing"),
    )
    server.create(ground.user, "INBOX.Support.Billing", "INBOX.Gesendet", "INBOX.Archiv")
    server.append(ground.user, a_mail(1), folder="INBOX.Support.Billing")

    ground.once()

    assert ground.rows("SELECT name, role FROM folder ORDER BY id") == [
        ("INBOX", "intake"),
        ("INBOX.Support.Billing", "intake"),
        ("INBOX.Gesendet", "sent"),
    ]
    ground.assert_alike("INBOX", "INBOX.Support.Billing", "INBOX.Gesendet")


@pytest.fixture
def bare(post, dovecots):
    """A mailbox without a folder of a known role, and the server that replies leave through."""
    ground, sink = post
    server = dovecots(roles=False)
    user = server.new_user()
    sink.passwords[user] = PASSWORD
    return dataclasses.replace(ground, server=server, user=user, imap=server.address()), sink


def test_35_a_copy_waits_until_a_person_says_which_folder_it_is_for(bare):
    ground, sink = bare
    ground.server.create(ground.user, "Verschickt")
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    ground.once()

    assert len(sink.mails) == 1
    assert folders_of(ground) == {"INBOX", "Verschickt"}
    assert ground.status()["question"] == (
        "Which folder is for sent mail? rotadesk team set sent NAME"
    )
    assert "Which folder is for sent mail?" in the_reply(ground).error

    set_desk(ground, "sent", "Verschickt")
    ground.once()

    assert (len(sink.mails), the_reply(ground).state) == (1, "sent")
    assert len(ground.server.uids(ground.user, "Verschickt")) == 1
    assert folders_of(ground) == {"INBOX", "Verschickt"}
    assert ground.status()["question"] == ""
    ground.assert_alike("INBOX", "Verschickt")


def test_35_an_answer_is_heard_without_a_restart(ground, dovecots):
    server = dovecots(roles=False)
    ground = dataclasses.replace(
        ground, server=server, user=server.new_user(), imap=server.address()
    )
    server.create(ground.user, "Sent", "Gesendet")
    server.append(ground.user, a_mail(1), folder="Gesendet")
    with running(ground):
        wait_until(lambda: ground.state() == "idle")
        assert "Sent or Gesendet" in ground.status()["question"]

        set_desk(ground, "sent", "Gesendet")

        wait_until(lambda: ground.count("message", "has_body=1") == 1)
        wait_until(lambda: ground.status()["question"] == "" and ground.state() == "idle")
    ground.assert_alike("INBOX", "Gesendet")


def test_35_a_mailbox_with_nothing_but_an_inbox_gets_one_sent_folder(bare):
    ground, sink = bare
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    for _ in range(2):
        queue(ground)
        ground.once()

    assert len(sink.mails) == 2
    assert folders_of(ground) == {"INBOX", "Sent"}
    assert len(ground.server.uids(ground.user, "Sent")) == 2
    ground.assert_alike("INBOX", "Sent")


def test_35_a_sent_folder_that_somebody_makes_meanwhile_is_not_made_twice(bare):
    ground, sink = bare
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    sink.on_mail = lambda _raw: ground.server.create(ground.user, "Sent")

    ground.once()

    assert folders_of(ground) == {"INBOX", "Sent"}
    assert len(ground.server.uids(ground.user, "Sent")) == 1
    ground.assert_alike("INBOX", "Sent")


def test_junk_is_counted_and_never_a_ticket_until_it_is_moved_into_the_inbox(ground):
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(14)), folder="Junk")
    ground.once()

    assert ground.status()["junk"] == 14
    assert ground.tickets() == []
    assert ground.count("message") == 0

    with ground.server.client(ground.user) as client:
        client.select_folder("Junk")
        client.move(uids[:1], "INBOX")
    ground.once()

    assert ground.status()["junk"] == 13
    assert len(ground.tickets()) == 1
    ground.assert_alike("INBOX", "Sent")
    assert ground.server.flags(ground.user, "Junk") == {uid: set() for uid in uids[1:]}


def test_a_customer_of_an_alias_is_answered_from_it_over_the_wire(post):
    ground, sink = post
    seeded(ground, aliases=frozenset({"sales@desk.example"}), intake=("INBOX", "Sales"))
    ground.server.create(ground.user, "Sales")
    mail = a_mail(1, To="sales+fair@desk.example, zoe@acme.example")
    ground.server.append(ground.user, mail, folder="Sales")
    ground.server.append(ground.user, mail)
    ground.once()
    assert (len(ground.tickets()), ground.count("place")) == (1, 2)

    queue(ground)
    ground.once()

    (sent,) = sink.mails
    assert sent.sender == "sales@desk.example"
    assert sent.recipients == ("zoe@acme.example",)
    assert b"From: Ana <sales@desk.example>" in sent.content
    ground.assert_alike("INBOX", "Sales", "Sent")


def test_34_a_server_that_offers_utf8_is_still_spoken_to_in_the_names_it_gives():
    names = [
        b'"&ZeVnLIqe-"',
        b'"a &- b"',
        b'{7}\r\nquote"d',
        b'"back\\\\slash"',
        b"2026",
        b'"INBOX.x"',
    ]

    def script(peer):
        peer.greet(b"UTF8=ACCEPT", b"ENABLE")
        peer.expect(b"LIST", *(b'* LIST (\\HasNoChildren) "." ' + one for one in names))
        for _ in names:
            peer.select()

    with scripted(script) as server:
        mailbox = connect(server.address())
        mailbox.login("user", "password")
        found = [one.name for one in mailbox.folders()]
        for name in found:
            mailbox.select(name, readonly=True)
        mailbox.close()

    assert found == ["日本語", "a & b", 'quote"d', "back\\slash", "2026", "INBOX.x"]
    heard = [line.split(b" ", 2)[2] for line in server.heard if b"EXAMINE" in line]
    assert heard == [
        *(b'"&ZeVnLIqe-"', b'"a &- b"', b'"quote\\"d"', b'"back\\\\slash"', b'"2026"', b'"INBOX.x"')
    ]
    assert not any(b"ENABLE" in line for line in server.heard)
