"""The terminal as Textual drives it, and as it goes away.

Textual's own input thread ends the program with a traceback at a byte that is no UTF-8 (an old
terminal's mouse sends some) and spins when the terminal is gone.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import Final

from textual.drivers.linux_driver import LinuxDriver

GONE: Final = 128 + signal.SIGHUP
_PATIENCE_SECONDS: Final = 3.0
_CHECK_SECONDS: Final = 1.0


class TerminalDriver(LinuxDriver):
    """Drops bytes that are no text; leaves when nobody is at the other end."""

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's own has no types
        asyncio.get_running_loop().call_later(_CHECK_SECONDS, self._check)

    def _run_input_thread(self) -> None:
        while not self.exit_event.is_set():
            try:
                return self.run_input_thread()
            except UnicodeDecodeError:
                continue
            except OSError:
                return None  # the terminal is gone: `_check` sees it too
        return None

    def _check(self) -> None:
        if os.isatty(self.fileno):
            asyncio.get_running_loop().call_later(_CHECK_SECONDS, self._check)
        else:
            leave(self._app.exit, GONE)


def leave(leaving: Callable[[int], object], status: int) -> None:
    """Begin to leave with `status`; whoever waits for a terminal that is gone is not waited for."""
    last = threading.Timer(_PATIENCE_SECONDS, os._exit, (status,))
    last.daemon = True
    last.start()
    leaving(status)


def leave_by_signals(leaving: Callable[[int], object]) -> None:
    """Leave as by a key when told to end, so that the terminal is restored and drafts are kept."""
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(one, leave, leaving, 128 + one)
