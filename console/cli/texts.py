"""Text for a note, a reply, an article: an option, a file, standard input, or $EDITOR."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from console.cli.frame import readable
from storage.errors import UsageError

STDIN: Final = "-"
_LONGEST_BYTES: Final = 2_000_000
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def text_options(command: Decorated) -> Decorated:
    """Give a command the two options that say its text."""
    file = click.option(
        "--text-file", metavar="F", help="Read the text from a file; - is standard input."
    )
    return click.option("--text", help="The text itself.")(file(command))


def given(text: str | None, text_file: str | None) -> str | None:
    """Return the text that the options give, made safe; None where they give none.

    Raises:
        UsageError: both are given, or the file cannot be read.
    """
    if text is not None and text_file is not None:
        raise UsageError("Give --text or --text-file, not both.")
    if text is not None:
        return clean(text)
    return None if text_file is None else clean(_read(text_file))


def wanted(text: str | None, text_file: str | None, *, start: str = "", suffix: str = ".md") -> str:
    """Return the text that the options give; without them, what $EDITOR makes of `start`.

    Raises:
        UsageError: there is neither an option nor a terminal to edit on, or the editor failed.
    """
    said = given(text, text_file)
    if said is not None:
        return said
    if not is_at_a_terminal():
        raise UsageError(
            "There is no text: give --text TEXT or --text-file FILE (- is standard input)."
        )
    from console import editor  # noqa: PLC0415 - scripts give the text

    return clean(editor.edit(start, suffix=suffix))


def is_at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def clean(text: str) -> str:
    """Return typed text as it may be kept: no controls, and what is no text replaced."""
    from storage.rules import safe_text  # noqa: PLC0415 - 7 ms of patterns that many verbs do not need

    return safe_text.block(readable(text))


def line(text: str) -> str:
    """Return typed text on one line, safe to keep."""
    from storage.rules import safe_text  # noqa: PLC0415 - 7 ms of patterns that many verbs do not need

    return safe_text.one_line(readable(text))


def _read(name: str) -> str:
    try:
        if name == STDIN:
            raw = sys.stdin.buffer.read(_LONGEST_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(_LONGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{readable(name)} cannot be read: {error.strerror}.") from None
    if len(raw) > _LONGEST_BYTES:
        raise UsageError(f"The text is longer than {_LONGEST_BYTES // 1_000_000} MB.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("The text is not UTF-8.") from None
