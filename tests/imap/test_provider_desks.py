"""Desks whose mailbox lies with a large provider: a real server that passes for it."""

import json
from datetime import UTC, datetime

import pytest

from storage.changes.desk import SetDesk
from storage.records.desk import DeskSettings
from storage.records.words import Direction
from storage.sync.orders import engine_on
from storage.sync.session import Session
from storage.sync.stop import Stop
from tests.factories import ANA
from tests.imap.engine_ground import SUPPORT, a_mail
from tests.imap.outbox_ground import queue, the_reply
from tests.imap.proxy import proxied

ALL_MAIL = "[Gmail]/All Mail"
SAME_MOMENT = datetime(2026, 11, 2, 9, tzinfo=UTC)
"Of all copies: another second would make each a mail to compare."
GOOGLE_VOUCHES = (
    "mx.google.com; dkim=pass header.i=@desk.example header.s=20230601;"
    " spf=pass (google.com: domain of ben@desk.example designates 209.85.220.41 as permitted"
    " sender) smtp.mailfrom=ben@desk.example; dmarc=pass (p=REJECT sp=REJECT dis=NONE)"
    " header.from=desk.example"
)


def colleagues_answer(number, **headers):
    return a_mail(
        number,
        sender="Ben <ben@desk.example>",
        subject="Re: Question 1",
        To="zoe@acme.example",
        Cc=SUPPORT,
        In_Reply_To="<m1@acme.example>",
        **headers,
    )


def with_results(raw, *results):
    return b"".join(b"Authentication-Results: %s\r\n" % one.encode() for one in results) + raw


def team_of_two(ground):
    with ground.desk() as desk:
        desk.commit(SetDesk(key="engineer:ben@desk.example", value="Ben"), actor=ANA)


def directions(ground):
    return [one for (one,) in ground.rows("SELECT direction FROM message ORDER BY arrival_ms, id")]


# -- who is believed to be a colleague


def test_39_a_colleagues_answer_in_the_inbox_that_the_provider_vouches_for_is_theirs(ground):
    ground.profile = "gmail"
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    team_of_two(ground)
    ground.server.append(ground.user, with_results(colleagues_answer(2), GOOGLE_VOUCHES))

    ground.once()

    (ticket,) = ground.tickets()
    assert (ticket.messages, ticket.last_from) == (2, Direction.OUT)
    assert ticket.first_response_at is not None
    ground.assert_alike("INBOX")


@pytest.mark.parametrize(
    "results",
    [
        (),
        ("mx.google.com.evil.example; dmarc=pass header.from=desk.example",),
        (
            "mx.google.com; spf=pass smtp.mailfrom=evil.example; dmarc=fail header.from=desk.example",
            GOOGLE_VOUCHES,
        ),
        ("mx.evil.example; none", GOOGLE_VOUCHES),
    ],
    ids=["none", "another name", "forged below", "a stranger's on top"],
)
def test_i11_who_only_writes_as_a_colleague_stops_no_clock(ground, results):
    ground.profile = "gmail"
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    team_of_two(ground)
    ground.server.append(ground.user, with_results(colleagues_answer(2), *results))

    ground.once()

    assert directions(ground) == ["in", "in"]
    assert all(one.first_response_at is None for one in ground.tickets())


def test_i11_a_team_names_its_own_mail_server_and_only_that_is_believed(ground):
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    team_of_two(ground)
    with ground.desk() as desk:
        desk.commit(SetDesk(key="authserv", value=["MX.desk.example"]), actor=ANA)
    theirs = "mx.desk.example; dmarc=pass header.from=desk.example"
    ground.server.append(
        ground.user,
        with_results(colleagues_answer(2), theirs),
        with_results(colleagues_answer(3), GOOGLE_VOUCHES),
    )

    ground.once()

    assert directions(ground) == ["in", "out", "in"]


# -- what is sent


@pytest.mark.parametrize("profile", ["plain", "dovecot", "icloud", "fastmail", "exchange"])
def test_38_one_copy_lies_in_sent_where_nobody_else_files_it(post, profile):
    ground, sink = post
    ground.profile = profile
    (uid,) = ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)

    ground.once()

    assert len(sink.mails) == 1
    assert len(ground.server.uids(ground.user, "Sent")) == 1
    assert ground.server.flags(ground.user) == {uid: {"\\Answered"}}
    assert the_reply(ground).state == "sent"


@pytest.mark.parametrize("profile", ["gmail", "microsoft365"])
def test_38_one_copy_lies_in_sent_where_the_provider_files_it(post, profile):
    ground, sink = post
    ground.profile = profile
    (uid,) = ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    sink.on_mail = lambda mail: ground.server.append(ground.user, mail.content, folder="Sent")

    ground.once()

    assert len(ground.server.uids(ground.user, "Sent")) == 1
    assert ground.server.flags(ground.user) == {uid: {"\\Answered"}}
    assert the_reply(ground).state == "sent"
    ground.assert_alike("INBOX", "Sent")


