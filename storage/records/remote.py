"""A mailbox on a server as the engine sees it: folders, counts, header blocks, bodies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Ranges = tuple[tuple[int, int], ...]
"Of UIDs, both ends included, as a server writes '1:3,7'."


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
    "None where the server keeps none for the folder."
    is_readonly: bool
    since: "Since | None" = None
    "From where on the server told what changed; None: it was not asked, or cannot."
    vanished: Ranges = ()
    flags: Mapping[int, frozenset[str]] = field(default_factory=dict)
    "By UID, of every mail that came or was marked since."
    is_vague: bool = False
    "That is not all: too much, or said of no mail in particular."


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """A moment of a folder, and what of it is known."""

    uidvalidity: int
    modseq: int
    low_uid: int = 1
    "What lies below need not be told."


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a server said of the selected folder without being asked."""

    vanished: Ranges = ()
    flags: Mapping[int, frozenset[str]] = field(default_factory=dict)
    is_vague: bool = False
    "Some of it was said of a place in the list, not of a mail: only a look tells of which."


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
    server_id: str = ""
    "The same in every folder where the mail lies; empty where the server gives none."
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
