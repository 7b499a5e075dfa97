"""What a service manager is told and asks for: systemd's protocol, see sd_notify(3).

Fifteen lines instead of a dependency. Where nobody listens, nothing is said.
"""

import contextlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from storage.records.desk import EngineStatus

_ALIVE: Final = "WATCHDOG=1"


@dataclass(slots=True)
class Service:
    """The engine as systemd sees it."""

    socket_path: str = ""
    "Empty: we are no service."
    is_ready: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Service":
        return cls(environment.get("NOTIFY_SOCKET", ""))

    def show(self, status: EngineStatus) -> None:
        """Say in a line of `systemctl status` how mail flows; the first says that we are up."""
        words = f"STATUS={_line(status)}"
        self._tell(words if self.is_ready else f"READY=1\n{words}")
        self.is_ready = True

    def beat(self) -> None:
        self._tell(_ALIVE)

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def _tell(self, words: str) -> None:
        if not self.socket_path:
            return
        path = self.socket_path
        address = f"\0{path[1:]}" if path.startswith("@") else path
        # a manager that does not listen must not stop the mail
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link,
        ):
            link.settimeout(0)
            link.sendto(words.encode(), address)


def is_journal(descriptor: int, environment: Mapping[str, str]) -> bool:
    """Return whether what is written there goes to the journal, which adds the time itself."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def _line(status: EngineStatus) -> str:
    """Return state and counts; an error's sentence may name an address."""
    counts = f"server {status.server_count}, desk {status.desk_count}"
    return f"{status.state}: {status.progress or counts}{', trouble' if status.error else ''}"
