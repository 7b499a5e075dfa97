"""`note` and `reply`: what engineers write on a ticket."""

import mimetypes
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli import desks, naming, shapes, texts
from console.cli.desks import Deciding
from console.cli.frame import Run, Verb, readable
from storage.errors import UsageError
from storage.queries import hot, whole
from storage.records.ids import NoteId, random_uid
from storage.records.ticket import Ticket
from storage.records.words import AfterSend

if TYPE_CHECKING:
    from storage.changes.replying import Writer
    from storage.mail.compose import OutgoingFile
    from storage.mail.replies import Recipients


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
        writer = _writer(at, is_now=is_now)
        seen = _whole(at, ticket)
        from storage.changes import replying  # noqa: PLC0415 - SQLAlchemy, Markdown

        to = replying.recipients(seen, desk=writer.desk, to_all=not to_sender)
        _tell_wishes(this, to)
        said = texts.wanted(text, text_file, start=_quoted(seen))
        written = replying.Written(text=said, to=to.to, cc=to.cc, files=attached, after=after)
        change = replying.queue_reply(seen, written, writer=writer, now=datetime.now(UTC))
        # what stands in the console's composer is another text
        at.commit(replace(change, keeps_draft=True))
        asked = ", ".join(one.email for one in (*change.to, *change.cc))
        this.say(f"Queued for {asked}; a running engine sends it, or: rotadesk sync --once.")
        _tell_gate(at, seen, after)
        at.show([seen.summary.id])


def _tell_gate(at: Deciding, ticket: Ticket, after: AfterSend) -> None:
    """Say what would keep the ticket open once the reply was accepted."""
    if after is AfterSend.CLOSE and (missing := shapes.around(at.desk.hot).missing(ticket.summary)):
        needs = " and ".join(one.replace("_", " ") for one in missing)
        at.run.say(f"It stays open then, unless it has a {needs} by that time.")


def _writer(at: Deciding, *, is_now: bool) -> "Writer":
    """Return who answers: me, from the account's address."""
    from console import passwords  # noqa: PLC0415 - only a reply signs
    from storage.changes.replying import Writer  # noqa: PLC0415 - SQLAlchemy, Markdown

    account = at.config.mail_account()
    desk = hot.settings_of(at.desk.hot(hot.settings_rows()))
    return Writer(
        me=at.me,
        desk=desk if desk.address else replace(desk, address=account.address),
        key=passwords.team_key(at.config, at.run.desk_folder()),
        undo=timedelta(0) if is_now else timedelta(seconds=account.undo_seconds),
    )


def _whole(at: Deciding, name: str) -> Ticket:
    uid = naming.ticket(at.desk.hot, name)
    ticket = whole.ticket(at.desk.hot, uid)
    if ticket is None:
        raise UsageError(f"Ticket {uid} has gone meanwhile.")
    return ticket


def _files(names: Sequence[str]) -> "tuple[OutgoingFile, ...]":
    return tuple(_file(one) for one in names)


def _file(name: str) -> "OutgoingFile":
    from storage.mail.compose import OutgoingFile  # noqa: PLC0415 - Markdown

    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{readable(name)} cannot be read: {error.strerror}.") from None
    kind, encoding = mimetypes.guess_type(name)
    mime = kind if kind and not encoding else "application/octet-stream"
    return OutgoingFile(filename=readable(Path(name).name), mime=mime, content=content)


def _tell_wishes(this: Run, to: "Recipients") -> None:
    if asked := ", ".join(one.email for one in to.asked_elsewhere):
        this.say(f"The customer's mail asks for answers to {asked}; the sender is answered.")


def _quoted(ticket: Ticket) -> str:
    """Return what $EDITOR starts with: the mail that is answered, as a quote."""
    from storage.changes import replying  # noqa: PLC0415 - SQLAlchemy, Markdown
    from storage.mail import replies  # noqa: PLC0415 - SQLAlchemy, Markdown

    answers = replying.answered(ticket)
    if answers is None:
        return ""
    author = answers.author.name or answers.author.email
    return "\n\n" + replies.quoted(answers.text, author=author, at=answers.at)
