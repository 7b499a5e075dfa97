"""A reply's decisions: queue, take back, park, retry, discard.

Only queued, held and failed replies can be touched: anything further is already leaving.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Connection

from storage.db.engine import fetch
from storage.errors import NotFoundError, RuleBrokenError, UsageError
from storage.queries import hot, tickets
from storage.records.address import Address
from storage.records.facts import Fact
from storage.records.ids import OutboxId, TicketId
from storage.records.local import (
    DraftGone,
    DraftSaved,
    LocalRow,
    OutboxAdded,
    OutboxGone,
    OutboxMoved,
)
from storage.records.ticket import OutboxItem
from storage.records.words import AfterSend, OutboxState

_TOUCHABLE = frozenset({OutboxState.QUEUED, OutboxState.HELD, OutboxState.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReply:
    """A reply in its final bytes. No status changes until the server accepted it."""

    kind: ClassVar[str] = "reply.queue"
    outbox_id: OutboxId
    "Random, made by the caller."
    ticket_id: TicketId
    message_id: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    mime: bytes
    basis: tuple[str, ...]
    "Hex keys of messages and ids of outbox rows that the composer showed."
    after: AfterSend
    actor: str
    queued_at: datetime
    not_before: datetime
    "When the undo window ends."
    keeps_draft: bool = False
    "Not written in the composer: what is being written there stays."

    def check(self, conn: Connection) -> None:
        tickets.summary(conn, self.ticket_id)
        if not self.to and not self.cc:
            raise UsageError("The reply has no recipient: name one in To.")
        if not self.text.strip():
            raise UsageError("The reply is empty: nothing was queued.")

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        return ()

    def local(self, conn: Connection) -> Iterable[LocalRow]:
        ticket = tickets.summary(conn, self.ticket_id)
        envelope = dict.fromkeys(one.email for one in (*self.to, *self.cc))
        yield OutboxAdded(
            id=self.outbox_id,
            ticket_uid=ticket.id,
            message_id=self.message_id,
            sender=self.sender.email,
            to=self.to,
            cc=self.cc,
            envelope=tuple(envelope),
            subject=self.subject,
            text=self.text,
            mime=self.mime,
            basis=self.basis,
            after=self.after,
            actor=self.actor,
            queued_ms=int(self.queued_at.timestamp() * 1000),
            not_before_ms=int(self.not_before.timestamp() * 1000),
        )
        if not self.keeps_draft:
            yield DraftGone(ticket_uid=ticket.id, is_note=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkReply:
    """Take the text back as a draft and the row out of the outbox, in one transaction."""

    kind: ClassVar[str] = "reply.park"
    outbox_id: OutboxId
    at: datetime

    def check(self, conn: Connection) -> None:
        if touchable(conn, self.outbox_id).is_doubtful:
            raise RuleBrokenError(
                "It may have been sent: look in Sent, then retry or discard it in the outbox."
            )

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        return ()

    def local(self, conn: Connection) -> Iterable[LocalRow]:
        row = touchable(conn, self.outbox_id)
        return taken_back(conn, row, int(self.at.timestamp() * 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryReply:
    """Send again what failed or was held; the undo window runs anew."""

    kind: ClassVar[str] = "reply.retry"
    outbox_id: OutboxId
    not_before: datetime

    def check(self, conn: Connection) -> None:
        if touchable(conn, self.outbox_id).state is OutboxState.QUEUED:
            raise RuleBrokenError("That reply cannot be retried: it is queued already.")

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        return ()

    def local(self, conn: Connection) -> Iterable[LocalRow]:
        row = touchable(conn, self.outbox_id)
        yield OutboxMoved(
            id=row.id,
            ticket_uid=row.ticket_id or "",
            state=OutboxState.QUEUED,
            not_before_ms=int(self.not_before.timestamp() * 1000),
            tries=0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardReply:
    """A person's decision: nothing unsent is ever deleted otherwise."""

    kind: ClassVar[str] = "reply.discard"
    outbox_id: OutboxId

    def check(self, conn: Connection) -> None:
        touchable(conn, self.outbox_id)

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        return ()

    def local(self, conn: Connection) -> Iterable[LocalRow]:
        row = touchable(conn, self.outbox_id)
        yield OutboxGone(id=row.id, ticket_uid=row.ticket_id or "")


def touchable(conn: Connection, outbox_id: OutboxId) -> OutboxItem:
    """Return the row while a person may still decide about it.

    Raises:
        NotFoundError: no such reply on this desk.
        RuleBrokenError: it is already leaving, or has left.
    """
    found = [row for row in fetch(conn, hot.outbox(everything=True)) if row.id == outbox_id]
    if not found:
        raise NotFoundError(f"There is no reply {outbox_id[:8]} in the outbox.")
    if found[0].state not in _TOUCHABLE:
        leaving = {OutboxState.ACCEPTED, OutboxState.SENT}
        why = "it has left" if found[0].state in leaving else "it is already leaving"
        raise RuleBrokenError(f"That reply cannot be taken back: {why}.")
    return found[0]


def taken_back(conn: Connection, row: OutboxItem, at_ms: int) -> Iterable[LocalRow]:
    """Yield the reply as a draft; what was begun meanwhile stays below its text."""
    drafts = fetch(conn, hot.drafts(row.ticket_id or ""))
    begun = [one.text for one in drafts if not one.is_note and one.text.strip()]
    yield DraftSaved(
        ticket_uid=row.ticket_id or "",
        is_note=False,
        text="\n\n".join([row.text, *(text for text in begun if text != row.text)]),
        to=row.to,
        cc=row.cc,
        saved_ms=at_ms,
    )
    yield OutboxGone(id=row.id, ticket_uid=row.ticket_id or "")
