"""Wake-ups between console and engine: a FIFO each, one byte a commit, never blocking.

0.1 ms against 250 ms of polling. Nobody waits for a reader: no reader (ENXIO) and a full
pipe (EAGAIN) both mean that there is nothing to add.
"""

import contextlib
import os
from pathlib import Path

CONSOLE = "console.wake"
ENGINE = "engine.wake"


class Wake:
    """The owner's end; `fileno()` becomes readable when somebody committed."""

    def __init__(self, folder: Path, name: str) -> None:
        path = folder / name
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        return self._descriptor

    def drain(self) -> bool:
        """Empty the pipe; return whether anything was in it."""
        woken = False
        with contextlib.suppress(BlockingIOError):
            while os.read(self._descriptor, 4096):
                woken = True
        return woken

    def close(self) -> None:
        os.close(self._descriptor)


def is_owned(folder: Path, name: str) -> bool:
    """Return whether the owner of `name` lives; wakes nobody."""
    try:
        os.close(os.open(folder / name, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def knock(folder: Path, name: str) -> bool:
    """Wake the owner of `name`; return whether one is there."""
    try:
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        with contextlib.suppress(OSError):
            os.write(descriptor, b"!")
    finally:
        os.close(descriptor)
    return True
