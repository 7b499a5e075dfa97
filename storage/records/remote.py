"""A mailbox on a server as the engine sees it: folders, counts, header blocks, bodies."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFolder:
    """A folder as the server lists it."""

    name: str
    "For commands; decoded, but whatever the server made of it: never show it."
    shown: str
    "The same, made safe for the screen."
    delimiter: str
    "Between the levels of a name; empty where the server has none."
    flags: frozenset[str]

    @property
    def can_be_opened(self) -> bool:
        return not {one.lower() for one in self.flags} & {"\\noselect", "\\nonexistent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    uidvalidity: int
    uidnext: int | None
    "None where the server does not say (some never do)."
    exists: int
    highestmodseq: int | None
    is_readonly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderStatus:
    exists: int | None
    uidnext: int | None
    uidvalidity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedHeaders:
    uid: int
    flags: frozenset[str]
    internal_date: datetime
    "UTC; the moment of fetching where the server names no instant."
    size: int
    raw: bytes = field(repr=False)
    "The header block with the empty line that ends it, as it came."


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedText:
    uid: int
    raw: bytes = field(repr=False)
    "What follows the header block, as it came."


class IdleEvent(StrEnum):
    CHANGED = "changed"
    "The server has news of the selected folder: mail came, went or was marked."
    WOKEN = "woken"
    "`wake_fd` is readable; emptying it is the caller's."
    TIMEOUT = "timeout"
