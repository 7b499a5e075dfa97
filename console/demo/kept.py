"""What has happened to the practice mailbox, one line an event, so that it can happen again.

UIDs come from the order of events alone. So the mailbox resumes by doing in the same order
what was done before, and the desk finds every mail under the UID it knows.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The first start: practice mails are dated from here."""

    kind: ClassVar[str] = "begun"
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A mail was put into a folder."""

    kind: ClassVar[str] = "added"
    folder: str
    uid: int
    at: datetime
    flags: tuple[str, ...] = ()
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A mail has these flags and no others."""

    kind: ClassVar[str] = "flagged"
    folder: str
    uid: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Mails were expunged from a folder, or moved out of it."""

    kind: ClassVar[str] = "dropped"
    folder: str
    uids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A folder was made."""

    kind: ClassVar[str] = "made"
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A folder was deleted with what lay in it."""

    kind: ClassVar[str] = "removed"
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A mail left over SMTP; these recipients got it."""

    kind: ClassVar[str] = "posted"
    at: datetime
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)


_NAME = "mailbox.jsonl"
Event = Begun | Added | Flagged | Dropped | Made | Removed | Posted
_KINDS: dict[str, type[Event]] = {
    one.kind: one for one in (Begun, Added, Flagged, Dropped, Made, Removed, Posted)
}


class Diary:
    """The events of the practice mailbox in `folder`, in a file that only grows."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        self._file: IO[bytes] | None = None

    def events(self) -> Iterator[Event]:
        """Yield what was kept, oldest first; a line torn by a power cut ends it."""
        with suppress(FileNotFoundError), self._path.open("rb") as file:
            for line in file:
                event = _read(line)
                if event is None:
                    return
                yield event

    def begun(self) -> datetime | None:
        """Return when the mailbox was first started; None where it was not."""
        return next((one.at for one in self.events() if isinstance(one, Begun)), None)

    def open(self) -> None:
        """Make ready to keep events; what a power cut left of the last line goes."""
        whole = 0
        with suppress(FileNotFoundError), self._path.open("rb") as file:
            for line in file:
                if _read(line) is None:
                    break
                whole += len(line)
        self._file = self._path.open("ab")
        self._file.truncate(whole)

    def keep(self, event: Event) -> None:
        if self._file is None:
            return  # being replayed: it is in the file already
        self._file.write(_written(event))
        self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _written(event: Event) -> bytes:
    values = {
        name: value.decode("latin-1")
        if isinstance(value, bytes)
        else value.isoformat()
        if isinstance(value, datetime)
        else value
        for name, value in asdict(event).items()
    }
    return json.dumps({"kind": event.kind} | values, separators=(",", ":")).encode() + b"\n"


def _read(line: bytes) -> Event | None:
    if not line.endswith(b"\n"):
        return None
    try:
        values = json.loads(line)
        kind = _KINDS[values.pop("kind")]
    except (ValueError, KeyError):
        return None
    if "raw" in values:
        values["raw"] = values["raw"].encode("latin-1")
    if "at" in values:
        values["at"] = datetime.fromisoformat(values["at"]).astimezone(UTC)
    for name in ("flags", "uids", "recipients"):
        if name in values:
            values[name] = tuple(values[name])
    return kind(**values)
