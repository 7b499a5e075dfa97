"""The engine as the console sees it: a child process, or one that already runs.

Started by `subprocess`, never by fork: a forked child would keep our locks. It gets a session of
its own, so that closing the terminal does not stop a reply that is leaving; it ends by itself
once no console lives and nothing is due.
"""

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

CHECK_SECONDS: Final = 2.0
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
_LONG_LIFE_SECONDS: Final = 120.0
"An engine that ran this long and died is started again at once."
_WRONG_CONFIGURATION: Final = 2


def command(*, config: Path, desk: Path, readonly: bool) -> list[str]:
    """Return the argv of an engine for this desk.

    `-P`: a `storage/` in the working directory must never be imported.
    """
    return [
        *(sys.executable, "-P", "-m", "console"),
        *("--config", str(config), "--desk", str(desk), "--json"),
        *(("--readonly",) if readonly else ()),
        *("sync", "--child"),
    ]


@dataclass(slots=True)
class Engine:
    """Keeps one engine running on the desk. Call `look` every two seconds."""

    argv: Sequence[str]
    is_held: Callable[[], bool]
    "Whether some engine, ours or not, holds the desk."
    clock: Callable[[], float]
    "Monotonic seconds."
    trouble: str = field(default="", init=False)
    "Why there is no engine, for people; empty while there is one."
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _errors: IO[bytes] | None = field(default=None, init=False)
    _started_at: float = field(default=0.0, init=False)
    _pause: float = field(default=_FIRST_PAUSE_SECONDS, init=False)
    _next_start: float = field(default=0.0, init=False)
    _is_stopped: bool = field(default=False, init=False)

    @property
    def is_ours(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def look(self) -> None:
        """Start an engine where none runs and it is time; never waits."""
        if self.is_ours:
            return
        if self._child is not None:
            self._mourn(self._child)
        if self.is_held():
            self.trouble = ""
            return
        if not self._is_stopped and self.clock() >= self._next_start:
            self._start()

    def try_now(self) -> None:
        """Forget the pause: somebody asked, or mended the configuration."""
        self._is_stopped = False
        self._next_start = 0.0
        self._pause = _FIRST_PAUSE_SECONDS

    def _start(self) -> None:
        # its words go to a file without a name: a pipe that nobody reads would stop it
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        try:
            self._child = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                start_new_session=True,
            )
        except OSError as error:
            self.trouble = f"The engine could not be started: {error.strerror}."
            self._wait()
            return
        self._started_at = self.clock()
        self.trouble = ""

    def _mourn(self, child: subprocess.Popen[bytes]) -> None:
        self._child = None
        said = self._last_words()
        if child.returncode == 0:
            return
        self.trouble = said or f"The engine ended with status {child.returncode}."
        self._is_stopped = child.returncode == _WRONG_CONFIGURATION
        if self.clock() - self._started_at > _LONG_LIFE_SECONDS:
            self._pause = _FIRST_PAUSE_SECONDS
        else:
            self._wait()

    def _wait(self) -> None:
        # several consoles must not come back to a server at the same instant
        jitter = random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        self._next_start = self.clock() + self._pause * jitter
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)

    def _last_words(self) -> str:
        """Return the sentence of the error object that `--json` makes the last line."""
        if self._errors is None:
            return ""
        with self._errors as file:
            file.seek(0)
            lines = file.read(64_000).decode(errors="replace").splitlines()
        self._errors = None
        try:
            last = json.loads(lines[-1]) if lines else {}
        except ValueError:
            return ""
        return str(last.get("message", "")) if isinstance(last, dict) else ""
