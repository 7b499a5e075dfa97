"""The practice mail server as a child of the console; it ends with its standard input."""

import json
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from storage.errors import DeskUnavailableError

_PATIENCE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    imap: int
    smtp: int


class MailServer:
    """A practice mail server on `folder`, just started.

    Args:
        folder: Where its mailbox is kept.
        begun: Practice mails of a new mailbox are dated from here; one that is kept has its own.
        options: Of its command line, such as `--answer-after 0`.
    """

    def __init__(self, folder: Path, *, begun: datetime, options: Sequence[str] = ()) -> None:
        command = [sys.executable, "-P", "-m", "console.demo.server", "--folder", str(folder)]
        # What it complains of goes to a file without a name: a pipe nobody reads would stop it.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self.process = subprocess.Popen(
            [*command, "--begun", begun.isoformat(), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,  # a Ctrl-C in the terminal is for the console
        )

    def ports(self) -> Ports:
        """Wait until it listens; asked once.

        Raises:
            DeskUnavailableError: it does not, with its last words.
        """
        line = _first_line(self.process)
        if not line:
            self.stop()
            self._errors.seek(0)
            last = self._errors.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise DeskUnavailableError(f"The practice mailbox could not be started: {last}")
        return Ports(**json.loads(line))

    def stop(self) -> None:
        """End it and wait for that; once more is harmless."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    if process.stdout is None:
        return b""
    ready, _, _ = select.select([process.stdout], [], [], _PATIENCE_SECONDS)
    return process.stdout.readline() if ready else b""
