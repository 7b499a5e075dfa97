"""A reply as a decision: whom it answers, what it is called, its final bytes.

The composer and the command line both come here, so that both send the same mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storage.changes.reply import QueueReply
from storage.errors import RuleBrokenError, UsageError
from storage.mail import compose, ids, replies
from storage.mail.compose import OutgoingFile
from storage.mail.replies import Recipients
from storage.records.account import Account
from storage.records.desk import DeskSettings
from storage.records.ids import SCRIPT_LENGTH, OutboxId, random_uid
from storage.records.mail import Address
from storage.records.ticket import ConversationItem, MessageItem, OutboxItem, Ticket
from storage.records.words import AfterSend, Direction, Verdict

_MARK: Final = " [#{}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a reply to a ticket starts with."""

    answers: MessageItem
    recipients: Recipients
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A reply as its writer left it."""

    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    subject: str
    text: str
    "Markdown."
    files: tuple[OutgoingFile, ...] = ()
    after: AfterSend = AfterSend.NOTHING
    keeps_draft: bool = False
    "It was not written in the composer; what is being written there stays."


def begin(ticket: Ticket, *, desk: DeskSettings, account: Account, to_all: bool = True) -> Begun:
    """Return whom a reply to the ticket goes to and what it is called.

    It answers the newest mail of a person who is on the ticket; a ticket where only we have
    written is continued.

    Raises:
        RuleBrokenError: there is nobody to answer.
    """
    mails = [one for one in ticket.conversation if isinstance(one, MessageItem)]
    members = [one for one in mails if one.verdict is Verdict.MEMBER and not one.is_auto]
    inbound = [one for one in members if one.direction is Direction.IN]
    if not (answered := (inbound or members)[-1:]):
        raise RuleBrokenError(
            f"Ticket {ticket.summary.handle} cannot be answered: no person has written on it."
        )
    own = desk.own_addresses | {account.address}
    return Begun(
        answers=answered[0],
        recipients=replies.reply_recipients(answered[0], own_addresses=own, to_all=to_all),
        subject=_subject(ticket, answered[0], desk),
    )


def queued(
    ticket: Ticket,
    begun: Begun,
    written: Written,
    *,
    account: Account,
    key: bytes,
    actor: str,
    now: datetime,
    delay: timedelta,
) -> QueueReply:
    """Return the decision to send: final bytes, signed Message-ID, what it answers.

    `ticket` is as it was shown to whoever wrote: all of it is the reply's basis. `key` is the
    team's, `actor` the engineer's address, `now` (UTC) the mail's Date, `delay` how long it
    can be taken back.

    Raises:
        UsageError: an address or a subject that cannot stand in a mail, or no recipient.
    """
    sender = Address(account.my_name, account.address)
    domain = account.address.rpartition("@")[2]
    message_id = ids.new_message_id(ticket.summary.id, key=key, domain=domain)
    return QueueReply(
        outbox_id=OutboxId(random_uid()),
        ticket_id=ticket.summary.id,
        message_id=message_id,
        sender=sender,
        to=written.to,
        cc=written.cc,
        subject=written.subject,
        text=written.text,
        mime=_bytes(begun.answers, written, sender=sender, message_id=message_id, now=now),
        basis=tuple(basis(ticket.conversation)),
        after=written.after,
        actor=actor,
        queued_at=now,
        not_before=now + delay,
        keeps_draft=written.keeps_draft,
    )


def basis(conversation: Sequence[ConversationItem]) -> list[str]:
    """Return what names the mails and the waiting replies that a writer has seen."""
    return [
        one.key.hex() if isinstance(one, MessageItem) else one.id
        for one in conversation
        if isinstance(one, MessageItem | OutboxItem)
    ]


def _bytes(
    answers: MessageItem, written: Written, *, sender: Address, message_id: str, now: datetime
) -> bytes:
    if not written.to and not written.cc:
        raise UsageError("The reply has no recipient: name one in To.")
    return compose.compose(
        sender=sender,
        to=written.to,
        cc=written.cc,
        subject=written.subject,
        text=written.text,
        message_id=message_id,
        in_reply_to=answers.message_id or None,
        references=replies.reply_references(answers.message_id, answers.references),
        date=now,
        attachments=written.files,
    )


def _subject(ticket: Ticket, answered: MessageItem, desk: DeskSettings) -> str:
    subject = replies.reply_subject(answered.subject or ticket.summary.subject)
    token = _MARK.format(ticket.summary.id[:SCRIPT_LENGTH])
    return subject + token if desk.token_in_subject and token not in subject else subject
