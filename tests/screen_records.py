"""Valid records for what is drawn; a test changes what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage.records.ids import ArticleId, BugId, NoteId, OutboxId, TicketId
from storage.records.mail import Address
from storage.records.ticket import (
    AttachmentRow,
    EventItem,
    KbLink,
    MessageItem,
    NoteItem,
    OutboxItem,
    Ticket,
    TicketSummary,
)
from storage.records.words import (
    AfterSend,
    BugState,
    Category,
    Direction,
    OutboxState,
    Priority,
    Severity,
    Status,
    Verdict,
)
from storage.records.work import Bug, BugForm

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ZOE = Address("Zoe Marlowe", "zoe@acme.example")
DESK = Address("Northwind Support", "help@northwind.example")
ANA = "ana@northwind.example"


def a_summary(**changed):
    return replace(
        TicketSummary(
            id=TicketId("7KQ2F00000000000"),
            handle="7KQ2",
            subject="Webhooks stopped arriving",
            requester=ZOE,
            status=Status.OPEN,
            category=None,
            area=None,
            assignee=None,
            priority=Priority.NORMAL,
            channel="email",
            tags=(),
            kb_links=(),
            bugs=(),
            features=(),
            created_at=NOW - timedelta(hours=3),
            activity_at=NOW - timedelta(minutes=12),
            first_response_at=None,
            ended_at=None,
            snoozed_until=None,
            due_at=None,
            messages=1,
            unread=0,
            last_from=Direction.IN,
            snippet="Since this morning none of our endpoints has seen an event.",
            reopened_why="",
            reply_waiting=False,
            fetching=False,
        ),
        **changed,
    )


def a_link(**changed):
    return replace(KbLink(target=ArticleId("A7KQ2F0000000000"), title="Retry a webhook"), **changed)


def a_message(**changed):
    return replace(
        MessageItem(
            id=1,
            key=b"k" * 16,
            at=NOW - timedelta(hours=3),
            author=ZOE,
            direction=Direction.IN,
            to=(DESK,),
            cc=(),
            reply_to=(),
            subject="Webhooks stopped arriving",
            text="Since this morning none of our endpoints has seen an event.\n\nZoe",
            has_body=True,
            attachments=(),
            message_id="1@acme.example",
            references=(),
            why="first message",
            verdict=Verdict.MEMBER,
            is_auto=False,
            defects=(),
            hidden_text=0,
            on_server=True,
        ),
        **changed,
    )


def an_attachment(**changed):
    return replace(
        AttachmentRow(id=1, filename="trace.log", mime="text/plain", size=48_213, sha256=None),
        **changed,
    )


def a_note(**changed):
    return replace(
        NoteItem(
            id=NoteId("N1"),
            at=NOW - timedelta(hours=2),
            author=ANA,
            text="The queue of region eu-2 is stuck, see the incident.",
        ),
        **changed,
    )


def an_event(**changed):
    return replace(
        EventItem(id="E1", at=NOW - timedelta(hours=2), author=ANA, text="Ana took it"), **changed
    )


def an_outbox_item(**changed):
    return replace(
        OutboxItem(
            id=OutboxId("O1"),
            ticket_id=TicketId("7KQ2F00000000000"),
            to=(ZOE,),
            cc=(),
            subject="Re: Webhooks stopped arriving",
            text="Events flow again; the missed ones were sent once more.",
            message_id="o1@northwind.example",
            state=OutboxState.QUEUED,
            queued_at=NOW,
            not_before=NOW + timedelta(seconds=10),
            tries=0,
            error="",
            then=AfterSend.NOTHING,
        ),
        **changed,
    )


def a_ticket(*conversation, **changed):
    return Ticket(
        summary=a_summary(**changed),
        conversation=tuple(conversation) or (a_message(),),
        missing=frozenset(),
    )


def a_bug(**changed):
    form = BugForm(
        title=changed.pop("title", "Webhook retries stop after a 410"),
        severity=changed.pop("severity", Severity.HIGH),
        area=changed.pop("area", "webhooks"),
    )
    return replace(
        Bug(
            id=BugId("B4XR000000000000"),
            handle="B4XR",
            form=form,
            state=BugState.REPORTED,
            fixer=None,
            customers=4,
            customers_7d=2,
            customers_30d=3,
            tickets=(),
            created_at=NOW - timedelta(days=9),
            created_by=ANA,
        ),
        **changed,
    )


CATEGORIES = tuple(Category)
