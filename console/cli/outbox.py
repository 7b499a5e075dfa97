"""`outbox`: what waits to leave, and what a person decides about it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from console.cli import desks, naming, shapes, table
from console.cli.frame import Noun, Plain, Run
from storage.errors import NotFoundError
from storage.queries import hot, named
from storage.records.ids import OutboxId
from storage.records.query import Runs
from storage.records.ticket import OutboxItem
from widgets import times

if TYPE_CHECKING:
    from storage.changes.base import Change

_UNDO_SECONDS = 10
"Where no account says it."
_COLUMNS = (
    table.Column("ID"),
    table.Column("TICKET"),
    table.Column("STATE"),
    table.Column("LEAVES"),
    table.Column("TO", gives_way=True),
    table.Column("SUBJECT", gives_way=True),
    table.Column("WHY", gives_way=True),
)


@click.group("outbox", cls=Noun, invoke_without_command=True)
@click.pass_context
def outbox(ctx: click.Context) -> None:
    """Show replies that wait to leave; retry, park or discard one."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_replies, everything=False)


@outbox.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what has left.")
@click.pass_obj
def list_replies(this: Run, *, everything: bool) -> None:
    """List replies that wait to leave, the soonest first."""
    with desks.reading(this) as (desk, _):
        rows = desk.run(hot.outbox(everything=everything))
        if this.as_json:
            for one in rows:
                this.emit(shaped(one))
            return
        now = datetime.now(UTC)
        table.show(_COLUMNS, [_row(one, now) for one in rows])


@outbox.command("show")
@click.argument("reply", metavar="ID")
@click.pass_obj
def show(this: Run, reply: str) -> None:
    """Show one reply with its text."""
    with desks.reading(this) as (desk, _):
        one = _item(desk.run, reply)
        if this.as_json:
            whole = {"cc": [cc.email for cc in one.cc], "text": one.text}
            this.emit(shaped(one) | whole | {"message_id": one.message_id})
            return
        this.tell(f"to       {', '.join(to.email for to in one.to)}")
        if one.cc:
            this.tell(f"cc       {', '.join(cc.email for cc in one.cc)}")
        this.tell(f"subject  {one.subject}")
        this.tell(f"state    {one.state}{': ' + one.error if one.error else ''}\n")
        this.tell(one.text)


@outbox.command("retry")
@click.argument("reply", metavar="ID")
@click.pass_obj
def retry(this: Run, reply: str) -> None:
    """Send again what failed or was held; the undo time runs anew."""
    with desks.deciding(this) as at:
        from storage.changes.reply import RetryReply  # noqa: PLC0415 - SQLAlchemy

        account = at.config.account
        seconds = account.undo_seconds if account else _UNDO_SECONDS
        leaves = datetime.now(UTC) + timedelta(seconds=seconds)
        _decided(at, reply, lambda uid: RetryReply(outbox_id=uid, not_before=leaves))


@outbox.command("park")
@click.argument("reply", metavar="ID")
@click.pass_obj
def park(this: Run, reply: str) -> None:
    """Take the text back as a draft, and the reply out of the outbox."""
    with desks.deciding(this) as at:
        from storage.changes.reply import ParkReply  # noqa: PLC0415 - SQLAlchemy

        now = datetime.now(UTC)
        _decided(at, reply, lambda uid: ParkReply(outbox_id=uid, at=now))


@outbox.command("discard")
@click.argument("reply", metavar="ID")
@click.pass_obj
def discard(this: Run, reply: str) -> None:
    """Throw a reply away that has not left."""
    with desks.deciding(this) as at:
        from storage.changes.reply import DiscardReply  # noqa: PLC0415 - SQLAlchemy

        _decided(at, reply, lambda uid: DiscardReply(outbox_id=uid))


def shaped(one: OutboxItem) -> dict[str, Plain]:
    """Return a row of the outbox by the names that `cli.md` promises."""
    return {
        "id": shapes.short(one.id),
        "ticket": shapes.short(one.ticket_id) if one.ticket_id else None,
        "to": [to.email for to in one.to],
        "subject": one.subject,
        "state": one.state.value,
        "not_before": shapes.instant(one.not_before),
        "tries": one.tries,
        "error": one.error or None,
        "then": one.then.value,
    }


def _decided(at: desks.Deciding, name: str, make: "Callable[[OutboxId], Change]") -> None:
    """Decide about one reply and print its ticket."""
    one = _item(at.desk.hot, name)
    at.commit(make(one.id))
    if one.ticket_id:
        at.show([one.ticket_id])


def _item(run: Runs, name: str) -> OutboxItem:
    uid = naming.thing(run, name, what="reply", named=named.replies)
    found = [one for one in run(hot.outbox(everything=True)) if one.id == uid]
    if not found:
        raise NotFoundError(f"There is no reply {shapes.short(uid)} in the outbox.")
    return found[0]


def _row(one: OutboxItem, now: datetime) -> list[str]:
    return [
        shapes.short(one.id),
        shapes.short(one.ticket_id)[:4] if one.ticket_id else "-",
        one.state.value,
        times.due(one.not_before, now=now)[0] if one.not_before > now else "now",
        ", ".join(to.email for to in one.to),
        one.subject,
        one.error,
    ]
