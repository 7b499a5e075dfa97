"""Tickets as a person reads them: one line each, or one whole ticket."""

from collections.abc import Iterable
from datetime import datetime

import click

from console.cli import shapes, table
from console.cli.frame import Run, printable
from console.cli.shapes import Around
from storage.records.ticket import (
    ConversationItem,
    EventItem,
    MessageItem,
    NoteItem,
    OutboxItem,
    Ticket,
    TicketSummary,
)
from storage.records.words import Direction, Verdict
from widgets import times

_COLUMNS = (
    table.Column("ID"),
    table.Column("STATUS"),
    table.Column("DUE", may_go=True),
    table.Column("CUSTOMER", gives_way=True),
    table.Column("SUBJECT", gives_way=True, at_least=20),
    table.Column("CATEGORY", may_go=True),
    table.Column("KB", is_number=True, may_go=True),
    table.Column("ASSIGNEE", gives_way=True, may_go=True),
)


def print_tickets(run: Run, tickets: Iterable[TicketSummary], around: Around) -> None:
    """Print tickets as `list` does: JSON lines, or a table."""
    if run.as_json:
        for one in tickets:
            run.emit(shapes.ticket(one, around))
        return
    table.show(_COLUMNS, [_row(one, around) for one in tickets])


def _row(one: TicketSummary, around: Around) -> list[str]:
    due = times.due(one.due_at, now=around.now)[0] if one.due_at else ""
    return [
        one.handle,
        one.status.value,
        due,
        one.requester.name or one.requester.email,
        one.subject or "(no subject)",
        one.category.value if one.category else "-",
        str(len(one.kb_links)) if one.kb_links else "-",
        around.desk.name_of(one.assignee) if one.assignee else "-",
    ]


def print_ticket(ticket: Ticket, around: Around) -> None:
    """Print one ticket with its conversation, oldest first."""
    for line in (*_head(ticket, around), "", *_conversation(ticket, around)):
        click.echo(printable(line))


def _head(ticket: Ticket, around: Around) -> Iterable[str]:
    one = ticket.summary
    yield f"{one.handle}  {one.subject or '(no subject)'}"
    yield f"customer    {_who(one.requester.name, one.requester.email)}"
    state = one.status.value + (f" ({one.reopened_why})" if one.reopened_why else "")
    yield f"status      {state}, priority {one.priority}"
    yield f"assignee    {around.desk.name_of(one.assignee) if one.assignee else 'nobody'}"
    yield f"category    {one.category or '-'}, area {one.area or '-'}"
    for link in one.kb_links:
        yield f"article     {shapes.kb_link(link)['target']}  {link.title} ({link.use})"
    for name, ids in (("bug", one.bugs), ("feature", one.features)):
        yield from (f"{name:<12}{shapes.short(uid)}" for uid in ids)
    if one.tags:
        yield f"tags        {' '.join(one.tags)}"
    if one.due_at:
        yield f"due         {times.due(one.due_at, now=around.now)[0]}"
    if not one.status.has_ended:
        missing = " and ".join(one.replace("_", " ") for one in around.missing(ticket.summary))
        yield f"to close    {'missing: ' + missing if missing else 'nothing is missing'}"


def _conversation(ticket: Ticket, around: Around) -> Iterable[str]:
    for item in ticket.conversation:
        at = times.moment(_at(item), now=around.now)
        match item:
            case MessageItem():
                yield from _message(item, at)
            case NoteItem():
                yield f"── {at}  INTERNAL NOTE by {around.desk.name_of(item.author)}"
                yield from (*item.text.splitlines(), "")
            case EventItem():
                yield f"·  {at}  {around.desk.name_of(item.author)} {item.text}"
            case OutboxItem():
                yield f"── {at}  REPLY, {item.state}: {item.error or 'not sent yet'}"
                yield from (*item.text.splitlines(), "")


def _message(item: MessageItem, at: str) -> Iterable[str]:
    sign = "->" if item.direction is Direction.OUT else "<-"
    held = "  NOT VERIFIED" if item.verdict is Verdict.UNVERIFIED else ""
    yield f"{sign} {at}  {_who(item.author.name, item.author.email)}{held}"
    yield f"   {item.why}"
    yield from (f"   ! {one}" for one in item.defects)
    for file in item.attachments:
        where = "" if file.sha256 else ", on the server"
        yield f"   + {file.filename} ({file.mime}, {file.size} bytes{where})"
    yield ""
    yield from item.text.splitlines() if item.has_body else ("(its text is not here yet)",)
    yield ""


def _at(item: ConversationItem) -> datetime:
    return item.queued_at if isinstance(item, OutboxItem) else item.at


def _who(name: str, email: str) -> str:
    return f"{name} <{email}>" if name else f"<{email}>" if email else "(nobody named)"
