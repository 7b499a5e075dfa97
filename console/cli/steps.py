"""`undo` and `redo`: my last change on this desk, from whatever face it was made."""

from typing import TYPE_CHECKING

import click

from console.cli import desks
from console.cli.frame import Run, Verb
from storage.records.ids import TicketId

if TYPE_CHECKING:
    from storage.undo import Undone


@click.command("undo", cls=Verb)
@click.pass_obj
def undo(this: Run) -> None:
    """Take back my last change that is not taken back yet; a bulk is one."""
    with desks.deciding(this) as at:
        _told(at, at.desk.undo(actor=at.me.email), "Taken back")


@click.command("redo", cls=Verb)
@click.pass_obj
def redo(this: Run) -> None:
    """Make my last undo undone."""
    with desks.deciding(this) as at:
        _told(at, at.desk.redo(actor=at.me.email), "Done again")


def _told(at: desks.Deciding, undone: "Undone", what: str) -> None:
    at.run.say(f"{what}: {undone.title}.")
    for entity in undone.left_alone:
        kind, _, uid = entity.partition(":")
        at.run.say(f"Left alone, somebody has changed it since: {kind} {uid[:8]}.".rstrip())
    at.show([TicketId(uid) for uid in sorted(undone.touched.tickets)])
