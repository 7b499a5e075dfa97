"""Triage: one decision about one or many tickets."""

from collections.abc import Sequence

import click

from console.cli import choices, desks, naming, pages
from console.cli.frame import Run, Verb
from storage.queries import named
from storage.records.ids import BugId, FeatureId
from storage.records.ticket import KbLink
from storage.records.words import Category, LinkUse, Priority, Status

_tickets = click.argument("tickets", nargs=-1, required=True, metavar="T...")
_NOT_SET = frozenset({Status.NEW, Status.MERGED, Status.DISMISSED})


@click.command("take", cls=Verb)
@_tickets
@click.pass_obj
def take(this: Run, tickets: Sequence[str]) -> None:
    """Assign tickets to me."""
    _assigned(this, tickets, to=None)


@click.command("assign", cls=Verb)
@_tickets
@click.argument("address")
@click.pass_obj
def assign(this: Run, tickets: Sequence[str], address: str) -> None:
    """Assign tickets to an engineer, or to none."""
    _assigned(this, tickets, to=address)


def _assigned(this: Run, tickets: Sequence[str], *, to: str | None) -> None:
    with desks.deciding(this) as at:
        from storage.changes.ticket import AssignTicket  # noqa: PLC0415 - SQLAlchemy

        engineer = at.me.email if to is None else choices.engineer(to, me=at.me)
        at.each(tickets, lambda uid: [AssignTicket(ticket_id=uid, engineer=engineer)])


@click.command("category", cls=Verb)
@_tickets
@click.argument("name")
@click.pass_obj
def category(this: Run, tickets: Sequence[str], name: str) -> None:
    """Say why the customer had to write: NAME is one of six, or none."""
    chosen = choices.one_of(Category, name, what="category") if choices.or_none(name) else None
    with desks.deciding(this) as at:
        from storage.changes.ticket import SetCategory  # noqa: PLC0415 - SQLAlchemy

        at.each(tickets, lambda uid: [SetCategory(ticket_id=uid, category=chosen)])


@click.command("area", cls=Verb)
@_tickets
@click.argument("name")
@click.pass_obj
def area(this: Run, tickets: Sequence[str], name: str) -> None:
    """Say which part of the product it is about: NAME is on the team's list, or none."""
    with desks.deciding(this) as at:
        from storage.changes.ticket import SetArea  # noqa: PLC0415 - SQLAlchemy

        chosen = choices.or_none(name)
        at.each(tickets, lambda uid: [SetArea(ticket_id=uid, area=chosen)])


@click.command("priority", cls=Verb)
@_tickets
@click.argument("priority", metavar="P")
@click.pass_obj
def set_priority(this: Run, tickets: Sequence[str], priority: str) -> None:
    """Set the priority: critical, high, normal or low."""
    chosen = choices.one_of(Priority, priority, what="priority")
    with desks.deciding(this) as at:
        from storage.changes.ticket import SetPriority  # noqa: PLC0415 - SQLAlchemy

        at.each(tickets, lambda uid: [SetPriority(ticket_id=uid, priority=chosen)])


@click.command("status", cls=Verb)
@_tickets
@click.argument("status", metavar="S")
@click.pass_obj
def set_status(this: Run, tickets: Sequence[str], status: str) -> None:
    """Set the status: open, pending, on_hold or closed."""
    chosen = choices.one_of(Status, status, what="status to set", but=_NOT_SET)
    with desks.deciding(this) as at:
        from storage.changes.ticket import CloseTicket, SetStatus  # noqa: PLC0415 - SQLAlchemy

        if chosen is Status.CLOSED:
            at.each(tickets, lambda uid: [CloseTicket(ticket_id=uid)])
        else:
            at.each(tickets, lambda uid: [SetStatus(ticket_id=uid, status=chosen)])


@click.command("tag", cls=Verb)
@click.argument("ticket", metavar="T")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.pass_obj
def tag(this: Run, ticket: str, names: Sequence[str]) -> None:
    """Put tags on a ticket."""
    _tagged(this, ticket, names, is_on=True)


@click.command("untag", cls=Verb)
@click.argument("ticket", metavar="T")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.pass_obj
def untag(this: Run, ticket: str, names: Sequence[str]) -> None:
    """Take tags off a ticket."""
    _tagged(this, ticket, names, is_on=False)


def _tagged(this: Run, ticket: str, names: Sequence[str], *, is_on: bool) -> None:
    with desks.deciding(this) as at:
        from storage.changes.ticket import SetTag  # noqa: PLC0415 - SQLAlchemy

        at.each(
            [ticket],
            lambda uid: [SetTag(ticket_id=uid, tag=name, is_on=is_on) for name in names],
        )


