"""Links and attachments of a mail: opened only after a look at where they really lead.

What a stranger wrote reaches a program of this machine only as one argument, never through a
shell, and only as http, https, mailto, or a file with a name that we made.
"""

import os
import re
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from storage.db.blobs import Blobs
from storage.errors import DeskError, NotFoundError
from storage.records.ticket import AttachmentRow
from storage.rules.safe_text import file_name, is_web_link

_LINK: Final = re.compile(r"(?:https?://|mailto:)[^\s<>\"'\u00ab\u00bb]+")
_TRAILING: Final = ".,;:!?)]}'\""


def links(text: str) -> Sequence[str]:
    """Return the links of a text that may be opened, in their order, each once."""
    found = [one.rstrip(_TRAILING) for one in _LINK.findall(text)]
    return [one for one in dict.fromkeys(found) if is_web_link(one)]


def open_link(url: str) -> None:
    """Give a link to the browser.

    Raises:
        DeskError: it is none that may be opened, or there is no browser.
    """
    if not is_web_link(url):
        raise DeskError("That link is not opened: only http, https and mailto are.")
    if not webbrowser.open(url):
        raise DeskError("There is no browser here to open it.")


def saved(folder: Path, attachment: AttachmentRow, desk: Path) -> Path:
    """Write an attachment into `folder` under a name of its own; nothing there is replaced.

    Raises:
        NotFoundError: its bytes are still on the server.
        DeskError: it cannot be written there.
    """
    if attachment.sha256 is None:
        raise NotFoundError(f"{file_name(attachment.filename)} is still on the server.")
    content = Blobs(desk).path(attachment.sha256)
    name = Path(file_name(attachment.filename))
    try:
        folder = folder.expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        raw = content.read_bytes()
        for number in range(1000):
            tail = f" ({number})" if number else ""
            path = folder / f"{name.stem}{tail}{name.suffix}"
            try:
                descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            except FileExistsError:
                continue
            with os.fdopen(descriptor, "wb") as file:
                file.write(raw)
            return path
    except OSError as error:
        raise DeskError(f"The file cannot be saved there: {error.strerror}.") from None
    raise DeskError("There are a thousand files of that name already.")


def open_file(attachment: AttachmentRow, desk: Path) -> None:
    """Give a copy of an attachment to whatever this machine opens such files with."""
    folder = Path(tempfile.mkdtemp(prefix="rotadesk-"))
    path = saved(folder, attachment, desk)
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.Popen(
            [opener, os.fspath(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        raise DeskError(f"There is no {opener} here; O saves it instead.") from None
