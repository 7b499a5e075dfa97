"""Waiting: for the next try, for a person, for a console to come or go."""

import random
import select
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from storage.db import wake
from storage.errors import DeskError, NotNowError, ServerError
from storage.queries import hot
from storage.records.local import ENGINE_ASKED, ENGINE_MODE
from storage.store import Desk

_SHORTEST: Final = 2.0
_LONGEST: Final = 80.0
_LEFT_ALONE: Final = 15.0
"At least so long a server that says 'not now' is left alone where it names no time."
_WATCH_SECONDS: Final = 2.0
_CONFIG_SECONDS: Final = 5.0


class Pauses:
    """2 to 80 s, each twice the last, never two machines at the same instant."""

    def __init__(self) -> None:
        self._next = _SHORTEST

    def next(self) -> float:
        pause, self._next = self._next, min(_LONGEST, self._next * 2)
        return pause * random.uniform(0.75, 1.25)  # noqa: S311 - no secret

    def after(self, error: DeskError) -> float:
        """Return how long to wait after `error`: never less than the server asked for."""
        least = stated_wait(error) or (_LEFT_ALONE if isinstance(error, NotNowError) else 0.0)
        return max(self.next(), least * random.uniform(1.0, 1.1))  # noqa: S311 - no secret

    def reset(self) -> None:
        self._next = _SHORTEST


def stated_wait(error: DeskError) -> float:
    """Return the seconds that the server asked to be left alone; 0 where it did not."""
    return (error.wait_seconds or 0.0) if isinstance(error, ServerError) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How long the engine may wait, told the time; whatever it hears, it looks again then."""

    renew: float
    "Seconds that IDLE may last: NATs forget a silent connection, and nobody is told."
    poll: float
    background_poll: float
    "While no console looks."

    def look_at(
        self, *, looked_at: float, has_idle: bool, folders: int, has_console: bool
    ) -> float:
        """Return when every folder is to be looked at again; IDLE hears one of them only."""
        if has_idle and folders == 1:
            return looked_at + self.renew
        return looked_at + (self.poll if has_console else self.background_poll)

    def rest(self, *, now: float, look_at: float, due_in: float, has_idle: bool) -> float:
        """Return the seconds to wait for news: until the look, or until a reply is due."""
        seconds = max(0.0, min(look_at - now, due_in))
        return min(seconds, self.renew) if has_idle else seconds


class Ear:
    """Hears commits of others, a person's wish to try again, and a changed configuration."""

    def __init__(self, desk: Desk, *, fingerprint: Callable[[], Hashable]) -> None:
        self._desk = desk
        self._fingerprint = fingerprint
        self._wake = wake.Wake(desk.folder, wake.ENGINE)
        self._asked = self._asked_now()
        self._is_nudged = False
        self._config = fingerprint()

    def fileno(self) -> int:
        return self._wake.fileno()

    def drain(self) -> bool:
        return self._wake.drain()

    def nudge(self) -> None:
        """Be as if a person had asked; may be called by a signal's handler."""
        self._is_nudged = True
        wake.knock(self._desk.folder, wake.ENGINE)

    def was_asked(self) -> bool:
        """Return whether a person asked to try again since the last call."""
        nudged, self._is_nudged = self._is_nudged, False
        before, self._asked = self._asked, self._asked_now()
        return nudged or before != self._asked

    def has_new_config(self) -> bool:
        """Return whether the configuration is another than at the last call."""
        before, self._config = self._config, self._fingerprint()
        return before != self._config

    def wanted_mode(self) -> str:
        """Return the mode that the console wants; '' where none was ever opened."""
        return "".join(self._desk.hot(hot.view_state(ENGINE_MODE)))

    def wait(self, seconds: float) -> bool:
        """Wait until somebody commits or the time is up; return whether somebody did."""
        ready, _, _ = select.select([self._wake], [], [], max(0.0, seconds))
        return bool(ready)

    def wait_for_person(
        self, *, until: float | None, is_over: Callable[[], bool], not_before: float = 0.0
    ) -> bool:
        """Wait until a person asks, the configuration changes, time is up or all is over.

        Returns whether a person asked or changed the configuration.

        Args:
            until: Monotonic seconds; None: there is no other way than a person.
            is_over: Asked after every wake-up.
            not_before: Monotonic seconds; a person who asks earlier is heard then.
        """
        while not is_over():
            left = (
                _CONFIG_SECONDS if until is None else min(until - time.monotonic(), _CONFIG_SECONDS)
            )
            if left <= 0:
                return False
            self.wait(left)
            self.drain()
            if self.has_new_config():
                return True
            if time.monotonic() >= not_before and self.was_asked():
                return True
        return False

    def close(self) -> None:
        self._wake.close()

    def _asked_now(self) -> str:
        return "".join(self._desk.hot(hot.view_state(ENGINE_ASKED)))


class ConsoleWatch:
    """Wakes the engine once no console lives any more; a thread, for the engine may be idle."""

    def __init__(self, desk: Desk) -> None:
        self._folder = desk.folder
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="console-watch", daemon=True)

    @property
    def has_console(self) -> bool:
        return wake.is_owned(self._folder, wake.CONSOLE)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._end.set()

    def _watch(self) -> None:
        while not self._end.wait(_WATCH_SECONDS):
            if not self.has_console:
                wake.knock(self._folder, wake.ENGINE)
