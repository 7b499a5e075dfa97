"""One way from a text to a reply: who gets it, under which subject, in which bytes."""

from datetime import timedelta
from email import message_from_bytes, policy
from functools import partial

import pytest

from storage.changes import replying
from storage.changes.desk import SetDesk
from storage.changes.reply import ParkReply, RetryReply
from storage.changes.replying import Writer, Written
from storage.changes.ticket import AssignTicket
from storage.db.blobs import Blobs
from storage.db.engine import fetch
from storage.errors import RuleBrokenError, UsageError
from storage.mail import ids
from storage.mail.compose import OutgoingFile
from storage.mail.transport import Timeouts
from storage.queries import hot, whole
from storage.queries import replies as reply_queries
from storage.records.local import DraftSaved, OutboxMoved
from storage.records.mail import Address
from storage.records.words import FolderRole, OutboxState
from storage.sync.kit import Kit
from storage.sync.outbound import Outbound
from storage.sync.status import StatusRow
from storage.sync.stop import Stop
from tests.factories import ANA, NOW, SUPPORT, a_mail, an_address, receive

KEY = b"team"
ZOE, BOB = an_address(), an_address("bob@acme.example", "Bob")


def read(desk, uid):
    return desk.read(lambda conn: whole.ticket(partial(fetch, conn), uid))


def settings(desk):
    return hot.settings_of(desk.hot(hot.settings_rows()))


def reply_to(desk, uid, **written):
    values = {"text": "Mended.", "to": (ZOE,)} | written
    return replying.queue_reply(
        read(desk, uid),
        Written(**values),
        writer=Writer(
            me=Address("Ana", ANA), desk=settings(desk), key=KEY, undo=timedelta(seconds=10)
        ),
        now=NOW,
    )


def queue(desk, change):
    desk.commit(change, actor=ANA)
    with desk.writing() as conn:
        return conn.exec_driver_sql("SELECT mime, envelope, basis FROM outbox").one()


def test_the_bytes_in_the_outbox_are_a_mail_that_proves_its_ticket(desk):
    mail = a_mail(subject="Webhooks arrive twice")
    uid = receive(desk, mail)

    mime, envelope, basis = queue(desk, reply_to(desk, uid, cc=(BOB,)))

    parsed = message_from_bytes(mime, policy=policy.default)
    assert parsed["From"] == f"Ana <{SUPPORT}>"
    assert parsed["Subject"] == "Re: Webhooks arrive twice"
    assert parsed["In-Reply-To"] == f"<{mail.headers.message_id}>"
    assert parsed["Bcc"] is None
    assert ids.proven_ticket(parsed["Message-ID"], key=KEY) == uid
    assert envelope == '["zoe@acme.example", "bob@acme.example"]'
    assert mail.headers.key.hex() in basis


def test_everybody_on_the_newest_mail_and_the_requester_are_answered(desk):
    first = a_mail(cc=(BOB,))
    second = a_mail(
        subject="Re: Webhooks arrive twice",
        sender=BOB,
        to=(Address("", SUPPORT), an_address("ops@acme.example", "")),
        answers=(first.headers.message_id,),
        at=NOW + timedelta(minutes=5),
    )
    uid = receive(desk, first, second)

    found = replying.recipients(read(desk, uid), desk=settings(desk), to_all=True)

    assert [one.email for one in found.to] == [
        "zoe@acme.example",
        "bob@acme.example",
        "ops@acme.example",
    ]


def test_whoever_stood_in_cc_stays_there(desk):
    uid = receive(desk, a_mail(cc=(BOB,)))

    found = replying.recipients(read(desk, uid), desk=settings(desk), to_all=True)

    assert (found.to, found.cc) == ((ZOE,), (BOB,))


def test_the_sender_alone_is_the_customer_even_after_our_answer(desk):
    mail = a_mail(cc=(BOB,))
    ours = a_mail(
        sender=Address("Ana", SUPPORT),
        to=(ZOE, BOB),
        answers=(mail.headers.message_id,),
        at=NOW + timedelta(minutes=5),
    )
    uid = receive(desk, mail)
    receive(desk, ours, folder="Sent", role=FolderRole.SENT)

    found = replying.recipients(read(desk, uid), desk=settings(desk), to_all=False)

    assert (found.to, found.cc) == ((ZOE,), ())


def test_a_strangers_mail_is_not_what_is_answered(desk):
    mail = a_mail()
    stranger = a_mail(
        sender=an_address("eve@evil.example", "Eve"),
        answers=(mail.headers.message_id,),
        at=NOW + timedelta(minutes=5),
    )
    uid = receive(desk, mail, stranger)

    assert replying.answered(read(desk, uid)).author == ZOE


