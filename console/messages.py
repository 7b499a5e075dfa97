"""What panes tell each other, always upwards."""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Final

from textual.message import Message

from storage.records.facts import Touched
from storage.records.ids import BugId, TicketId

if TYPE_CHECKING:
    from storage.mail.compose import OutgoingFile


@dataclass
class DeskChanged(Message):
    """Something was committed: here, by the engine, or by a command beside us."""

    touched: Touched


@dataclass
class ShowPlace(Message):
    """Go to a pane: 'inbox', 'ticket', 'bugs', 'kb', 'outbox'."""

    place: str


@dataclass
class ShowTicket(Message):
    """Show this ticket, wherever it is asked for."""

    ticket_id: TicketId
    takes_focus: bool = True


@dataclass
class ShowBug(Message):
    bug_id: BugId


UNDO_IS_NEXT: Final = "u: undo"
"The next step of every sentence about a decision."


@dataclass
class Said(Message):
    """A sentence for the status line, and the key that helps."""

    sentence: str
    next_step: str = ""
    is_trouble: bool = False


class Writes(StrEnum):
    """What is to be written."""

    REPLY_ALL = auto()
    REPLY_SENDER = auto()
    DRAFT = auto()
    "A reply as it was left."
    NOTE = auto()


@dataclass
class WriteOn(Message):
    """Open the composer on this ticket."""

    ticket_id: TicketId
    what: Writes
    files: "tuple[OutgoingFile, ...]" = ()
    "What goes along beside the files that are there already."
    held_why: str = ""
    "Why it was held or failed before, to be said once more."
    is_ready: bool = False
    "It was written before: go on to the send line."
