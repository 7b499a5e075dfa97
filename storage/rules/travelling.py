"""Before a journey: what is not on this machine. After it: what happened when it came back."""

from datetime import timedelta
from typing import Final

WORTH_TELLING: Final = timedelta(minutes=15)
"A shorter time without the server is no journey."
FILES_STAY: Final = timedelta(days=14)
"So long nothing is put away after everything was fetched on purpose."


def missing_words(*, texts: int, files: int, size: int) -> str:
    """Return what lies on the server only: '412 texts still to come'; empty where nothing does.

    Args:
        texts: Mails whose text comes by itself and is not here yet.
        files: Large mails and files, which come only when asked for.
        size: Of those files, bytes.
    """
    if texts:
        coming = f"{_texts(texts)} still to come"
        return f"{coming}; {_files(files, size)}, on the server" if files else coming
    are = "is" if files == 1 else "are"
    return f"all text here, {_files(files, size)}, {are} not" if files else ""


def asked_words(*, texts: int, files: int, size: int) -> str:
    """Return the same as what was asked for: '412 texts and 3 files, 214 MB'."""
    return " and ".join(
        ([_texts(texts)] if texts else []) + ([_files(files, size)] if files else [])
    )


def back_words(*, sent: int, held: int, failed: int, came: int) -> str:
    """Return what happened since the server can be reached again, replies first."""
    told = [
        f"{sent:,} repl{'y' if sent == 1 else 'ies'} left" if sent else "",
        f"{held:,} {'is' if held == 1 else 'are'} held" if held else "",
        f"{failed:,} failed" if failed else "",
        f"{came:,} mail{'' if came == 1 else 's'} came" if came else "",
    ]
    return f"Back online: {', '.join(one for one in told if one) or 'nothing new'}."


def megabytes(size: int) -> str:
    """Return a size for people, never 0 where there is something."""
    return f"{max(1, round(size / 1_000_000)):,} MB"


def _texts(count: int) -> str:
    return f"{count:,} text{'' if count == 1 else 's'}"


def _files(count: int, size: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}, {megabytes(size)}"
