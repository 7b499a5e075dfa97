"""What every part of the engine works with."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from typing import Final, Protocol

from storage.db.blobs import Blobs
from storage.db.engine import Transaction
from storage.errors import DeskUnavailableError, LoginRefusedError, UsageError
from storage.mail import plan
from storage.mail.parse import parse_mail
from storage.records.ids import OutboxId
from storage.records.mail import ParsedBody, ParsedMail
from storage.rules.skipping import OUR_FAULT as OUR_FAULT  # noqa: PLC0414 - most of the engine takes it from here
from storage.store import Desk
from storage.sync.pace import Pace
from storage.sync.status import StatusRow
from storage.sync.stop import Stop

_LOCK_SECONDS: Final = 0.05
"How long a batch may hold the write lock: a person's keypress waits behind it."
_FEWEST: Final = 10


def _version() -> str:
    try:
        return metadata.version("rotadesk")
    except metadata.PackageNotFoundError:
        return ""


VERSION: Final = _version()


class Log(Protocol):
    """One line an event; never a word of a mail, an address or a secret."""

    def __call__(self, event: str, /, **counts: int) -> None: ...


@dataclass(slots=True)
class Tally:
    """What this run did."""

    headers: int = 0
    bodies: int = 0
    body_bytes: int = 0
    sent: int = 0
    failed: int = 0
    held: int = 0
    progress_at: float = field(default_factory=time.monotonic)

    def progress(self) -> None:
        self.progress_at = time.monotonic()


@dataclass(slots=True, kw_only=True)
class Kit:
    """One for the life of the engine; connections come and go."""

    desk: Desk
    prove: Callable[[str], bool]
    "Whether a Message-ID carries a valid MAC of this team."
    blobs: Blobs
    status: StatusRow
    stop: Stop
    log: Log
    is_readonly: bool = False
    command_seconds: float = 300.0
    "The longest that one command may take, however busily the server trickles."
    tally: Tally = field(default_factory=Tally)
    suspects: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    "(what, folder, UID) that was asked for when a connection was lost, and how often."
    renumbered: Counter[int] = field(default_factory=Counter)
    "How often a folder gave its mails new UIDs since it was last read to the end."
    send_refusal: LoginRefusedError | UsageError | None = None
    "The server for sending takes our password no more, or there is none: nothing is tried, over"
    " whatever connection, until a person did something."
    filing_seconds: float = 600.0
    "How long a provider may take to keep its copy of what it sent."
    unfiled: dict[OutboxId, float] = field(default_factory=dict)
    "Replies whose copy the provider was to keep: when each was first missed, monotonic seconds."
    mails_at_once: int = plan.BATCH_MAILS
    archive_since: dict[str, float] = field(default_factory=dict)
    "When a closed ticket was first seen whose mail is to be archived, monotonic seconds."
    pace: Pace = field(default_factory=Pace)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Hold the write lock for one transaction; a signal waits for its end."""
        with self.stop.shielded(), self.desk.writing() as conn:
            yield conn

    @contextmanager
    def batch(self) -> Iterator[Transaction]:
        """Take in what the server still has, and learn how much of it fits into the time.

        Nobody waits for the disk meanwhile: rows and cursor are one transaction, and what a
        power cut takes back is asked for again.
        """
        with self.stop.shielded(), self.desk.writing(is_forced=False) as conn:
            begun = time.monotonic()
            yield conn
            took = time.monotonic() - begun
        if took > _LOCK_SECONDS:
            self.mails_at_once = max(_FEWEST, self.mails_at_once * 2 // 3)
        elif took < _LOCK_SECONDS / 2:
            self.mails_at_once = min(plan.BATCH_MAILS, self.mails_at_once * 3 // 2)
        self.tally.progress()

    def mail_of(self, raw: bytes) -> ParsedMail:
        """Return a mail of ours, its attachments kept as files already."""
        mail = parse_mail(raw)
        self.keep_files(mail.body)
        return mail

    def keep_files(self, body: ParsedBody) -> None:
        """Write attachments before the lock is taken: each waits for the disk.

        Raises:
            DeskUnavailableError: the disk is full, or takes no more files.
        """
        with writing_files():
            for part in body.parts:
                if part.content is not None:
                    self.blobs.put(part.content)

    def keep_pieces(self, pieces: Iterable[bytes]) -> bytes:
        """Write a file that comes in pieces; return its SHA-256.

        Raises:
            DeskUnavailableError: as above.
        """
        with writing_files():
            return self.blobs.put_pieces(pieces)


@contextmanager
def writing_files() -> Iterator[None]:
    """Say what the disk refused.

    Raises:
        DeskUnavailableError: it is full, or takes no more files.
    """
    try:
        yield
    except OSError as error:
        raise DeskUnavailableError(
            f"A file of a mail could not be written: {error.strerror}."
        ) from error
