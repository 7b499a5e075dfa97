"""`import`: mail out of files, or a whole desk, without a server."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

import click

from console.cli import desks
from console.cli.frame import Noun, Plain, Run, readable
from console.cli.progress import Progress
from storage.errors import NotFoundError, RuleBrokenError, UsageError

if TYPE_CHECKING:
    from storage.portable.files import MailFile
    from storage.portable.intake import Intake, RawMail
    from storage.records.ids import MessageKey

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
_paths = click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the caller wants of an import."""

    is_dismissed: bool
    open_label: str | None
    is_sent: bool
    is_everything: bool
    is_trial: bool

    @classmethod
    def of(cls, given: Mapping[str, bool | str | None]) -> Self:
        label = given["open_label"]
        return cls(
            is_dismissed=bool(given["is_dismissed"]),
            open_label=str(label) if label else None,
            is_sent=bool(given["is_sent"]),
            is_everything=bool(given["is_everything"]),
            is_trial=bool(given["is_trial"]),
        )

    def allowed(self, this: Run) -> None:
        if this.readonly and not self.is_trial:
            raise RuleBrokenError("With --readonly no decision is taken: nothing was written.")


@dataclass(slots=True)
class _Files:
    """What is read, as it is asked for, and what of it was not taken in."""

    found: "Sequence[MailFile]"
    asked: _Asked
    refused: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    "What lay in Trash, Spam, Drafts and the like, by the name."

    def told(self) -> str:
        """Return how many were passed over, and where they lay."""
        where = ", ".join(f"{count:,} in {name}" for name, count in sorted(self.passed.items()))
        return f"Passed over: {where}; --everything takes them."


def _options(command: Decorated) -> Decorated:
    for option in (
        click.option("--dry-run", "is_trial", is_flag=True, help="Count, take nothing in."),
        click.option(
            "--sent", "is_sent", is_flag=True, help="They hold what we sent, whatever their name."
        ),
        click.option(
            "--everything",
            "is_everything",
            is_flag=True,
            help="Also Spam, Trash and Drafts, and what is flagged so.",
        ),
        click.option(
            "--open",
            "open_label",
            metavar="LABEL",
            help="Of Gmail: what has no mail under this label (Inbox) is history.",
        ),
        click.option(
            "--dismissed", "is_dismissed", is_flag=True, help="History: no work, but searchable."
        ),
    ):
        command = option(command)
    return _paths(command)


@click.group("import", cls=Noun)
def import_mail() -> None:
    """Take in mail out of files, or what `export` wrote; it needs no server."""


@import_mail.command("eml")
@_options
@click.pass_obj
def eml(this: Run, /, paths: Sequence[Path], **asked: bool | str | None) -> None:
    """Take in files of one mail each, also as .gz.

    Of a folder all *.eml in and below it, and what lies in Maildirs.
    """
    from storage.portable import files  # noqa: PLC0415 - the parser

    wanted = _Asked.of(asked)
    wanted.allowed(this)
    _take_in(this, _found(this, paths, files.letters), _letter, wanted)


@import_mail.command("mbox")
@_options
@click.pass_obj
def mbox(this: Run, /, paths: Sequence[Path], **asked: bool | str | None) -> None:
    """Take in files of many mails, as `mbox` keeps them, also as .gz.

    Of a folder all that begin as an mbox does, in and below it.
    """
    from storage.portable import files  # noqa: PLC0415 - the parser

    wanted = _Asked.of(asked)
    wanted.allowed(this)
    _take_in(this, _found(this, paths, files.boxes), _in_box, wanted)


