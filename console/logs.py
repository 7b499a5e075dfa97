"""The log file: what the program did, never what anybody wrote.

A log line holds our own words and names of types and places in the source. What an exception
says is not written: it may quote a mail or an address.
"""

import contextlib
import logging
import os
import traceback
from io import FileIO, TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from console import paths
from storage.errors import DeskError

_LIMIT_BYTES: Final = 1_000_000
_KEPT: Final = 3
_ROOT: Final = Path(__file__).parents[1]


class _PrivateFile(RotatingFileHandler):
    """A log that only its owner can read, from its first byte."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        return TextIOWrapper(FileIO(descriptor, "a"), encoding="utf-8", line_buffering=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Say nothing: a log that cannot be written must not draw on the screen."""


def open_log(folder: Path) -> logging.Logger:
    """Return the program's log, written to `folder`. Opening it again changes nothing."""
    log = logging.getLogger("rotadesk")
    path = folder / paths.LOG_NAME
    if not any(
        getattr(one, "baseFilename", "") == os.fspath(path.absolute()) for one in log.handlers
    ):
        paths.make_private_folder(folder)
        handler = _PrivateFile(path, maxBytes=_LIMIT_BYTES, backupCount=_KEPT, delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
    return log


def record_fault(error: BaseException, *, folder: Path) -> Path:
    """Write where `error` came from, and return the log's path. Never raises."""
    # A full or read-only disk: the sentence on the screen has to do.
    with contextlib.suppress(OSError, DeskError):
        open_log(folder).error("%s", where(error))
    return folder / paths.LOG_NAME


def where(error: BaseException) -> str:
    """Return the types and source lines of `error` and its causes; no value, no message."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(lines) < 200:
        number = f" errno {cause.errno}" if isinstance(cause, OSError) and cause.errno else ""
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}{number}")
        lines += [
            f"  {_short(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        ]
        cause = cause.__cause__ or cause.__context__
    return "\n".join(lines)


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])
