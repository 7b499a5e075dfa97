"""What counts as ours: not what a stranger can write."""

from datetime import timedelta

from storage.changes.desk import SetDesk
from storage.changes.reply import QueueReply
from storage.changes.ticket import CloseTicket
from storage.mail.parse import parse_mail
from storage.queries.outbox import unread_words
from storage.records.ids import OutboxId
from storage.records.mail import Address
from storage.records.ticket import KbLink
from storage.records.words import AfterSend, Category, FolderRole, Status
from tests.factories import (
    ANA,
    NOW,
    SUPPORT,
    a_mail,
    an_address,
    an_article,
    receive,
    summary,
)

OURS = "signed@desk.example"


def test_a_mail_that_vouches_for_itself_makes_a_ticket(desk):
    desk.commit(SetDesk(key="address", value=SUPPORT), actor=ANA)
    forged = parse_mail(
        b"Authentication-Results: mx.anything.example; dmarc=pass\r\n"
        b"From: support@desk.example\r\nTo: support@desk.example\r\nSubject: Pay here\r\n"
        b"Message-ID: <forged@evil.example>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n\r\nNow.\r\n"
    )

    ticket_id = receive(desk, forged)

    assert summary(desk, ticket_id).status is Status.NEW
    assert directions(desk) == ["in"]


def test_a_customers_mail_under_our_signed_id_reopens_the_ticket(desk):
    ticket_id, proves = answered_and_closed(desk)

    receive(desk, under_our_id(), prove=proves)

    assert summary(desk, ticket_id).status is Status.OPEN
    assert directions(desk) == ["in", "out", "in"]


def test_a_customers_mail_under_our_signed_id_holds_the_next_reply(desk):
    ticket_id, proves = answered_and_closed(desk)
    with desk.writing() as conn:
        basis = frozenset(conn.exec_driver_sql("SELECT lower(hex(key)) FROM message").scalars())

    receive(desk, under_our_id(), prove=proves)

    assert len(desk.hot(unread_words(ticket_id, basis))) == 1


def test_a_second_mail_under_our_signed_id_and_our_address_is_a_strangers(desk):
    ticket_id, proves = answered_and_closed(desk)

    receive(desk, under_our_id(sender=Address("", SUPPORT)), prove=proves)

    assert summary(desk, ticket_id).status is Status.CLOSED
    assert directions(desk) == ["in", "out", "in"]
    with desk.writing() as conn:
        verdicts = conn.exec_driver_sql("SELECT verdict FROM message ORDER BY arrival_ms").scalars()
        assert list(verdicts) == ["member", "member", "unverified"]


def answered_and_closed(desk):
    def proves(message_id):
        return message_id == OURS

    desk.commit(SetDesk(key="address", value=SUPPORT), actor=ANA)
    ticket_id = receive(desk, a_mail(message_id="question@acme.example"))
    reply = QueueReply(
        outbox_id=OutboxId("X" * 16),
        ticket_id=ticket_id,
        message_id=OURS,
        sender=Address("", SUPPORT),
        to=(an_address(),),
        cc=(),
        subject="Re: Webhooks arrive twice",
        text="It is mended.",
        mime=b"It is mended.",
        basis=(),
        after=AfterSend.NOTHING,
        actor=ANA,
        queued_at=NOW,
        not_before=NOW,
    )
    desk.commit(reply, actor=ANA)
    answer = a_mail(
        "It is mended.",
        sender=Address("", SUPPORT),
        to=(an_address(),),
        message_id=OURS,
        answers=("question@acme.example",),
        at=NOW + timedelta(minutes=1),
    )
    receive(desk, answer, folder="Sent", role=FolderRole.SENT, prove=proves)
    link = KbLink(target=an_article(desk))
    close = CloseTicket(ticket_id=ticket_id, category=Category.USABILITY, kb_links=(link,))
    desk.commit(close, actor=ANA)
    return ticket_id, proves


def under_our_id(**more):
    return a_mail(
        "It is not mended.",
        message_id=OURS,
        answers=("question@acme.example",),
        at=NOW + timedelta(hours=1),
        **more,
    )


def directions(desk):
    with desk.writing() as conn:
        return list(
            conn.exec_driver_sql("SELECT direction FROM message ORDER BY arrival_ms").scalars()
        )
