"""`note` and `reply`: what engineers write on a ticket."""

import mimetypes
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from console.cli import desks, naming, texts
from console.cli.desks import Deciding
from console.cli.frame import Run, Verb
from storage.errors import UsageError
from storage.queries import hot, whole
from storage.records.ids import NoteId, random_uid
from storage.records.ticket import Ticket
from storage.records.words import AfterSend

if TYPE_CHECKING:
    from console.answering import Begun, Written
    from storage.mail.compose import OutgoingFile

_LARGEST_BYTES: Final = 25_000_000
"All files of one mail; most servers refuse more."


@click.command("note", cls=Verb)
@click.argument("tickets", nargs=-1, required=True, metavar="T...")
@texts.text_options
@click.pass_obj
def note(this: Run, tickets: Sequence[str], text: str | None, text_file: str | None) -> None:
    """Add an internal note: it never leaves the desk."""
    with desks.deciding(this) as at:
        said = texts.wanted(text, text_file)
        from storage.changes.ticket import AddNote  # noqa: PLC0415 - SQLAlchemy

        at.each(
            tickets,
            lambda uid: [AddNote(ticket_id=uid, note_id=NoteId(random_uid()), text=said)],
        )


@click.command("reply", cls=Verb)
@click.argument("ticket", metavar="T")
@texts.text_options
@click.option("--to-sender", is_flag=True, help="Answer the sender alone, not all.")
@click.option("--attach", "files", multiple=True, metavar="F", help="A file that goes along.")
@click.option("--now", "is_now", is_flag=True, help="Do not wait for the undo time.")
@click.option("--close", "closes", is_flag=True, help="Close once the server accepted it.")
@click.option("--wait", "waits", is_flag=True, help="Wait on the customer once it is accepted.")
@click.pass_obj
def reply(
    this: Run,
    ticket: str,
    text: str | None,
    text_file: str | None,
    files: Sequence[str],
    *,
    to_sender: bool,
    is_now: bool,
    closes: bool,
    waits: bool,
) -> None:
    """Queue an answer to the customer; a running engine or the next `sync` sends it."""
    if closes and waits:
        raise UsageError("--close and --wait exclude each other.")
    after = AfterSend.CLOSE if closes else AfterSend.PENDING if waits else AfterSend.NOTHING
    with desks.deciding(this) as at:
        attached = _files(files)
        seen, begun = _begun(at, ticket, to_all=not to_sender)
        from console.answering import Written  # noqa: PLC0415 - SQLAlchemy, Markdown

        written = Written(
            to=begun.recipients.to,
            cc=begun.recipients.cc,
            subject=begun.subject,
            text=texts.wanted(text, text_file, start=_quoted(begun)),
            files=attached,
            after=after,
            keeps_draft=True,
        )
        _queue(at, seen, begun, written, is_now=is_now)


def _begun(at: Deciding, name: str, *, to_all: bool) -> "tuple[Ticket, Begun]":
    from console import answering  # noqa: PLC0415 - SQLAlchemy, Markdown

    account = at.config.mail_account()
    ticket = _whole(at, name)
    settings = hot.settings_of(at.desk.hot(hot.settings_rows()))
    begun = answering.begin(ticket, desk=settings, account=account, to_all=to_all)
    if asked := ", ".join(one.email for one in begun.recipients.asked_elsewhere):
        at.run.say(f"The customer's mail asks for answers to {asked}; the sender is answered.")
    return ticket, begun


def _queue(
    at: Deciding, ticket: Ticket, begun: "Begun", written: "Written", *, is_now: bool
) -> None:
    from console import answering, passwords  # noqa: PLC0415 - SQLAlchemy, Markdown

    account = at.config.mail_account()
    change = answering.queued(
        ticket,
        begun,
        written,
        account=account,
        key=passwords.team_key(at.config, at.run.desk_folder()),
        actor=at.me.email,
        now=datetime.now(UTC),
        delay=timedelta(0) if is_now else timedelta(seconds=account.undo_seconds),
    )
    at.commit(change)
    to = ", ".join(one.email for one in (*change.to, *change.cc))
    at.run.say(f"Queued for {to}; a running engine sends it, or: rotadesk sync --once.")
    at.show([ticket.summary.id])


def _whole(at: Deciding, name: str) -> Ticket:
    uid = naming.ticket(at.desk.hot, name)
    ticket = whole.ticket(at.desk.hot, uid)
    if ticket is None:
        raise UsageError(f"Ticket {uid} has gone meanwhile.")
    return ticket


def _files(names: Sequence[str]) -> "tuple[OutgoingFile, ...]":
    files = tuple(_file(one) for one in names)
    if sum(len(one.content) for one in files) > _LARGEST_BYTES:
        raise UsageError(f"The files are larger than {_LARGEST_BYTES // 1_000_000} MB together.")
    return files


def _file(name: str) -> "OutgoingFile":
    from storage.mail.compose import OutgoingFile  # noqa: PLC0415 - Markdown

    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{texts.readable(name)} cannot be read: {error.strerror}.") from None
    kind, encoding = mimetypes.guess_type(name)
    mime = kind if kind and not encoding else "application/octet-stream"
    return OutgoingFile(filename=texts.readable(Path(name).name), mime=mime, content=content)


def _quoted(begun: "Begun") -> str:
    from storage.mail import replies  # noqa: PLC0415 - part of what composing loads

    answers = begun.answers
    author = answers.author.name or answers.author.email
    return "\n\n" + replies.quoted(answers.text, author=author, at=answers.at)
