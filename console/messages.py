"""What panes tell each other, always upwards."""

from dataclasses import dataclass

from textual.message import Message

from storage.records.facts import Touched
from storage.records.ids import BugId, TicketId


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


@dataclass
class Said(Message):
    """A sentence for the status line, and the key that helps."""

    sentence: str
    next_step: str = ""
    is_trouble: bool = False
