"""Which folders of a mailbox are read, and what only a person can say about them. Pure.

A folder is found by the server's flag, then by its name. Where that says nothing, or says it
of several, a person is asked once; until then nothing is made that may be there already under
another name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from storage.errors import ServerError
from storage.mail.folders import candidates, named
from storage.records.desk import DeskSettings
from storage.records.remote import RemoteFolder
from storage.records.words import FolderRole
from storage.rules.safe_text import one_line

_SENT: Final = "Sent"
_SPOKEN_FOR: Final = frozenset({"\\drafts", "\\trash", "\\junk", "\\archive", "\\all", "\\flagged"})
_MOST_NAMED: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What one login reads, and what it leaves to a person."""

    folders: tuple[tuple[str, FolderRole], ...]
    "The one to wait in first."
    junk: str = ""
    "Counted, never read; empty where none is known."
    to_make: str = ""
    "The Sent folder to make with the first reply; empty: none may be made."
    question: str = ""

    @property
    def archive(self) -> str:
        """Return the archive that is read; empty where none is."""
        return next((name for name, role in self.folders if role is FolderRole.ARCHIVE), "")


def watched(settings: DeskSettings, listed: Sequence[RemoteFolder]) -> Watched:
    """Return what to read: intake, Sent, and the archive where the team uses one.

    Raises:
        ServerError: the mailbox has no folder that the team takes mail from.
    """
    intake = tuple(dict.fromkeys(_intake(settings, listed)))
    sent, to_make, about_sent = _sent(settings, listed, intake)
    archive, about_archive = _archive(settings, listed, intake)
    found = [(name, FolderRole.INTAKE) for name in intake]
    if sent and sent not in intake:
        found.append((sent, FolderRole.SENT))
    if archive and archive not in (*intake, sent):
        found.append((archive, FolderRole.ARCHIVE))
    junk = next((one for one in candidates(listed, FolderRole.JUNK) if one not in intake), "")
    question = " ".join(one for one in (about_sent, about_archive) if one)
    return Watched(folders=tuple(found), junk=junk, to_make=to_make, question=question)


def _intake(settings: DeskSettings, listed: Sequence[RemoteFolder]) -> Iterable[str]:
    for name in settings.intake:
        found = named(listed, name)
        if found is None:
            raise ServerError(f"The mailbox has no folder {one_line(name)!r} to read mail from.")
        yield found.name


def _sent(
    settings: DeskSettings, listed: Sequence[RemoteFolder], intake: Sequence[str]
) -> tuple[str, str, str]:
    """Return the Sent folder, the one to make, and what to ask."""
    if settings.sent:
        if found := named(listed, settings.sent):
            return found.name, "", ""
        name = one_line(settings.sent)
        return "", settings.sent, f"{name} is not in the mailbox: it is made for sent mail."
    may_be = candidates(listed, FolderRole.SENT)
    if len(may_be) == 1:
        return may_be[0], "", ""
    if may_be:
        return may_be[0], "", _asked("Which folder holds sent mail", "sent", may_be)
    if any(_is_open_to_choice(one, intake) for one in listed):
        return "", "", _asked("Which folder is for sent mail", "sent", ())
    # nothing is there that could be it
    return "", _SENT, ""


def _archive(
    settings: DeskSettings, listed: Sequence[RemoteFolder], intake: Sequence[str]
) -> tuple[str, str]:
    """Return the archive to read, and what to ask."""
    if settings.archive:
        found = named(listed, settings.archive)
        is_lacking = found is None and settings.archive_closed
        lacking = f"The mailbox has no folder {one_line(settings.archive)!r} to archive mail in."
        return (found.name if found else ""), (lacking if is_lacking else "")
    if not settings.archive_closed:
        return "", ""
    may_be = [one for one in candidates(listed, FolderRole.ARCHIVE) if one not in intake]
    if len(may_be) == 1:
        return may_be[0], ""
    return "", _asked("Which folder is the archive", "archive", may_be)


def _asked(what: str, key: str, may_be: Sequence[str]) -> str:
    names = [one_line(name, limit=40) for name in may_be[:_MOST_NAMED]]
    choice = f": {', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else ""
    return f"{what}{choice}? rotadesk team set {key} NAME"


def _is_open_to_choice(one: RemoteFolder, intake: Sequence[str]) -> bool:
    flags = {flag.lower() for flag in one.flags}
    is_junk = bool(candidates([one], FolderRole.JUNK) or candidates([one], FolderRole.ARCHIVE))
    return (
        one.can_be_opened
        and one.name not in intake
        and one.name.upper() != "INBOX"
        and not flags & _SPOKEN_FOR
        and not is_junk
    )
