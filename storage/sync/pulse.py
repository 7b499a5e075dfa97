"""A sign of life every five seconds, for as long as the engine's main thread gives some itself.

A suspended process still holds its lock: only the time of its last beat tells. The main thread
may be silent for as long as one IDLE lasts; beyond that it hangs, and nothing is shown any more.
"""

import signal
import threading
import time
from collections.abc import Callable
from typing import Final

from storage.db.locks import RoleLock
from storage.sync.stop import Stop

BEAT_SECONDS: Final = 5.0
_SILENT_AT_MOST: Final = 900.0


class Pulse:
    """Beats from `start` to `stop`, in a thread of its own."""

    def __init__(self, lock: RoleLock, stop: Stop, *, on_beat: Callable[[], None]) -> None:
        self._lock = lock
        self._stop = stop
        self._on_beat = on_beat
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End before the lock is let go: a beat later would touch another's."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        # a signal must interrupt what the main thread waits for
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while not self._end.wait(BEAT_SECONDS):
            if time.monotonic() - self._stop.alive_at <= _SILENT_AT_MOST:
                self._lock.beat()
                self._on_beat()
