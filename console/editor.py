"""The engineer's own editor: `$VISUAL`, else `$EDITOR`, else vi; never through a shell."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from storage.errors import UsageError


class EditorError(UsageError):
    """The editor could not be run or ended badly; the text is as it was."""


def command(environ: Mapping[str, str]) -> list[str]:
    """Return the argv of the editor that `environ` asks for.

    Raises:
        EditorError: the variable cannot be read as a command.
    """
    asked = environ.get("VISUAL") or environ.get("EDITOR") or "vi"
    try:
        argv = shlex.split(asked)
    except ValueError:
        argv = []
    if not argv:
        raise EditorError(f"$VISUAL or $EDITOR is no command: {asked!r}.")
    return argv


def edit(
    text: str,
    *,
    suffix: str = ".md",
    suspended: AbstractContextManager[object] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Let the engineer edit `text` and return what it became.

    Args:
        text: What the file holds at first.
        suffix: Tells the editor what kind of text it is.
        suspended: What gives the terminal away meanwhile: `App.suspend()` in the console.
        environ: Where the editor is named.

    Raises:
        EditorError: it could not be run, ended with an error, or left no text behind.
    """
    argv = command(environ)
    with tempfile.TemporaryDirectory(prefix="rotadesk-") as folder:
        path = Path(folder) / f"text{suffix}"
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
        try:
            with suspended or nullcontext():
                done = subprocess.run([*argv, os.fspath(path)], check=False)
        except OSError as error:
            raise EditorError(f"{argv[0]} could not be run: {error.strerror}.") from None
        if done.returncode:
            raise EditorError(
                f"{argv[0]} ended with status {done.returncode}; nothing was changed."
            )
        try:
            return path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise EditorError(f"{argv[0]} left no readable text; nothing was changed.") from None