def test_38_a_provider_that_files_late_gets_no_copy_of_ours_meanwhile(post):
    ground, sink = post
    ground.profile = "gmail"
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    ground.once()
    assert not ground.server.uids(ground.user, "Sent")

    ground.server.append(ground.user, sink.mails[0].content, folder="Sent")
    ground.once()

    assert len(ground.server.uids(ground.user, "Sent")) == 1
    assert (the_reply(ground).state, the_reply(ground).error) == ("sent", "")


def test_38_a_copy_that_the_provider_never_files_is_missed_aloud_and_not_made(post):
    ground, _ = post
    ground.profile = "gmail"
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    ground.once()
    orders = ground.orders()

    with engine_on(ground.folder, orders, Stop()) as kit:
        kit.filing_seconds = 0.0
        session = Session(kit, orders.give_setup(), orders.terms)
        session.look()
        session.close()

    row = the_reply(ground)
    assert row.state == "sent"
    assert row.error == "It was sent, but Gmail keeps no copy of it in Sent."
    assert not ground.server.uids(ground.user, "Sent")


# -- one mail, many labels


def gmail_ground(ground):
    ground.profile = "gmail"
    ground.server.create(ground.user, "[Gmail]", ALL_MAIL, "Payments")
    ground.seed = DeskSettings(address=SUPPORT, intake=("INBOX", "Payments"), archive=ALL_MAIL)
    return ground


def test_41_a_mail_in_the_inbox_all_mail_and_under_a_label_is_one_message_of_one_ticket(ground):
    gmail_ground(ground)
    for folder in ("INBOX", ALL_MAIL, "Payments"):
        ground.server.append(ground.user, a_mail(1), folder=folder, date=SAME_MOMENT)

    summary = ground.once()

    (ticket,) = ground.tickets()
    assert ticket.messages == 1
    assert (ground.count("message"), ground.count("place")) == (1, 3)
    assert summary.fetched_bodies == 1
    ground.assert_alike("INBOX", ALL_MAIL, "Payments")


def test_41_a_mail_that_leaves_the_inbox_stays_on_its_ticket_and_in_all_mail(ground):
    gmail_ground(ground)
    (uid,) = ground.server.append(ground.user, a_mail(1))
    ground.server.append(ground.user, a_mail(1), folder=ALL_MAIL)
    ground.once()

    ground.server.expunge(ground.user, [uid])
    ground.once()

    (ticket,) = ground.tickets()
    assert ticket.messages == 1
    assert ground.rows("SELECT f.name FROM place p JOIN folder f ON f.id=p.folder_id") == [
        (ALL_MAIL,)
    ]
    ground.assert_alike("INBOX", ALL_MAIL)


def test_41_a_draft_in_all_mail_makes_no_ticket_and_is_told_as_skipped(ground):
    gmail_ground(ground)
    ground.server.append(ground.user, a_mail(1, sender=SUPPORT), folder=ALL_MAIL, flags=["\\Draft"])

    ground.once()

    assert ground.tickets() == []
    assert ground.rows("SELECT why FROM skipped") == [("It is a draft: it was not sent.",)]
    ground.assert_alike(ALL_MAIL)


def test_41_a_reply_that_lies_in_sent_and_all_mail_is_one_and_ours(ground):
    gmail_ground(ground)
    reply = a_mail(2, sender=SUPPORT, To="zoe@acme.example", In_Reply_To="<m1@acme.example>")
    ground.server.append(ground.user, a_mail(1))
    for folder in (ALL_MAIL, "Sent"):
        ground.server.append(ground.user, reply, folder=folder)

    ground.once()

    (ticket,) = ground.tickets()
    assert (ticket.messages, ticket.last_from) == (2, Direction.OUT)
    assert ground.count("message") == 2


# -- what is believed


@pytest.mark.parametrize(
    ("profile", "never_said"),
    [
        ("gmail", (b"QRESYNC",)),
        ("icloud", (b"QRESYNC",)),
        ("microsoft365", (b"QRESYNC", b"CONDSTORE", b"CHANGEDSINCE")),
        ("exchange", (b"QRESYNC", b"CONDSTORE", b"CHANGEDSINCE")),
    ],
)
def test_10_13_what_went_and_was_marked_is_found_without_what_the_provider_does_not_keep(
    ground, profile, never_said
):
    ground.profile = profile
    uids = ground.server.append(ground.user, *(a_mail(n) for n in range(40)))
    ground.once()

    ground.server.expunge(ground.user, uids[5:25])
    ground.server.add_flags(ground.user, uids[30:], "\\Flagged")
    with proxied(ground.server.port) as proxy:
        ground.imap = proxy.address()
        summary = ground.once()

    assert not any(word in bytes(proxy.heard).upper() for word in never_said)
    assert (summary.fetched_bodies, ground.count("place")) == (0, 20)
    assert len(ground.tickets()) == 40
    ground.assert_alike("INBOX")


def test_doctor_names_whose_server_it_is(ground):
    with ground.process("doctor", "--json") as doctor:
        out, _ = doctor.communicate(timeout=30)

    told = json.loads(out)
    assert told["provider"]["id"] == "dovecot"
    (sentence,) = [one["message"] for one in told["checks"] if one["name"] == "provider"]
    assert sentence == "Dovecot; a copy of what is sent is filed; at most 10 connections."
