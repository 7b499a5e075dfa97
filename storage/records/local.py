"""Rows of this machine, as changes and the engine hand them to `storage.local`."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from storage.records.address import Address
from storage.records.ticket import DraftFile
from storage.records.words import AfterSend, OutboxState


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxAdded:
    """A reply in its final bytes: what leaves is exactly this."""

    id: str
    ticket_uid: str
    message_id: str
    sender: str
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    envelope: tuple[str, ...]
    subject: str
    text: str
    mime: bytes = field(repr=False)
    basis: tuple[str, ...]
    "Hex keys of the messages and ids of the outbox rows that the composer showed."
    after: AfterSend
    actor: str
    queued_ms: int
    not_before_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMoved:
    id: str
    ticket_uid: str
    state: OutboxState
    error: str = ""
    not_before_ms: int | None = None
    tries: int | None = None
    basis: tuple[str, ...] | None = None
    "What its writer has been told of by now; None leaves it as it was."
    is_doubtful: bool = False
    "It may have been sent; once so, it stays so."


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxGone:
    id: str
    ticket_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSaved:
    ticket_uid: str
    is_note: bool
    text: str
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    saved_ms: int
    files: tuple[DraftFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftGone:
    ticket_uid: str
    is_note: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The ticket was read up to and including this message id."""

    ticket_uid: str
    upto: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody waits for this body, or for its files."""

    message_id: int
    at_ms: int
    "The newest is fulfilled first."


@dataclass(frozen=True, slots=True, kw_only=True)
class WishGot:
    """So much of it is here."""

    message_id: int
    got: int
    "Bytes."


@dataclass(frozen=True, slots=True, kw_only=True)
class WishGone:
    """Nobody waits for it any more; what came of it stays."""

    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllWished:
    """Every text and file that lies on the server only is to come, when there is time."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllUnwished:
    """Take that back; what somebody waits for still comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewState:
    key: str
    value: str


ENGINE_ASKED: Final = "engine.asked"
"View state that a person changes to say: look now, try again now."


ENGINE_MODE: Final = "engine.mode"
"View state: the mode of the engine that the console wants; a child in another one ends."


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveWanted:
    """The mail of a closed ticket is to leave intake."""

    ticket_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveBegun:
    """The mail is about to be moved: what lies in the archive from `from_uid` on may be it."""

    ticket_uid: str
    archive_id: int
    from_uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveOver:
    """Nothing is left to move, or the ticket is closed no more."""

    ticket_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSaid:
    status: str
    "EngineStatus as JSON, times in milliseconds."


LocalRow: TypeAlias = (
    OutboxAdded
    | OutboxMoved
    | OutboxGone
    | DraftSaved
    | DraftGone
    | Looked
    | Wish
    | WishGot
    | WishGone
    | AllWished
    | AllUnwished
    | ViewState
    | ArchiveWanted
    | ArchiveBegun
    | ArchiveOver
    | EngineSaid
)