def test_the_ticket_stands_in_the_subject_where_the_team_wants_it(desk):
    uid = receive(desk, a_mail(subject="Hello"))
    desk.commit(SetDesk(key="token_in_subject", value=True), actor=ANA)

    assert reply_to(desk, uid).subject == f"Re: Hello [#{uid[:4]}]"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"to": ()}, "no recipient"),
        ({"text": " \n"}, "empty"),
        ({"files": (OutgoingFile(filename="a", mime="a/b", content=bytes(19_000_000)),)}, "18 MB"),
    ],
)
def test_what_makes_no_sense_is_refused(desk, written, said):
    uid = receive(desk, a_mail())

    with pytest.raises(UsageError, match=said):
        reply_to(desk, uid, **written)


def outbox_ids(desk):
    return [one.id for one in desk.hot(hot.outbox())]


def test_undo_makes_the_reply_a_draft_again_and_says_of_which_ticket(desk):
    uid = receive(desk, a_mail())
    queue(desk, reply_to(desk, uid, text="First words"))

    undone = desk.undo(actor=ANA)

    assert undone.draft_of == uid
    assert outbox_ids(desk) == []
    assert [one.text for one in desk.hot(hot.drafts(uid))] == ["First words"]


def test_what_was_begun_meanwhile_is_not_lost_when_a_reply_comes_back(desk):
    uid = receive(desk, a_mail())
    queue(desk, reply_to(desk, uid, text="First words"))
    desk.write(DraftSaved(ticket_uid=uid, is_note=False, text="Second words", saved_ms=1))

    desk.undo(actor=ANA)

    assert [one.text for one in desk.hot(hot.drafts(uid))] == ["First words\n\nSecond words"]


def test_undo_passes_a_reply_that_was_parked_and_parking_is_no_step(desk):
    uid = receive(desk, a_mail())
    desk.commit(AssignTicket(ticket_id=uid, engineer=ANA), actor=ANA)
    change = reply_to(desk, uid)
    queue(desk, change)
    desk.commit(ParkReply(outbox_id=change.outbox_id, at=NOW), actor=ANA)

    undone = desk.undo(actor=ANA)

    assert undone.title == "assign"


def test_what_undo_takes_back_next_is_known(desk):
    uid = receive(desk, a_mail())
    change = reply_to(desk, uid)
    queue(desk, change)
    assert desk.hot(reply_queries.next_undone()) == [change.outbox_id]
    assert desk.hot(reply_queries.newest_queued()) == [change.outbox_id]
    assert desk.hot(reply_queries.bytes_of(change.outbox_id)) == [change.mime]

    desk.commit(AssignTicket(ticket_id=uid, engineer=ANA), actor=ANA)

    assert desk.hot(reply_queries.next_undone()) == [""]


@pytest.fixture
def doubtful(desk):
    """A reply that may have been sent."""
    change = reply_to(desk, receive(desk, a_mail()))
    queue(desk, change)
    desk.write(
        OutboxMoved(
            id=change.outbox_id,
            ticket_uid=change.ticket_id,
            state=OutboxState.HELD,
            is_doubtful=True,
        )
    )
    return change


def test_undo_leaves_a_reply_alone_that_may_have_been_sent(desk, doubtful):
    with pytest.raises(RuleBrokenError, match="may have been sent"):
        desk.undo(actor=ANA)

    assert outbox_ids(desk) == [doubtful.outbox_id]
    assert desk.hot(hot.drafts(doubtful.ticket_id)) == []


def test_a_reply_that_may_have_been_sent_is_retried_as_it_is_and_never_parked(desk, doubtful):
    desk.commit(RetryReply(outbox_id=doubtful.outbox_id, not_before=NOW), actor=ANA)

    with pytest.raises(RuleBrokenError, match="retry or discard"):
        desk.commit(ParkReply(outbox_id=doubtful.outbox_id, at=NOW), actor=ANA)

    (row,) = desk.hot(hot.outbox())
    assert (row.state, row.is_doubtful) == (OutboxState.QUEUED, True)
    assert desk.hot(reply_queries.newest_queued()) == []
    assert desk.hot(reply_queries.bytes_of(row.id)) == [doubtful.mime]


def test_a_reply_that_was_taken_back_when_it_was_due_is_no_fault(desk):
    change = reply_to(desk, receive(desk, a_mail()))
    queue(desk, change)
    said = []
    kit = Kit(
        desk=desk,
        prove=lambda _: False,
        blobs=Blobs(desk.folder),
        status=StatusRow(desk, mode="full", version=""),
        stop=Stop(),
        log=said.append,
    )
    outbound = Outbound(kit, None, None, timeouts=Timeouts(), context=None)
    desk.undo(actor=ANA)

    outbound.send(change.outbox_id)

    assert said == []
