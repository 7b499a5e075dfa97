"""What is true of the engine: what it says of itself, unless it is gone or has fallen silent.

A process that was killed leaves its last words behind, and one that is suspended still holds
the desk. The lock tells the first, the time of its last beat the second.
"""

import dataclasses
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from storage.db import locks
from storage.records.desk import EngineStatus

SILENT_SECONDS: Final = 30.0
"It beats every 5 s; a machine under load is late."
_LATE_SECONDS: Final = 6.0


@dataclass(slots=True)
class EngineWatch:
    """One observer; it remembers when it saw the last beat, for a laptop's clock jumps."""

    folder: Path
    clock: Callable[[], float] = time.monotonic
    "Seconds; stands still while the machine sleeps."
    _beat: float | None = field(default=None, init=False)
    _beat_seen: float = field(default=0.0, init=False)
    _told_of: int = field(default=0, init=False)
    "The process whose version was told of."

    def seen(self, said: EngineStatus) -> EngineStatus:
        """Return `said` where its process lives and answers, else what is so instead."""
        beat = locks.last_beat(self.folder, locks.ENGINE)
        if beat is None or not _holds(said.pid, self.folder):
            return said.ended(_moment(beat))
        if beat != self._beat:
            self._beat, self._beat_seen = beat, self.clock()
        is_silent = self.clock() - self._beat_seen > SILENT_SECONDS
        return _silent(said, beat) if is_silent else said

    def news_of_stranger(self, status: EngineStatus) -> str:
        """Return once what to say of an engine of another version; else ''."""
        if status.pid == self._told_of:
            return ""
        self._told_of = status.pid
        return stranger(status)


def seen_once(folder: Path, said: EngineStatus) -> EngineStatus:
    """Return the same for somebody who looks once; waits some seconds where the beat is late.

    The machine may just have woken up.
    """
    until = time.monotonic() + _LATE_SECONDS
    while (beat := locks.last_beat(folder, locks.ENGINE)) and _holds(said.pid, folder):
        if time.time() - beat <= SILENT_SECONDS:
            return said
        if time.monotonic() > until:
            return _silent(said, beat)
        time.sleep(0.1)
    return said.ended(_moment(beat))


def _holds(pid: int, folder: Path) -> bool:
    return locks.is_held(folder, locks.ENGINE) and _lives(pid)


def _silent(said: EngineStatus, beat: float) -> EngineStatus:
    since = _moment(beat)
    words = silence(said.pid, since)
    return dataclasses.replace(said, state="silent", since=since, error=words, next_try=None)


def _moment(beat: float | None) -> datetime | None:
    return None if beat is None else datetime.fromtimestamp(int(beat), UTC)


def silence(pid: int, since: datetime | None) -> str:
    """Return what to say of an engine that holds the desk and does not answer."""
    at = f" since {since.astimezone():%H:%M}" if since else ""
    return f"The engine (process {pid}) does not answer{at}: end it with kill -9 {pid}, nothing is lost."


def stranger(status: EngineStatus) -> str:
    """Return what to say of an engine of another version of the program; '' of one of ours."""
    ours = own_version()
    if not status.pid or status.version == ours:
        return ""
    return (
        f"The engine that runs (process {status.pid}) is rotadesk {status.version}, this is {ours}: "
        f"end it with kill {status.pid}, it starts anew."
    )


def own_version() -> str:
    try:
        return metadata.version("rotadesk")
    except metadata.PackageNotFoundError:
        return ""


def _lives(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
