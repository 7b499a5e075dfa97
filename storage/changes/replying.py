"""From what an engineer wrote to a reply in its final bytes: the one way to make a QueueReply.

The console and the command line share it, so that both answer the same people under the same
subject, and so that nobody is lost from a conversation.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from storage.changes.reply import QueueReply
from storage.errors import UsageError
from storage.mail import compose, ids, replies
from storage.mail.compose import OutgoingFile
from storage.mail.replies import Recipients
from storage.records.address import Address
from storage.records.desk import DeskSettings
from storage.records.ids import OutboxId, random_uid
from storage.records.ticket import MessageItem, OutboxItem, Ticket
from storage.records.words import AfterSend, Direction, Verdict
from storage.rules import safe_text

MOST_BYTES = 18_000_000
"Of all files of one reply: base64 makes 25 MB of it, which is what most servers take."


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written, and to whom it goes."""

    text: str
    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    files: tuple[OutgoingFile, ...] = ()
    after: AfterSend = AfterSend.NOTHING


def answered(ticket: Ticket) -> MessageItem | None:
    """Return the mail that a reply answers: the newest that a person wrote and that counts.

    Where only automatic or unverified mail is there, the newest of it that counts more.
    """
    mails = [one for one in ticket.conversation if isinstance(one, MessageItem)]
    by_worth = (
        [one for one in mails if one.verdict is Verdict.MEMBER and not one.is_auto],
        [one for one in mails if one.verdict is Verdict.MEMBER],
        mails,
    )
    return next((some[-1] for some in by_worth if some), None)


def recipients(ticket: Ticket, *, desk: DeskSettings, to_all: bool) -> Recipients:
    """Return who a reply goes to unless its writer says otherwise.

    To everybody: who stood in To stays there, who stood in Cc stays there, and the requester is
    among them whoever wrote last. Else: the newest sender alone.
    """
    newest, asker = answered(ticket), ticket.summary.requester
    if newest is not None and not to_all and newest.direction is Direction.OUT:
        newest = _newest_from_outside(ticket) or newest
    if newest is None:
        return Recipients(to=(asker,) if asker.email else (), cc=())
    own = desk.own_addresses | {one.email for one in _named(newest) if desk.is_own(one.email)}
    found = replies.reply_recipients(newest, own_addresses=own, to_all=to_all)
    reached = {one.email for one in (*found.to, *found.cc)} | own
    # who asks for answers at another address of theirs is reached there
    is_lost = asker.email not in reached and newest.author.email != asker.email
    if to_all and asker.email and is_lost:
        return replace(found, to=(asker, *found.to))
    return found


def sender(ticket: Ticket, *, me: Address, desk: DeskSettings) -> Address:
    """Return whom a reply is from: under my name, the address of ours that was written to.

    The desk's own where none of ours was named (a Bcc, a list), or where the team wants so.
    """
    newest = _newest_from_outside(ticket)
    if newest is None or desk.reply_from == "address":
        return Address(me.name, desk.address)
    written_to = (desk.own_form(one.email) for one in (*newest.to, *newest.cc))
    return Address(me.name, next((one for one in written_to if one), desk.address))


def _named(message: MessageItem) -> Iterable[Address]:
    return (message.author, *message.reply_to, *message.to, *message.cc)


def _newest_from_outside(ticket: Ticket) -> MessageItem | None:
    mails = [one for one in ticket.conversation if isinstance(one, MessageItem)]
    counts = (Direction.IN, Verdict.MEMBER)
    return next((one for one in reversed(mails) if (one.direction, one.verdict) == counts), None)


def basis_of(ticket: Ticket) -> frozenset[str]:
    """Return what a reader of `ticket` has before them: keys of mails, ids of replies."""
    return frozenset(
        one.key.hex() if isinstance(one, MessageItem) else one.id
        for one in ticket.conversation
        if isinstance(one, MessageItem | OutboxItem)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who writes, and what a mail of the team's needs of this machine."""

    me: Address
    "The name stands before the desk's address; the address is the actor."
    desk: DeskSettings
    key: bytes = field(repr=False)
    "The team's, for the Message-ID."
    undo: timedelta
    "How long a reply waits, so that it can be taken back."


def queue_reply(
    ticket: Ticket,
    written: Written,
    *,
    writer: Writer,
    now: datetime,
    basis: Iterable[str] | None = None,
) -> QueueReply:
    """Return the change that queues what was written, composed to its last byte.

    `basis` is what the writer had read; None: all that is on `ticket`.

    Raises:
        UsageError: no recipient, no text, no address of the desk, too many bytes, or an
            address or name that cannot stand in a mail.
    """
    _refuse_nonsense(written, writer.desk)
    if not written.to:
        written = replace(written, to=written.cc, cc=())
    subject = _subject(ticket, writer.desk)
    message_id, raw = _composed(ticket, written, subject, writer=writer, now=now)
    return QueueReply(
        outbox_id=OutboxId(random_uid()),
        ticket_id=ticket.summary.id,
        message_id=message_id,
        sender=sender(ticket, me=writer.me, desk=writer.desk),
        to=written.to,
        cc=written.cc,
        subject=subject,
        text=written.text,
        mime=raw,
        basis=tuple(sorted(basis_of(ticket) if basis is None else basis)),
        after=written.after,
        actor=writer.me.email,
        queued_at=now,
        not_before=now + writer.undo,
    )


def _composed(
    ticket: Ticket, written: Written, subject: str, *, writer: Writer, now: datetime
) -> tuple[str, bytes]:
    """Return the Message-ID and the bytes of the mail."""
    newest = answered(ticket)
    domain = safe_text.ascii_domain(writer.desk.address.rpartition("@")[2])
    message_id = ids.new_message_id(ticket.summary.id, key=writer.key, domain=domain)
    line = replies.reply_references(newest.message_id, newest.references) if newest else ()
    raw = compose.compose(
        sender=sender(ticket, me=writer.me, desk=writer.desk),
        to=written.to,
        cc=written.cc,
        subject=subject,
        text=written.text,
        message_id=message_id,
        in_reply_to=(newest.message_id or None) if newest else None,
        references=line,
        date=now,
        attachments=written.files,
    )
    return message_id, raw


def _refuse_nonsense(written: Written, desk: DeskSettings) -> None:
    if not desk.address:
        raise UsageError("The desk has no address to answer from yet.")
    if not written.to and not written.cc:
        raise UsageError("The reply has no recipient: name one in To.")
    if not written.text.strip():
        raise UsageError("The reply is empty: nothing was queued.")
    size = sum(len(one.content) for one in written.files)
    if size > MOST_BYTES:
        raise UsageError(
            f"The files of one reply may be {MOST_BYTES // 1_000_000} MB together; "
            f"these are {size / 1_000_000:.0f} MB."
        )


def _subject(ticket: Ticket, desk: DeskSettings) -> str:
    """Return the newest subject with one 'Re:', and at its end the ticket where the team wants."""
    newest = answered(ticket)
    subject = replies.reply_subject(newest.subject if newest else ticket.summary.subject)
    token = f"[#{ticket.summary.handle}]"
    return f"{subject} {token}" if desk.token_in_subject and token not in subject else subject
