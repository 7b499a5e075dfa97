"""A folder in one session: what the desk knows, what the server says."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from storage.mail import plan
from storage.records.mail import Folder
from storage.records.remote import Selected


@dataclass(slots=True)
class Box:
    """A folder in this session: what the desk knows, and what is still to be asked for."""

    folder: Folder
    exists: int = 0
    uidnext: int | None = None
    windows: Iterator[plan.Window] | None = field(default=None, repr=False)
    "The rest of the backfill; None until the server was asked which UIDs there are."
    generation: int = 0
    "Counts the times that the server numbered its mails anew: an older UID is another mail's."

    said: Selected | None = field(default=None, repr=False)
    "By the server, when it was last opened."
    is_told: bool = False
    "With that it told every flag that changed since the cursor."
    is_vague: bool = False
    "It said that something changed and not of which mail."
    doubted: frozenset[int] = field(default=frozenset(), repr=False)
    "It said that these are gone, so many or against its own count that it has to say so twice."

    is_unlooked: bool = False
    "It was opened since the last look: what the server then no longer calls news may be unseen."

    @property
    def is_read(self) -> bool:
        """Whether every header down to UID 1 has been asked for."""
        return self.folder.low_uid == 1
