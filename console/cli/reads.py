"""`list`, `show` and `search`: read the desk, import neither SQLAlchemy nor Textual."""

from collections.abc import Sequence

import click

from console.cli import desks, naming, shapes, ticket_table
from console.cli.frame import Query, Run, Verb, readable
from console.cli.shapes import Around
from storage.errors import UsageError
from storage.queries import hot, named
from storage.records.ids import TicketId
from storage.records.ticket import Ticket

_SHOWN_TO_PEOPLE = 200
"Lines of a table; scripts get all of them."


_query = click.argument("query", nargs=-1, type=click.UNPROCESSED)
_limit = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")


@click.command("list", cls=Query)
@_query
@_limit
@click.option(
    "--sort", type=click.Choice(tuple(hot.ORDERS)), default="due", help="What comes first."
)
@click.pass_obj
def list_tickets(this: Run, query: Sequence[str], limit: int | None, sort: str) -> None:
    """List tickets: the open ones, or those that QUERY asks for."""
    with desks.reading(this) as (desk, config):
        around = shapes.around(desk.run)
        where, values = _condition(readable(" ".join(query)), config.me.email, around)
        most = limit or (-1 if this.as_json else _SHOWN_TO_PEOPLE)
        found = desk.run(hot.tickets(where, values, order=sort, limit=most))
        ticket_table.print_tickets(this, found, around)
        if limit is None and len(found) == most:
            total = desk.run(hot.count(where, values))[0]
            this.say(f"{most} of {total} tickets; --limit shows more.")


@click.command("search", cls=Query)
@_query
@_limit
@click.pass_obj
def search(this: Run, query: Sequence[str], limit: int | None) -> None:
    """Search all tickets for what QUERY asks, the best first."""
    asked = readable(" ".join(query))
    if not asked.strip():
        raise UsageError("There is nothing to search for: rotadesk search WORDS.")
    with desks.reading(this) as (desk, config):
        from storage.queries import search as found_by  # noqa: PLC0415 - `list` needs none of it
        from storage.rules import search_syntax  # noqa: PLC0415 - `list` needs none of it

        around = shapes.around(desk.run)
        tree = search_syntax.parse(asked, now=around.now)
        most = limit or (None if this.as_json else _SHOWN_TO_PEOPLE)
        now_ms = int(around.now.timestamp() * 1000)
        uids = found_by.newest(desk.run, tree, me=config.me.email, now_ms=now_ms, limit=most)
        found = {one.id: one for one in desk.run(named.tickets(uids))}
        ticket_table.print_tickets(this, [found[TicketId(uid)] for uid in uids], around)


def _condition(asked: str, me: str, around: Around) -> tuple[str, hot.Values]:
    """Return what `asked` asks for as SQL; without a word about states, of open tickets."""
    if not asked.strip():
        return hot.IS_OPEN, ()
    from storage.queries import search as found_by  # noqa: PLC0415 - a plain `list` needs none
    from storage.rules import search_syntax  # noqa: PLC0415 - a plain `list` needs none

    tree = search_syntax.parse(asked, now=around.now)
    if not search_syntax.names_state(tree):
        tree = search_syntax.And((search_syntax.OPEN, tree))
    return found_by.where(tree, me=me, now_ms=int(around.now.timestamp() * 1000))


@click.command("show", cls=Verb)
@click.argument("tickets", nargs=-1, required=True, metavar="T...")
@click.pass_obj
def show(this: Run, tickets: Sequence[str]) -> None:
    """Show a ticket with everything said and decided on it."""
    from storage.queries import whole  # noqa: PLC0415 - a list has no conversation

    with desks.reading(this) as (desk, _):
        around = shapes.around(desk.run)
        for name in naming.names(tickets):
            with this.attempt(name):
                if ticket := whole.ticket(desk.run, naming.ticket(desk.run, name)):
                    _show(this, ticket, around)


def _show(this: Run, ticket: Ticket, around: Around) -> None:
    if not this.as_json:
        ticket_table.print_ticket(ticket, around)
        return
    said = [entry for one in ticket.conversation if (entry := shapes.said(one, around))]
    this.emit(shapes.ticket(ticket.summary, around) | {"conversation": said})
