"""Links and attachments of a mail: opened only after a look at where they really lead.

What a stranger wrote reaches a program of this machine only as one argument, never through a
shell, and only as http, https, mailto, or a file with a name that we made.
"""

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from storage.db.blobs import Blobs
from storage.errors import DeskError, NotFoundError
from storage.records.ticket import AttachmentRow
from storage.rules.safe_text import file_name, is_web_link

_LINK: Final = re.compile(r"(?:https?://|mailto:)[^\s<>\"'\u00ab\u00bb]+")
_ONLY_SHOWN: Final = frozenset(
    {
        ".txt",
        ".log",
        ".csv",
        ".json",
        ".md",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".webp",
        ".pdf",
        ".eml",
    }
)
"Whatever else a file is may be run by what opens it: .desktop, .html, .svg, .exe, .sh."
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
    _given(url, otherwise="y copies the ticket's name; the link stands in its text")


def saved(folder: Path, attachment: AttachmentRow, desk: Path) -> Path:
    """Write an attachment into `folder` under a name of its own; nothing there is replaced.

    Raises:
        NotFoundError: its bytes are still on the server.
        DeskError: it cannot be written there.
    """
    raw = _content(attachment, desk)
    name = Path(file_name(attachment.filename))
    try:
        folder = folder.expanduser()
        folder.mkdir(parents=True, exist_ok=True)
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


def _content(attachment: AttachmentRow, desk: Path) -> bytes:
    try:
        if attachment.sha256 is not None:
            return Blobs(desk).read(attachment.sha256)
    except FileNotFoundError:
        pass  # put away a moment ago
    except OSError as error:
        raise DeskError(f"The file cannot be read: {error.strerror}.") from None
    raise NotFoundError(f"{file_name(attachment.filename)} is still on the server.")


def open_file(attachment: AttachmentRow, desk: Path) -> None:
    """Give a copy of an attachment to whatever this machine opens such files with.

    The copy goes with this console: what opens it has read it by then.
    """
    folder = Path(tempfile.mkdtemp(prefix="rotadesk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = saved(folder, attachment, desk)
    _given(os.fspath(path), otherwise="O saves it instead")


def may_run(name: str) -> bool:
    """Return whether opening a file of that name may run what is in it."""
    return Path(name).suffix.lower() not in _ONLY_SHOWN


def _given(what: str, *, otherwise: str) -> None:
    """Hand it to this machine's opener, apart from our terminal.

    Not by `webbrowser`: without a display that runs w3m or lynx in the middle of the console.
    """
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    if sys.platform != "darwin" and not (os.getenv("DISPLAY") or os.getenv("WAYLAND_DISPLAY")):
        raise DeskError(f"There is no display here to open it on; {otherwise}.")
    try:
        subprocess.Popen(
            [opener, what],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        raise DeskError(f"There is no {opener} here; {otherwise}.") from None