@import_mail.command("desk")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_obj
def desk(this: Run, folder: Path) -> None:
    """Make the same desk, in an empty one, of what `export` wrote.

    Everything is looked at before anything is taken in; a run that was interrupted is repeated.
    """
    from storage.portable.checked import Folder  # noqa: PLC0415 - the parser
    from storage.portable.restore import Restore  # noqa: PLC0415 - SQLAlchemy, the parser

    desks.may_decide(this)
    if not folder.is_dir():
        raise NotFoundError(f"There is no folder {readable(str(folder))}.")
    found = Folder(folder)
    with desks.deciding(this, may_make=True) as at, desks.alone(this.desk_folder()):
        with Progress(this, what="bytes looked at", total=found.size) as progress:
            restore = Restore(desk=at.desk, folder=found, step=progress.add)
            restore.check()
        with Progress(this) as progress:
            restore.step = progress.add
            done = restore.take()
    told: dict[str, Plain] = {"mails": done.mails, "facts": done.facts, "same": done.is_same}
    if this.as_json:
        this.emit(told)
        return
    this.tell(f"{done.mails:,} mails and {done.facts:,} decisions taken in.")
    if done.is_same:
        this.say("Every ticket is as it was.")
    else:
        this.say(
            "Some tickets are not as the export tells them: another version of rotadesk made it,"
            " or this desk had settings of its own."
        )


_Read: TypeAlias = "Callable[[MailFile], Iterator[tuple[int, bytes | None, int]]]"
"What yields each mail of a file: its number, its bytes (None: too many), how far the file is read."


def _found(
    this: Run, paths: Sequence[Path], below: "Callable[[Path], list[MailFile]]"
) -> "list[MailFile]":
    from storage.portable.files import MissingError  # noqa: PLC0415 - the parser

    found = []
    for path in paths:
        shown = readable(str(path))
        try:
            found += below(path)
        except MissingError:
            this.refused(NotFoundError(f"There is no file {shown}."), thing=shown)
    return found


def _take_in(this: Run, found: "Sequence[MailFile]", read: _Read, asked: _Asked) -> None:
    files = _Files(found, asked)
    with Progress(this, total=sum(_size(one.path) for one in found)) as progress:
        mails = _mails(this, files, read, progress)
        if asked.is_trial:
            _try(this, mails, files)
        else:
            is_history = asked.is_dismissed or asked.open_label is not None
            _store(this, mails, files, is_history=is_history)


def _store(this: Run, mails: "Iterator[RawMail]", files: _Files, *, is_history: bool) -> None:
    from console import passwords  # noqa: PLC0415 - the parser
    from storage.mail.ids import proven_ticket  # noqa: PLC0415 - the parser
    from storage.portable.intake import Intake, batches  # noqa: PLC0415 - SQLAlchemy, the parser
    from storage.sync.setup import seed_desk  # noqa: PLC0415 - SQLAlchemy

    with desks.deciding(this, may_make=True) as at, desks.alone(this.desk_folder()):
        if at.config.account is not None:
            seed_desk(at.desk, at.config.seed, me=at.me)
        key = passwords.team_key(at.config, at.desk.folder)
        intake = Intake(
            desk=at.desk,
            actor=at.me.email,
            prove=lambda one: proven_ticket(one, key=key) is not None,
            is_history=is_history,
        )
        for batch in batches(mails):
            intake.take(batch)
        intake.finish()
        _tell(this, intake, files)
        if this.as_json:
            at.show(list(intake.tally.tickets))


def _tell(this: Run, intake: "Intake", files: _Files) -> None:
    tally = intake.tally
    known = tally.mails - tally.new
    this.say(
        f"{tally.mails:,} mails read, {tally.new:,} of them new and {known:,} here before;"
        f" {len(tally.tickets):,} tickets touched."
    )
    if files.passed:
        this.say(files.told())
    if files.refused:
        this.say(f"{files.refused:,} were not taken in.")


