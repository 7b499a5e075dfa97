"""Mail as values: what the parser gives and the intake stores.

Every string here has passed `storage.mail.safe_text`: no control characters, no bidi
overrides, bounded in length. Bytes are kept as they came.
"""

from dataclasses import dataclass, field
from datetime import datetime

from storage.records.address import Address as Address  # noqa: PLC0414 - it lives there so that a list need not import all of mail
from storage.records.ids import MessageKey
from storage.records.words import Direction, FolderRole


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPart:
    """An attachment or inline file of a mail."""

    part: str
    "Place in the MIME tree, as IMAP numbers it: '2', '2.1'."
    filename: str
    "Made safe: no path, no control, at most 200 bytes."
    mime: str
    size: int
    "Bytes once decoded."
    cid: str = ""
    is_named: bool = True
    "The mail itself gave the name; else it is one of ours, from its place and type."
    content: bytes | None = field(default=None, repr=False)
    "None where it went to the disk while the mail was read, or lies on the server only."
    sha256: bytes | None = None
    "Of a file that went to the disk while the mail was read."


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedHeaders:
    """What a header block alone says."""

    key: MessageKey
    "design: SHA-256 over Message-ID, Date instant, sender, subject; first 16 bytes."
    message_id: str
    "Without angle brackets; empty where missing or unusable."
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    "Oldest first, at most the first and last 50."
    sender: Address
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: datetime | None
    "UTC; None where missing or unreadable."
    is_auto: bool
    "Auto-generated (RFC 3834 and its kin): does not reopen, is no first response."
    is_report: bool
    "multipart/report or from mailer-daemon: waits for its body before it can become a ticket."
    may_auto_reply: bool
    auth_passed: bool | None
    "What the provider's own topmost Authentication-Results says of the From domain; None without one."
    defects: tuple[str, ...]
    "Sentences for people: what could not be read."


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedBody:
    """What the body says once decoded."""

    text: str
    "For the screen: plain text, HTML converted, at most 2 MB."
    hidden_text: int
    "Characters of HTML that its author hid; they are not in `text`."
    parts: tuple[MailPart, ...]
    content_hash: bytes | None
    "SHA-256 of the decoded text without white space and of every attachment's bytes, 32 bytes."
    " None: it never came, and `defects` says in its one sentence why."
    reported_ids: tuple[str, ...]
    "Message-IDs named by a bounce (RFC 3464 and its kin); empty for other mail."
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMail:
    headers: ParsedHeaders
    body: ParsedBody


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a copy of a message lies."""

    folder: str
    uid: int
    arrived_at: datetime
    "INTERNALDATE, UTC."
    size: int
    "RFC822.SIZE, bytes."
    flags: frozenset[str] = frozenset()
    server_id: str = ""
    "The server's own id of the mail, alike in every folder (X-GM-MSGID); empty where it has none."


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingHeaders:
    """A header block with the place it was seen at."""

    place: Place
    raw: bytes = field(repr=False)
    headers: ParsedHeaders


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingBody:
    """A body for a message that is known by its headers."""

    message_id: int
    "Row id of the message on this desk."
    body: ParsedBody
    snippet: str | None = None
    "Its first own words, where they were looked for before the write lock was taken."
    size: int | None = None
    "Of the copy that it came from, as the server says; None: it came from none."


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A watched folder and how far it has been read."""

    id: int
    name: str
    role: FolderRole
    uidvalidity: int | None
    high_uid: int
    "Headers of every UID up to here have been asked for, from `low_uid` on."
    low_uid: int | None
    "Backfill position: headers below this UID are still to come; 1 when none are; None before the first window."
    server_count: int
    "EXISTS as last seen."
    highestmodseq: int | None = None
    "Every change up to here is on the desk (RFC 7162); None where that is not known."


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMail:
    """What threading needs to know of one mail."""

    key: MessageKey
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    proven: frozenset[str]
    "Ids among the above, or reported by a bounce, whose MAC the intake has checked: our own."
    reported_ids: tuple[str, ...]
    direction: Direction
    sender: str
    recipients: frozenset[str]
    "To and Cc, own addresses taken out."
    arrival_ms: int
    date_ms: int
    is_auto: bool
    is_report: bool
    has_body: bool
    is_colleague: bool
    "Sent by an engineer of the team or one of our addresses, and verified (direction out)."
    subject_token: str = ""
    "Ticket handle or uid found in the subject, where the team uses the token."


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An engineer's fact about where a message belongs; applied when `assign` reaches it."""

    key: MessageKey
    ticket: str
    "Uid it was moved to or split into."
    stamp: bytes
    by: str = ""
    "How the engineer is called, for the reason."


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where threading puts a mail, and why."""

    key: MessageKey
    ticket: str | None
    "None: no ticket (yet): only outgoing mail, or a report that waits for its body."
    is_member: bool
    why: str
    "For people: 'answers our reply', 'first message', 'moved here by Ana'."


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    placements: tuple[Placement, ...]
    aliases: tuple[tuple[str, str], ...]
    "(alias uid, ticket uid) pairs; a uid that was seen once leads there for ever."
    merged: tuple[tuple[str, str], ...]
    "(second ticket's uid, survivor) where a later mail or an undo took its messages away."
