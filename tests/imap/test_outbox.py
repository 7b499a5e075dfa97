"""Scenarios 38 and 39, and everything that holds a reply back or sends it on."""

import pytest

from storage.changes.reply import RetryReply
from storage.changes.ticket import LinkArticle, SetCategory
from storage.queries import hot
from storage.records.ids import OutboxId
from storage.records.ticket import KbLink
from storage.records.words import AfterSend, Category, Direction, Status
from storage.sync.summary import GaveUpError
from tests.factories import ANA, an_article
from tests.imap.engine_ground import SUPPORT, a_mail
from tests.imap.outbox_ground import now, queue, the_reply


def sent_copies(ground):
    with ground.server.client(ground.user) as client:
        client.select_folder("Sent", readonly=True)
        found = client.fetch(client.search(), ["BODY[]"])
    return [one[b"BODY[]"] for one in found.values()]


def test_38_a_reply_leaves_once_is_filed_once_and_its_question_is_marked(post):
    ground, sink = post
    (uid,) = ground.server.append(ground.user, a_mail(1))
    ground.once()
    reply = queue(ground)

    summary = ground.once()

    (mail,) = sink.mails
    assert (mail.sender, mail.recipients) == (SUPPORT, ("zoe@acme.example",))
    assert f"Message-ID: <{reply.message_id}>".encode() in mail.content.replace(b"\r\n ", b" ")
    assert b"In-Reply-To: <m1@acme.example>" in mail.content
    assert sent_copies(ground) == [mail.content]
    assert ground.server.flags(ground.user) == {uid: {"\\Answered"}}
    assert (summary.sent, summary.held, summary.failed) == (1, 0, 0)
    row = the_reply(ground)
    assert (row.state, row.error, row.tries) == ("sent", "", 1)
    ground.assert_alike("INBOX", "Sent")


def test_38_the_sent_copy_is_the_reply_itself_and_no_second_message(post):
    ground, _ = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)

    ground.once()

    (ticket,) = ground.tickets()
    assert (ticket.messages, ticket.status, ticket.last_from) == (2, Status.OPEN, Direction.OUT)
    assert not ticket.reply_waiting
    assert ground.count("message", "direction='out' AND raw IS NOT NULL") == 1
    assert ground.count("place") == 2


def test_38_a_provider_that_files_by_itself_gets_no_second_copy(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)

    def file(mail):
        ground.server.append(ground.user, mail.content, folder="Sent")

    sink.on_mail = file
    ground.once()

    assert len(sent_copies(ground)) == 1
    assert the_reply(ground).state == "sent"
    ground.assert_alike("INBOX", "Sent")


def test_39_a_colleagues_answer_from_elsewhere_is_on_the_ticket_and_stops_the_clock(post):
    ground, _ = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    answer = a_mail(
        2,
        sender=f"Ben <{SUPPORT}>",
        subject="Re: Question 1",
        To="zoe@acme.example",
        In_Reply_To="<m1@acme.example>",
        References="<m1@acme.example>",
    )
    ground.server.append(ground.user, answer, folder="Sent")

    ground.once()

    (ticket,) = ground.tickets()
    assert (ticket.messages, ticket.last_from) == (2, Direction.OUT)
    assert ticket.first_response_at is not None
    ground.assert_alike("INBOX", "Sent")