def _try(this: Run, mails: "Iterator[RawMail]", files: _Files) -> None:
    from storage.db.readonly import DATABASE  # noqa: PLC0415 - one of two ways to import
    from storage.portable.intake import batches, unknown  # noqa: PLC0415 - SQLAlchemy, the parser

    read = new = 0
    before: set[MessageKey] = set()
    if (this.desk_folder() / DATABASE).exists():
        with desks.at_desk(this) as at:
            for batch in batches(mails):
                read += len(batch)
                new += unknown(at.desk, batch, before)
    else:
        read = new = sum(1 for _ in mails)
    told: dict[str, Plain] = {
        "mails": read,
        "new": new,
        "passed": files.passed.total(),
        "refused": files.refused,
    }
    if this.as_json:
        this.emit(told)
    else:
        this.tell(f"{read:,} mails, {new:,} of them new.")
        if files.passed:
            this.say(files.told())
        this.say("Nothing was taken in.")


def _mails(this: Run, files: _Files, read: _Read, progress: Progress) -> "Iterator[RawMail]":
    """Yield every mail of the files; what cannot be read is told and counted."""
    from storage.mail.mbox import LARGEST, NoMboxError  # noqa: PLC0415 - the parser
    from storage.portable.files import UnreadableError  # noqa: PLC0415 - the parser

    done = 0
    for one in files.found:
        shown = readable(str(one.path))
        why = ""
        try:
            for number, raw, upto in read(one):
                if raw is None and one.passed and not files.asked.is_everything:
                    files.passed[one.passed] += 1
                elif raw is None:
                    files.refused += 1
                    told = f"Mail {number} of {shown} is larger than {LARGEST // 1_000_000} MB."
                    this.refused(UsageError(told), thing=shown)
                else:
                    progress.step(upto=done + upto)
                    yield from _filed(raw, one, files)
        except UnreadableError as error:
            why = f"{shown} cannot be read: {error}."
        except NoMboxError:
            why = f"{shown} is no mbox: it does not begin with a line 'From '."
        except _NoMailError:
            why = f"{shown} is no mail: it has not one field of a mail."
        if why and (files.asked.is_everything or not one.passed):
            files.refused += 1
            this.refused(UsageError(why), thing=shown)
        done += _size(one.path)


def _filed(raw: bytes, one: "MailFile", files: _Files) -> "Iterator[RawMail]":
    """Yield a mail with what its place, or Gmail, says of it; nothing where it is to stay away."""
    from storage.portable import takeout, thunderbird  # noqa: PLC0415 - the parser
    from storage.portable.intake import RawMail  # noqa: PLC0415 - SQLAlchemy, the parser

    asked = files.asked
    is_sent = asked.is_sent or one.is_sent
    gmail = takeout.read(raw)
    passed = one.passed or (gmail.passed if gmail else "")
    if thunderbird.is_deleted(raw):
        passed = passed or "Trash"
    if passed and not asked.is_everything:
        files.passed[passed] += 1
    elif gmail is None:
        yield RawMail(raw, is_in_sent=is_sent)
    else:
        yield RawMail(
            gmail.raw,
            is_in_sent=is_sent or gmail.is_sent,
            tags=gmail.tags,
            is_open=asked.open_label is not None and gmail.has(asked.open_label),
        )


class _NoMailError(Exception):
    """A file has not one field of a mail."""


def _letter(one: "MailFile") -> "Iterator[tuple[int, bytes | None, int]]":
    from storage.mail import mbox  # noqa: PLC0415 - the parser
    from storage.portable import files  # noqa: PLC0415 - the parser

    with files.opened(one.path) as (file, _):
        raw = file.read(mbox.LARGEST + 1)
    if len(raw) > mbox.LARGEST:
        yield 1, None, 0
    elif not mbox.is_mail(raw):
        raise _NoMailError
    else:
        yield 1, mbox.with_crlf(raw), 0


def _in_box(one: "MailFile") -> "Iterator[tuple[int, bytes | None, int]]":
    from storage.mail import mbox  # noqa: PLC0415 - the parser
    from storage.portable import files  # noqa: PLC0415 - the parser

    with files.opened(one.path) as (file, plain):
        for letter in mbox.mails(file):
            yield letter.number, letter.raw, plain.tell()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
