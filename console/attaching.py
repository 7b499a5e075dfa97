"""Files of this machine, to go along with a reply: found by their path, read once, whole."""

import mimetypes
import os
import stat
from pathlib import Path
from typing import Final

from storage.changes.replying import MOST_BYTES
from storage.errors import DeskError
from storage.mail.compose import OutgoingFile
from storage.rules import safe_text

_MOST_LISTED: Final = 200


class AttachError(DeskError):
    """A file cannot go along; the sentence says why."""


def read_file(typed: str, *, room: int = MOST_BYTES) -> OutgoingFile:
    """Return the file at a path as a person types it, `~` and all.

    Raises:
        AttachError: no such file, none that can be read, or more than `room` bytes.
    """
    path = Path(typed).expanduser()
    shown = safe_text.one_line(typed, limit=80)
    try:
        # not blocking: a FIFO without a writer would hold us for ever
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise AttachError(f"{shown} is no file.")
            if status.st_size > room:
                raise AttachError(_too_large(shown, status.st_size, room))
            content = file.read(room + 1)
    except FileNotFoundError:
        raise AttachError(f"There is no file {shown}.") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "the path makes no sense"
        raise AttachError(f"{shown} cannot be read: {why}.") from None
    if len(content) > room:
        raise AttachError(_too_large(shown, len(content), room))
    mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return OutgoingFile(filename=safe_text.file_name(path.name), mime=mime, content=content)


def _too_large(shown: str, size: int, room: int) -> str:
    return (
        f"{shown} has {size / 1_000_000:.1f} MB; {room / 1_000_000:.1f} MB are left "
        f"of the {MOST_BYTES // 1_000_000} MB of one reply."
    )


def completions(typed: str) -> list[str]:
    """Return the paths that begin as `typed` does, folders with a slash at their end."""
    folder, _, begun = typed.rpartition("/")
    shown = f"{folder}/" if "/" in typed else ""
    here = Path(shown or ".").expanduser()
    try:
        with os.scandir(here) as found:
            names = sorted(
                (not one.is_dir(), one.name + ("/" if one.is_dir() else ""))
                for one in found
                if one.name.lower().startswith(begun.lower())
                and one.name.startswith(".") == begun.startswith(".")
            )
    except (OSError, ValueError):
        return []
    return [shown + name for _, name in names[:_MOST_LISTED]]