def test_39_a_colleagues_answer_holds_the_reply_that_was_written_meanwhile(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    answer = a_mail(2, sender=f"Ben <{SUPPORT}>", In_Reply_To="<m1@acme.example>")
    ground.server.append(ground.user, answer, folder="Sent")

    summary = ground.once()

    assert sink.mails == []
    assert summary.held == 1
    row = the_reply(ground)
    assert row.state == "held"
    assert "after this was written" in row.error


def test_a_customers_new_word_holds_the_reply_until_its_writer_sends_it_again(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    reply = queue(ground)
    ground.server.append(ground.user, a_mail(2, In_Reply_To="<m1@acme.example>"))
    ground.once()
    assert (sink.mails, the_reply(ground).state) == ([], "held")

    with ground.desk() as desk:
        desk.commit(RetryReply(outbox_id=reply.outbox_id, not_before=now()), actor=ANA)
    ground.once()

    assert (len(sink.mails), the_reply(ground).state) == (1, "sent")


def test_a_robots_word_holds_nothing(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    robot = a_mail(2, In_Reply_To="<m1@acme.example>", Auto_Submitted="auto-replied")
    ground.server.append(ground.user, robot)

    ground.once()

    assert len(sink.mails) == 1


def test_a_second_reply_of_this_desk_is_not_held_by_the_first(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    question = [key.hex() for (key,) in ground.rows("SELECT key FROM message")]
    queue(ground, text="First.", basis=question)
    queue(ground, text="One thing more.", basis=question)

    ground.once()

    assert len(sink.mails) == 2
    assert [row.state for row in all_replies(ground)] == ["sent", "sent"]


def all_replies(ground):
    with ground.desk() as desk:
        return sorted(desk.hot(hot.outbox(everything=True)), key=lambda row: row.state)


def test_what_follows_closes_the_ticket_through_the_gate_as_the_mail_is_accepted(post):
    ground, _ = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    with ground.desk() as desk:
        ticket = ground.tickets()[0].id
        desk.commit(SetCategory(ticket_id=ticket, category=Category.USABILITY), actor=ANA)
        link = KbLink(target=an_article(desk))
        desk.commit(LinkArticle(ticket_id=ticket, link=link), actor=ANA)
    queue(ground, after=AfterSend.CLOSE)
    steps = ground.count("undo_step")

    ground.once()

    assert ground.tickets()[0].status is Status.CLOSED
    assert ground.count("undo_step") == steps


def test_a_shut_gate_leaves_the_ticket_open_and_says_so(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground, after=AfterSend.CLOSE)

    ground.once()

    assert len(sink.mails) == 1
    assert ground.tickets()[0].status is Status.OPEN
    row = the_reply(ground)
    assert row.state == "sent"
    assert "no category and no KB link" in row.error


def test_waiting_on_the_customer_follows_too(post):
    ground, _ = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground, after=AfterSend.PENDING)

    ground.once()

    assert ground.tickets()[0].status is Status.PENDING


def test_a_refused_recipient_is_named_and_nobody_got_it(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    sink.replies["zoe@acme.example"] = "550 5.1.1 no such \x1b[31muser"

    summary = ground.once()

    row = the_reply(ground)
    assert (sink.mails, summary.failed, row.state) == ([], 1, "failed")
    assert "zoe@acme.example: 550 5.1.1 no such user" in row.error
    assert sent_copies(ground) == []


@pytest.mark.parametrize("step", ["MAIL", "DATA", "BODY"])
def test_a_refusal_for_now_is_tried_again_later_and_a_run_does_not_wait_for_it(post, step):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    sink.replies[step] = "451 4.7.1 greylisted, come back"

    summary = ground.once()

    row = the_reply(ground)
    assert (sink.mails, summary.sent, summary.failed) == ([], 0, 0)
    assert (row.state, row.tries) == ("queued", 1)
    assert 50 < (row.not_before - now()).total_seconds() <= 60
    assert "greylisted" in row.error


def test_a_login_that_the_sending_server_refuses_is_told_and_tried_once(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)
    queue(ground, text="And another.")
    sink.passwords[ground.user] = "changed yesterday"

    with pytest.raises(GaveUpError, match="refuses the login"):
        ground.once()

    assert sink.logins == [ground.user]
    assert [row.state for row in all_replies(ground)] == ["queued", "queued"]
    assert ground.count("message", "has_body=1") == 1


def test_a_reply_waits_out_its_undo_time_in_a_single_run(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground, undo_seconds=0.8)

    ground.once()

    assert len(sink.mails) == 1


def test_nothing_leaves_while_the_mailbox_cannot_be_read(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    reply = queue(ground)
    ground.imap = ground.smtp

    with pytest.raises(GaveUpError):
        ground.once()

    assert sink.mails == []
    assert the_reply(ground).id == OutboxId(reply.outbox_id)
    assert the_reply(ground).state == "queued"


def test_a_readonly_engine_sends_nothing(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    queue(ground)

    ground.once(is_readonly=True)

    assert (sink.mails, the_reply(ground).state) == ([], "queued")
