"""`list`, `show` and `search`: read the desk, import neither SQLAlchemy nor Textual."""

from collections.abc import Sequence

import click

from console.cli import desks, naming, shapes, ticket_table
from console.cli.frame import Run, Verb
from console.cli.shapes import Around
from storage.db.readonly import Reader
from storage.queries import conversation, hot
from storage.records.ids import TicketId
from storage.records.ticket import Ticket

_SHOWN_TO_PEOPLE = 200
"Lines of a table; scripts get all of them."


@click.command("list", cls=Verb)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option(
    "--sort", type=click.Choice(tuple(hot.ORDERS)), default="due", help="What comes first."
)
@click.pass_obj
def list_tickets(this: Run, limit: int | None, sort: str) -> None:
    """List the open tickets."""
    with desks.reading(this) as desk:
        around = shapes.around(desk.run)
        most = limit or (-1 if this.as_json else _SHOWN_TO_PEOPLE)
        found = desk.run(hot.tickets(order=sort, limit=most))
        ticket_table.print_tickets(this, found, around)
        if limit is None and len(found) == most:
            total = desk.run(hot.count())[0]
            this.say(f"{most} of {total} tickets; --limit shows more.")


@click.command("show", cls=Verb)
@click.argument("tickets", nargs=-1, required=True, metavar="T...")
@click.pass_obj
def show(this: Run, tickets: Sequence[str]) -> None:
    """Show a ticket with everything said and decided on it."""
    with desks.reading(this) as desk:
        around = shapes.around(desk.run)
        for name in naming.names(tickets):
            with this.attempt(name):
                _show(this, whole(desk, naming.ticket(desk.run, name), around), around)


def whole(desk: Reader, uid: TicketId, around: Around) -> Ticket:
    """Return a ticket with its conversation; the desk has it."""
    summary = desk.run(hot.ticket(uid))[0]
    return conversation.ticket(
        summary,
        messages=desk.run(hot.messages(uid)),
        notes=desk.run(hot.notes(uid)),
        replies=desk.run(hot.waiting_replies(uid)),
        facts=desk.run(hot.facts_of(uid)),
        desk=around.desk,
        missing=frozenset(),
    )


def _show(this: Run, ticket: Ticket, around: Around) -> None:
    if not this.as_json:
        ticket_table.print_ticket(ticket, around)
        return
    said = [entry for one in ticket.conversation if (entry := shapes.said(one, around))]
    this.emit(shapes.ticket(ticket.summary, around) | {"conversation": said})
