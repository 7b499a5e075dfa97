"""Ending cleanly at any moment, and giving up on a server that trickles.

A blocking read cannot be asked to stop, but a signal handler that raises ends it. What must
not be torn (a transaction, the handing over of a mail) is shielded for a moment; the desk
survives `kill -9` at any point, so this is courtesy, not safety.
"""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

from storage.errors import ConnectionLostError

_GRACE_SECONDS: Final = 1.0
_LAST_RESORT_SECONDS: Final = 1.6
_AGAIN_SECONDS: Final = 0.1
_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):
    """The engine was asked to end: no error, and nothing but the runner may catch it."""


class Stop:
    """Turns signals into an exception in the main thread; elsewhere `ask` sets a flag only."""

    def __init__(self) -> None:
        self.is_asked = False
        self.was_asked = False
        "Whether the end was ever asked for; stays."
        self.alive_at = time.monotonic()
        "When the engine last came by, monotonic seconds."
        self.on_hangup: Callable[[], None] | None = None
        "What SIGHUP does; None: it ends."
        self._hears = False
        self._grace_ends = 0.0
        self._shields = 0
        self._deadline: float | None = None

    def ask(self) -> None:
        """End at the next safe point."""
        self.is_asked = self.was_asked = True
        self._grace_ends = time.monotonic() + _GRACE_SECONDS

    def calm(self) -> None:
        """Let the last words be written: the end is under way."""
        self.is_asked = False
        if self._hears:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def check(self) -> None:
        """Raise Stopped where the end was asked for and nothing is shielded."""
        self.alive_at = time.monotonic()
        if self.is_asked and not self._shields:
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Do nothing for a while."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, 0.2))

    @contextlib.contextmanager
    def by_signals(self, *, status: int = 0) -> Iterator[None]:
        """Listen to SIGTERM, SIGINT and SIGHUP; for the main thread of the engine's process.

        Args:
            status: With which the process ends where the main thread hears nothing for too
                long: a name server or a disk that does not answer cannot be interrupted.
        """
        before = {number: signal.signal(number, self._told) for number in _ENDING}
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._hung_up)
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._alarmed)
        self._hears = True
        try:
            with _last_resort(status):
                yield
        finally:
            self._hears = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        """Let what is inside finish first, within a second."""
        self.check()
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        self.check()

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Give a server so long for one command, however busily it trickles.

        Raises:
            ConnectionLostError: it took longer; the connection must not be used again.
        """
        self.check()
        if not self._hears or self.is_asked:
            yield
            return
        self._deadline = time.monotonic() + seconds
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
        try:
            yield
        finally:
            self._deadline = None
            if not self.is_asked:
                signal.setitimer(signal.ITIMER_REAL, 0)

    def _told(self, _number: int, _frame: FrameType | None) -> None:
        self.ask()
        # an exception can be swallowed in a bad place (a finalizer): say it until it is heard
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS, _AGAIN_SECONDS)
        self.check()

    def _hung_up(self, number: int, frame: FrameType | None) -> None:
        if self.on_hangup is None:
            self._told(number, frame)
        else:
            self.on_hangup()

    def _alarmed(self, _number: int, _frame: FrameType | None) -> None:
        if self.is_asked:
            if not self._shields or time.monotonic() > self._grace_ends:
                raise Stopped
        elif (
            self._deadline is not None and not self._shields and time.monotonic() >= self._deadline
        ):
            self._deadline = None
            raise ConnectionLostError("The server does not come to an end.")


@contextlib.contextmanager
def _last_resort(status: int) -> Iterator[None]:
    """End the process some time after it was told to, whatever its main thread does."""
    hears, tells = socket.socketpair()
    tells.settimeout(0)
    is_over = threading.Event()
    watch = threading.Thread(target=_end_late, args=(hears, is_over, status), daemon=True)
    watch.start()
    before = signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        is_over.set()
        signal.set_wakeup_fd(before)
        tells.close()


def _end_late(hears: socket.socket, is_over: threading.Event, status: int) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    with hears:
        while said := hears.recv(64):
            if set(said).isdisjoint(_ENDING):
                continue
            if not is_over.wait(_LAST_RESORT_SECONDS):
                os._exit(status)
            return
