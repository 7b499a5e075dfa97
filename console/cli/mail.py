"""`rotadesk mail`: how rotadesk reads raw mail, without a desk or a configuration."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from console.cli import frame
from storage.errors import NotFoundError
from storage.mail.parse import parse_mail
from storage.records.mail import Address, ParsedMail

_STANDARD_INPUT = "-"


@click.group("mail", cls=frame.Noun, help="See how rotadesk reads raw mail.")
def group() -> None:
    pass


@group.command("parse")
@click.argument("files", nargs=-1, required=True, metavar="[FILE...|-]")
@click.pass_obj
def parse(run: frame.Run, files: Sequence[str]) -> None:
    """Show how rotadesk reads each mail FILE; `-` reads file paths from standard input."""
    for path in _paths(files):
        shown = os.fsencode(path).decode("utf-8", "replace")
        try:
            raw = Path(path).read_bytes()
        except (OSError, ValueError) as error:
            _unreadable(run, shown, error)
            continue
        mail = parse_mail(raw)
        if run.as_json:
            run.emit(_as_json(shown, mail))
        else:
            click.echo(_as_text(shown, mail))


def _paths(files: Sequence[str]) -> Iterator[str]:
    for one in files:
        if one != _STANDARD_INPUT:
            yield one
            continue
        # One line at a time: who sends paths may wait for each answer.
        for line in iter(sys.stdin.buffer.readline, b""):
            if path := line.rstrip(b"\r\n"):
                yield os.fsdecode(path)


def _unreadable(run: frame.Run, shown: str, error: OSError | ValueError) -> None:
    why = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
    told = NotFoundError(f"{frame.printable(shown)} cannot be read: {why.lower()}.")
    if run.as_json:
        run.emit({"file": shown, "error": told.code, "message": str(told)})
    run.refused(told, thing=shown)


def _as_json(shown: str, mail: ParsedMail) -> dict[str, frame.Plain]:
    headers, body = mail.headers, mail.body
    return {
        "file": shown,
        "from": headers.sender.email or None,
        "from_name": headers.sender.name or None,
        "to": [one.email for one in headers.to],
        "cc": [one.email for one in headers.cc],
        "subject": headers.subject,
        "date": f"{headers.date:%Y-%m-%dT%H:%M:%SZ}" if headers.date else None,
        "message_id": headers.message_id or None,
        "text": body.text,
        "attachments": [
            {
                "filename": one.filename if one.is_named else None,
                "mime": one.mime,
                "size": one.size,
            }
            for one in body.parts
        ],
        "auto": headers.is_auto,
        "defects": [*headers.defects, *body.defects],
    }


def _as_text(shown: str, mail: ParsedMail) -> str:
    headers, body = mail.headers, mail.body
    said = [
        ("File", frame.printable(shown)),
        ("From", _mailbox(headers.sender)),
        ("To", ", ".join(map(_mailbox, headers.to))),
        ("Cc", ", ".join(map(_mailbox, headers.cc))),
        ("Subject", headers.subject),
        ("Date", f"{headers.date:%Y-%m-%d %H:%M} UTC" if headers.date else ""),
    ]
    lines = [f"{name + ':':9}{value}" for name, value in said if value]
    lines += [f"Attached: {one.filename} ({one.mime}, {one.size:,} bytes)" for one in body.parts]
    lines += [f"Note: {one}" for one in (*headers.defects, *body.defects)]
    return "\n".join([*lines, "", body.text.expandtabs(), ""])


def _mailbox(one: Address) -> str:
    return f"{one.name} <{one.email}>" if one.name else one.email
