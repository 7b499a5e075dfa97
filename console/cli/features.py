"""`feature`: what customers ask for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from console.cli import choices, desks, naming, table, texts, work_shapes
from console.cli.desks import Deciding
from console.cli.frame import Noun, Run
from console.cli.shapes import short
from storage.errors import UsageError
from storage.queries import named
from storage.records.ids import FeatureId, random_uid
from storage.records.words import FeatureState
from storage.records.work import Feature

if TYPE_CHECKING:
    from storage.changes.base import Change

_COLUMNS = (
    table.Column("ID"),
    table.Column("STATE"),
    table.Column("CUSTOMERS", is_number=True),
    table.Column("TITLE", gives_way=True),
    table.Column("AREA"),
)


@click.group("feature", cls=Noun)
def feature() -> None:
    """Feature requests: list, show, new, state."""


@feature.command("list")
@click.option("--state", help="Only those in this state.")
@click.pass_obj
def list_features(this: Run, state: str | None) -> None:
    """List feature requests, those of most customers first."""
    chosen = choices.one_of(FeatureState, state, what="state of a request") if state else None
    with desks.at_desk(this) as at:
        from storage.queries import work  # noqa: PLC0415 - SQLAlchemy

        found = at.desk.read(work.features, now=datetime.now(UTC))
        _print(this, [one for one in found if chosen in (None, one.state)])


@feature.command("show")
@click.argument("features", nargs=-1, required=True, metavar="F...")
@click.pass_obj
def show(this: Run, features: Sequence[str]) -> None:
    """Show what is asked for, and who asks."""
    with desks.at_desk(this) as at:
        for name in naming.names(features):
            with this.attempt(name):
                one = _feature(at, name)
                if this.as_json:
                    this.emit(work_shapes.feature(one))
                else:
                    _tell(this, one)


@feature.command("new")
@click.option("--title", required=True, help="What is asked for, in a line.")
@click.option("--detail", default="", help="More about it.")
@click.option("--area", help="Part of the product.")
@click.option("--ticket", "tickets", multiple=True, metavar="T", help="A ticket that asks for it.")
@click.pass_obj
def new(this: Run, title: str, detail: str, area: str | None, tickets: Sequence[str]) -> None:
    """Log what a customer asks for."""
    if not texts.line(title):
        raise UsageError("A feature request needs a title: say in a line what is wanted.")
    with desks.deciding(this, may_make=True) as at:
        from storage.changes.ticket import LinkFeature  # noqa: PLC0415 - SQLAlchemy
        from storage.changes.work import FileFeature  # noqa: PLC0415 - SQLAlchemy

        uid = FeatureId(random_uid())
        linked = [naming.ticket(at.desk.hot, name) for name in naming.names(tickets)]
        changes: list[Change] = [
            FileFeature(
                feature_id=uid, title=texts.line(title), detail=texts.clean(detail), area=area
            )
        ]
        changes += [LinkFeature(ticket_id=one, feature_id=uid) for one in linked]
        at.commit(*changes)
        _print_one(at, uid)


@feature.command("state")
@click.argument("feature", metavar="F")
@click.argument("state")
@click.pass_obj
def set_state(this: Run, feature: str, state: str) -> None:
    """Move a request: asked, planned, shipped or declined."""
    chosen = choices.one_of(FeatureState, state, what="state of a request")
    with desks.deciding(this) as at:
        from storage.changes.work import SetFeatureState  # noqa: PLC0415 - SQLAlchemy

        one = _feature(at, feature)
        at.commit(SetFeatureState(feature_id=one.id, state=chosen))
        _print_one(at, one.id)


def _feature(at: Deciding, name: str) -> Feature:
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy

    uid = naming.thing(at.desk.hot, name, what="feature request", named=named.features)
    return at.desk.read(work.feature, FeatureId(uid), now=datetime.now(UTC))


def _print_one(at: Deciding, uid: FeatureId) -> None:
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy

    _print(at.run, [at.desk.read(work.feature, uid, now=datetime.now(UTC))])


def _print(this: Run, features: Sequence[Feature]) -> None:
    if this.as_json:
        for one in features:
            this.emit(work_shapes.feature(one))
        return
    rows = [
        [one.handle, one.state.value, str(one.customers), one.title, one.area or "-"]
        for one in features
    ]
    table.show(_COLUMNS, rows)


def _tell(this: Run, one: Feature) -> None:
    this.tell(f"{one.handle}  {one.title}")
    this.tell(f"{one.state}, area {one.area or '-'}, {one.customers} customers")
    if one.tickets:
        this.tell(f"tickets  {' '.join(short(uid) for uid in one.tickets)}")
    if one.detail:
        this.tell(f"\n{one.detail}")
