"""`import`: mail out of files, without a server."""

import mailbox
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from console.cli import desks
from console.cli.desks import Deciding
from console.cli.frame import Noun, Run, readable
from storage.errors import DeskError, NotFoundError, UsageError
from storage.queries import named
from storage.records.ids import TicketId

if TYPE_CHECKING:
    from storage.changes.base import Change
    from storage.records.mail import ParsedMail

_BATCH_MAILS: Final = 100
_BATCH_BYTES: Final = 2_000_000
_LARGEST_BYTES: Final = 100_000_000
_paths = click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path)
)
_dismissed = click.option(
    "--dismissed", "is_dismissed", is_flag=True, help="History: no work, but searchable."
)


@click.group("import", cls=Noun)
def import_mail() -> None:
    """Take mail in out of files; it needs no server."""


@import_mail.command("eml")
@_paths
@_dismissed
@click.pass_obj
def eml(this: Run, paths: Sequence[Path], *, is_dismissed: bool) -> None:
    """Take in files of one mail each; of a folder all *.eml in and below it."""
    mails = (raw for path in paths for raw in _files(this, path))
    _take_in(this, mails, is_dismissed=is_dismissed)


@import_mail.command("mbox")
@_paths
@_dismissed
@click.pass_obj
def mbox(this: Run, paths: Sequence[Path], *, is_dismissed: bool) -> None:
    """Take in files of many mails, as `mbox` keeps them."""
    mails = (raw for path in paths for raw in _in_mbox(this, path))
    _take_in(this, mails, is_dismissed=is_dismissed)


@dataclass(slots=True)
class _Tally:
    """What came in, and the tickets that are new with it."""

    mails: int = 0
    tickets: dict[TicketId, None] = field(default_factory=dict)


def _take_in(this: Run, mails: Iterable[bytes], *, is_dismissed: bool) -> None:
    with desks.deciding(this, may_make=True) as at, desks.alone(this.desk_folder()):
        from storage.sync.setup import seed_desk  # noqa: PLC0415 - SQLAlchemy

        if at.config.account is not None:
            seed_desk(at.desk, at.config.seed, me=at.me)
        tally = _Tally()
        for batch in _batches(mails):
            _store(at, batch, tally, is_dismissed=is_dismissed)
        this.say(f"{tally.mails} mails read, {len(tally.tickets)} tickets touched.")
        if this.as_json:
            at.show(list(tally.tickets))


def _store(at: Deciding, batch: Sequence[bytes], tally: _Tally, *, is_dismissed: bool) -> None:
    """Take in some mails in one transaction, with what is decided about their new tickets."""
    from console import passwords  # noqa: PLC0415 - SQLAlchemy and the parser
    from storage import journal  # noqa: PLC0415 - SQLAlchemy and the parser
    from storage.db.blobs import Blobs  # noqa: PLC0415 - SQLAlchemy and the parser
    from storage.db.engine import fetch  # noqa: PLC0415 - SQLAlchemy and the parser
    from storage.intake import arrivals  # noqa: PLC0415 - SQLAlchemy and the parser
    from storage.mail.ids import proven_ticket  # noqa: PLC0415 - SQLAlchemy and the parser
    from storage.mail.parse import parse_mail  # noqa: PLC0415 - SQLAlchemy and the parser

    key = passwords.team_key(at.config, at.desk.folder)
    parsed: list[tuple[bytes, ParsedMail]] = [(raw, parse_mail(raw)) for raw in batch]
    with at.desk.writing() as conn:
        last = fetch(conn, named.last_ticket())[0]
        touched = arrivals.whole(
            conn,
            parsed,
            prove=lambda one: proven_ticket(one, key=key) is not None,
            blobs=Blobs(at.desk.folder),
        )
        fresh = [TicketId(uid) for uid in fetch(conn, named.tickets_after(last))]
        for change in _decisions(at, fresh, is_dismissed=is_dismissed):
            with at.run.attempt():
                # no step for undo: mail that came in is no decision of mine
                journal.commit(conn, [change], actor=at.me.email, now_ms=at.desk.now_ms())
    tally.mails += len(batch)
    tally.tickets.update(dict.fromkeys(TicketId(uid) for uid in sorted(touched.tickets)))


def _decisions(at: Deciding, fresh: Sequence[TicketId], *, is_dismissed: bool) -> "list[Change]":
    """Return what new tickets of an import are: history, or work whose clock begins now."""
    from storage.changes.imported import ImportTickets  # noqa: PLC0415 - SQLAlchemy
    from storage.changes.ticket import DismissTicket  # noqa: PLC0415 - SQLAlchemy

    if is_dismissed:
        return [DismissTicket(ticket_id=uid) for uid in fresh]
    return [ImportTickets(tickets=tuple(fresh), at_ms=at.desk.now_ms())] if fresh else []


def _files(this: Run, path: Path) -> Iterator[bytes]:
    """Yield the mails of a file, or of a folder; what cannot be read is told and counted."""
    shown = readable(str(path))
    if path.is_dir():
        found = sorted(one for one in path.rglob("*") if one.suffix.lower() == ".eml")
    elif path.exists():
        found = [path]
    else:
        found = []
        this.refused(NotFoundError(f"There is no file {shown}."), thing=shown)
    for one in found:
        try:
            raw = _read(one, readable(str(one)))
        except DeskError as error:
            this.refused(error, thing=readable(str(one)))
        else:
            yield raw


def _read(path: Path, shown: str) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UsageError(f"{shown} is larger than {_LARGEST_BYTES // 1_000_000} MB.")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}.") from None


def _in_mbox(this: Run, path: Path) -> Iterator[bytes]:
    shown = readable(str(path))
    try:
        if not path.is_file():
            raise NotFoundError(f"There is no file {shown}.")
        box = mailbox.mbox(path, create=False)
        yield from (box.get_bytes(key) for key in box.iterkeys())
    except OSError as error:
        told = UsageError(f"{shown} cannot be read: {error.strerror or 'it is no mbox'}.")
        this.refused(told, thing=shown)
    except DeskError as error:
        this.refused(error, thing=shown)


def _batches(mails: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for raw in mails:
        batch.append(raw)
        size += len(raw)
        if len(batch) >= _BATCH_MAILS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