@click.command("link", cls=Verb)
@_tickets
@click.argument("page", metavar="ARTICLE|URL")
@click.option(
    "--use",
    type=click.Choice([one.value for one in LinkUse]),
    default=LinkUse.USED.value,
    help="What the article did for the ticket.",
)
@click.pass_obj
def link(this: Run, tickets: Sequence[str], page: str, use: str) -> None:
    """Link an article, or a page of ours, that answers."""
    with desks.deciding(this) as at:
        from storage.changes.ticket import LinkArticle  # noqa: PLC0415 - SQLAlchemy

        linked = KbLink(target=pages.target(at.desk.hot, page), use=LinkUse(use))
        at.each(tickets, lambda uid: [LinkArticle(ticket_id=uid, link=linked)])


@click.command("unlink", cls=Verb)
@_tickets
@click.argument("page", metavar="ARTICLE|URL")
@click.pass_obj
def unlink(this: Run, tickets: Sequence[str], page: str) -> None:
    """Take a link to an article or page away."""
    with desks.deciding(this) as at:
        from storage.changes.ticket import UnlinkArticle  # noqa: PLC0415 - SQLAlchemy

        target = pages.target(at.desk.hot, page)
        at.each(tickets, lambda uid: [UnlinkArticle(ticket_id=uid, target=target)])


_off = click.option("--off", "is_off", is_flag=True, help="Take the link away.")


@click.command("bug-link", cls=Verb)
@_tickets
@click.argument("bug")
@_off
@click.pass_obj
def bug_link(this: Run, tickets: Sequence[str], bug: str, *, is_off: bool) -> None:
    """Link tickets to the bug behind them."""
    with desks.deciding(this) as at:
        from storage.changes.ticket import LinkBug  # noqa: PLC0415 - SQLAlchemy

        found = BugId(naming.thing(at.desk.hot, bug, what="bug", named=named.bugs))
        at.each(
            tickets,
            lambda uid: [LinkBug(ticket_id=uid, bug_id=found, is_on=not is_off)],
        )


@click.command("feature-link", cls=Verb)
@_tickets
@click.argument("feature", metavar="F")
@_off
@click.pass_obj
def feature_link(this: Run, tickets: Sequence[str], feature: str, *, is_off: bool) -> None:
    """Link tickets to the feature request they ask for."""
    with desks.deciding(this) as at:
        from storage.changes.ticket import LinkFeature  # noqa: PLC0415 - SQLAlchemy

        uid = naming.thing(at.desk.hot, feature, what="feature request", named=named.features)
        found = FeatureId(uid)
        at.each(
            tickets,
            lambda uid: [LinkFeature(ticket_id=uid, feature_id=found, is_on=not is_off)],
        )


@click.command("dismiss", cls=Verb)
@_tickets
@click.pass_obj
def dismiss(this: Run, tickets: Sequence[str]) -> None:
    """Say that it is not a ticket: spam, a robot, misdirected."""
    with desks.deciding(this) as at:
        from storage.changes.ticket import DismissTicket  # noqa: PLC0415 - SQLAlchemy

        at.each(tickets, lambda uid: [DismissTicket(ticket_id=uid)])


@click.command("reopen", cls=Verb)
@_tickets
@click.pass_obj
def reopen(this: Run, tickets: Sequence[str]) -> None:
    """Open ended tickets again."""
    with desks.deciding(this) as at:
        from storage.changes.ticket import ReopenTicket  # noqa: PLC0415 - SQLAlchemy

        at.each(tickets, lambda uid: [ReopenTicket(ticket_id=uid)])


@click.command("close", cls=Verb)
@_tickets
@click.option("--category", "category_name", help="Why the customer had to write.")
@click.option("--area", "area_name", help="Which part of the product.")
@click.option("--link", "links", multiple=True, metavar="L", help="The article or page.")
@click.pass_obj
def close(
    this: Run,
    tickets: Sequence[str],
    category_name: str | None,
    area_name: str | None,
    links: Sequence[str],
) -> None:
    """Close what the gate lets close; for each other say what is missing."""
    chosen = category_name and choices.one_of(Category, category_name, what="category")
    with desks.deciding(this) as at:
        from storage.changes.ticket import CloseTicket  # noqa: PLC0415 - SQLAlchemy

        linked = tuple(KbLink(target=pages.target(at.desk.hot, one)) for one in links)
        at.each(
            tickets,
            lambda uid: [
                CloseTicket(ticket_id=uid, category=chosen or None, area=area_name, kb_links=linked)
            ],
        )
