"""Tickets and their conversations as the screen and the command line read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.records.address import Address
from storage.records.ids import ArticleId, BugId, FeatureId, NoteId, OutboxId, TicketId
from storage.records.words import (
    AfterSend,
    Category,
    CloseRequirement,
    Direction,
    LinkUse,
    OutboxState,
    Priority,
    Status,
    Verdict,
)

ON_DEMAND_BYTES: Final = 5_000_000
"A mail larger than this comes only when somebody asks for it."


@dataclass(frozen=True, slots=True, kw_only=True)
class KbLink:
    """A link to one of our articles (its id) or to a page of ours (its URL)."""

    target: str
    use: LinkUse = LinkUse.USED
    title: str = ""
    "The article's, where there is one; filled by queries."

    @property
    def is_url(self) -> bool:
        return "://" in self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSummary:
    """One ticket as a list shows it."""

    id: TicketId
    handle: str
    "Shortest unique prefix of the uid, at least 4 characters."
    subject: str
    requester: Address
    status: Status
    category: Category | None
    area: str | None
    assignee: str | None
    "An engineer's address, lower case."
    priority: Priority
    channel: str
    tags: tuple[str, ...]
    kb_links: tuple[KbLink, ...]
    bugs: tuple[BugId, ...]
    features: tuple[FeatureId, ...]
    created_at: datetime
    activity_at: datetime
    first_response_at: datetime | None
    ended_at: datetime | None
    snoozed_until: datetime | None
    due_at: datetime | None
    messages: int
    "Mails on it, unverified ones not counted."
    unread: int
    last_from: Direction
    "Who spoke last, notes and automatic mail not counted."
    snippet: str
    reopened_why: str
    "Empty, or the sentence: 'Reopened: Ben removed the KB link'."
    reply_waiting: bool
    "A reply is in the outbox."
    fetching: bool
    "The newest mail's body is not here yet."
    comes_when_asked: bool = False
    "And it is too large to come by itself."


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRow:
    id: int
    filename: str
    mime: str
    size: int
    sha256: bytes | None
    "None: on the server only."
    is_kept: bool = True
    "False: it was here, and was put away to save room."

    @property
    def is_here(self) -> bool:
        return self.sha256 is not None and self.is_kept


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageItem:
    """A mail of the conversation."""

    id: int
    key: bytes
    at: datetime
    author: Address
    direction: Direction
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    text: str
    has_body: bool
    attachments: tuple[AttachmentRow, ...]
    message_id: str
    references: tuple[str, ...]
    why: str
    verdict: Verdict
    is_auto: bool
    defects: tuple[str, ...]
    hidden_text: int
    on_server: bool
    "False once no place holds a copy."
    size: int = 0
    "Of the whole mail, bytes, as the server says."
    got: int | None = None
    "Bytes that came since somebody asked for it, or for its files; None: nobody did."

    @property
    def comes_when_asked(self) -> bool:
        """Whether its text lies on the server and is too large to come by itself."""
        return not self.has_body and self.on_server and self.size > ON_DEMAND_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteItem:
    """An internal note: never leaves the desk."""

    id: NoteId
    at: datetime
    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventItem:
    """What somebody decided: 'Ana closed it'."""

    id: str
    at: datetime
    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """A reply that has not been sent, or whose copy is not on the desk yet."""

    id: OutboxId
    ticket_id: TicketId | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    message_id: str
    state: OutboxState
    queued_at: datetime
    not_before: datetime
    tries: int
    error: str
    "Why it is held or failed, made safe; empty otherwise."
    then: AfterSend
    is_doubtful: bool = False
    "It may have been sent: the same bytes may leave again, another mail in its place must not."


ConversationItem = MessageItem | NoteItem | EventItem | OutboxItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket with everything said on it, oldest first."""

    summary: TicketSummary
    conversation: tuple[ConversationItem, ...]
    missing: frozenset[CloseRequirement]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An article that may answer a ticket."""

    article_id: ArticleId
    title: str
    why: str
    "The words that matched, for people."
    used_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """A file that goes along with a draft; its bytes lie among the desk's files."""

    filename: str
    mime: str
    size: int
    sha256: str
    "Hexadecimal."


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is being written; saved every second, never sent by itself."""

    ticket_id: TicketId
    is_note: bool
    text: str
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    saved_at: datetime
    files: tuple[DraftFile, ...] = ()
