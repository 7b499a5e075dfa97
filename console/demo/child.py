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
from typing import Final, Self

from storage.errors import DeskUnavailableError

_PATIENCE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A practice mail server that listens."""

    imap_port: int
    smtp_port: int
    begun: datetime
    "When its mailbox was first started, UTC."
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, folder: Path, *, options: Sequence[str] = ()) -> Self:
        """Start one on `folder` and wait until it listens.

        Raises:
            DeskUnavailableError: it does not, with its last words.
        """
        command = [sys.executable, "-P", "-m", "console.demo.server", "--folder", str(folder)]
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                [*command, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # a Ctrl-C in the terminal is for the console
            )
            line = _first_line(process)
            if not line:
                _end(process)
                errors.seek(0)
                last = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
                raise DeskUnavailableError(f"The practice mailbox could not be started: {last}")
        said = json.loads(line)
        return cls(
            imap_port=said["imap"],
            smtp_port=said["smtp"],
            begun=datetime.fromisoformat(said["begun"]),
            process=process,
        )

    def stop(self) -> None:
        """End it and wait for that."""
        _end(self.process)


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    if process.stdout is None:
        return b""
    ready, _, _ = select.select([process.stdout], [], [], _PATIENCE_SECONDS)
    return process.stdout.readline() if ready else b""


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
