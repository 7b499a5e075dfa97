"""`bug`: what is broken, who fixes it, whom it hits."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from console.cli import choices, desks, forms, naming, table, texts, work_shapes
from console.cli.desks import Deciding
from console.cli.frame import Noun, Run
from console.cli.shapes import Around, around, short
from storage.errors import UsageError
from storage.queries import named
from storage.records.ids import BugId, random_uid
from storage.records.words import BugState, Severity
from storage.records.work import Bug, BugForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.changes.base import Change

_COLUMNS = (
    table.Column("ID"),
    table.Column("SEVERITY"),
    table.Column("STATE"),
    table.Column("CUSTOMERS", is_number=True),
    table.Column("7 DAYS", is_number=True),
    table.Column("TITLE", gives_way=True),
    table.Column("FIXER", gives_way=True),
)
_TEXTS: Final = ("steps", "expected", "actual", "environment", "impact", "workaround")
_HEAD: Final = "A bug. Save to keep it; severity is critical, high or low."


@click.group("bug", cls=Noun)
def bug() -> None:
    """Bugs: list, show, new, edit, state, assign."""


@bug.command("list")
@click.option("--state", help="Only those in this state.")
@click.pass_obj
def list_bugs(this: Run, state: str | None) -> None:
    """List bugs: the most severe first, then by the customers of the last week."""
    chosen = choices.one_of(BugState, state, what="state of a bug") if state else None
    with desks.at_desk(this) as at:
        from storage.queries import work  # noqa: PLC0415 - SQLAlchemy

        found = at.desk.read(work.bugs, now=datetime.now(UTC))
        _print(this, [one for one in found if chosen in (None, one.state)], around(at.desk.hot))


@bug.command("show")
@click.argument("bugs", nargs=-1, required=True, metavar="B...")
@click.pass_obj
def show(this: Run, bugs: Sequence[str]) -> None:
    """Show a bug with its form."""
    with desks.at_desk(this) as at:
        about = around(at.desk.hot)
        for name in naming.names(bugs):
            with this.attempt(name):
                one = _bug(at, name)
                if this.as_json:
                    this.emit(work_shapes.bug(one, about))
                else:
                    _tell(this, one, about)


def _form_options(command: "Callable[..., Any]") -> "Callable[..., Any]":
    for name in reversed(_TEXTS):
        command = click.option(f"--{name}", help="Part of the form.")(command)
    command = click.option("--link", "links", multiple=True, help="Tracker, commit, log.")(command)
    command = click.option("--reproduced/--not-reproduced", default=None, help="Seen by us.")(
        command
    )
    command = click.option("--area", help="Part of the product, or none.")(command)
    command = click.option("--severity", help="critical, high or low.")(command)
    return click.option("--title", help="What is wrong, in a line.")(command)


@bug.command("new")
@_form_options
@click.option("--ticket", "tickets", multiple=True, metavar="T", help="A ticket it is behind.")
@click.pass_obj
def new(this: Run, /, tickets: Sequence[str], **said: Any) -> None:  # noqa: ANN401 - the form's options
    """Report a bug; without options $EDITOR asks for it."""
    with desks.deciding(this, may_make=True) as at:
        from storage.changes.ticket import LinkBug  # noqa: PLC0415 - SQLAlchemy
        from storage.changes.work import FileBug  # noqa: PLC0415 - SQLAlchemy

        uid = BugId(random_uid())
        linked = [naming.ticket(at.desk.hot, name) for name in naming.names(tickets)]
        changes: list[Change] = [FileBug(bug_id=uid, form=_form(BugForm(title=""), said))]
        changes += [LinkBug(ticket_id=one, bug_id=uid) for one in linked]
        at.commit(*changes)
        _print_one(at, uid)


@bug.command("edit")
@click.argument("bug", metavar="B")
@_form_options
@click.pass_obj
def edit(this: Run, /, bug: str, **said: Any) -> None:  # noqa: ANN401 - the form's options
    """Change a bug's form; without options in $EDITOR."""
    with desks.deciding(this) as at:
        from storage.changes.work import EditBug  # noqa: PLC0415 - SQLAlchemy

        one = _bug(at, bug)
        if (form := _form(one.form, said)) != one.form:
            at.commit(EditBug(bug_id=one.id, form=form))
        _print_one(at, one.id)


@bug.command("state")
@click.argument("bug", metavar="B")
@click.argument("state")
@click.pass_obj
def set_state(this: Run, bug: str, state: str) -> None:
    """Move a bug: reported, confirmed, fixing, fixed, released or wont_fix."""
    chosen = choices.one_of(BugState, state, what="state of a bug")
    with desks.deciding(this) as at:
        from storage.changes.work import SetBugState  # noqa: PLC0415 - SQLAlchemy

        one = _bug(at, bug)
        at.commit(SetBugState(bug_id=one.id, state=chosen))
        _print_one(at, one.id)


@bug.command("assign")
@click.argument("bug", metavar="B")
@click.argument("address")
@click.pass_obj
def assign(this: Run, bug: str, address: str) -> None:
    """Say who agreed to fix it, or none."""
    with desks.deciding(this) as at:
        from storage.changes.work import AssignBug  # noqa: PLC0415 - SQLAlchemy

        one = _bug(at, bug)
        at.commit(AssignBug(bug_id=one.id, fixer=choices.engineer(address, me=at.me)))
        _print_one(at, one.id)


def _bug(at: Deciding, name: str) -> Bug:
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy

    uid = BugId(naming.thing(at.desk.hot, name, what="bug", named=named.bugs))
    return at.desk.read(work.bug, uid, now=datetime.now(UTC))


def _form(form: BugForm, said: dict[str, Any]) -> BugForm:
    """Return `form` with what the options say; without any, as $EDITOR leaves it."""
    given = {name: value for name, value in said.items() if value not in (None, ())}
    if not given:
        given = _asked(form)
    if "severity" in given:
        given["severity"] = choices.one_of(Severity, str(given["severity"]), what="severity")
    if "area" in given:
        given["area"] = choices.or_none(texts.line(str(given["area"]))) or None
    for name in _TEXTS:
        if name in given:
            given[name] = texts.clean(str(given[name])).strip()
    if "title" in given:
        given["title"] = texts.line(str(given["title"]))
    if "links" in given:
        given["links"] = tuple(texts.line(str(one)) for one in given["links"])
    return replace(form, **given)


def _asked(form: BugForm) -> dict[str, Any]:
    """Return the form as it comes out of $EDITOR."""
    known = {one.name for one in fields(BugForm)}
    values: dict[str, forms.Value] = {
        "title": form.title,
        "severity": form.severity.value,
        "area": form.area or "none",
        "reproduced": form.reproduced,
        "links": list(form.links),
    }
    values |= {name: getattr(form, name) for name in _TEXTS}
    answered = forms.edited(values, head=_HEAD)
    if unknown := sorted(answered.keys() - known):
        raise UsageError(f"A bug has no '{unknown[0]}': {', '.join(values)} are its fields.")
    if not isinstance(answered.get("reproduced", False), bool):
        raise UsageError("'reproduced' is true or false.")
    if not isinstance(answered.get("links", []), list):
        raise UsageError("'links' is a list of web addresses.")
    return answered


def _print_one(at: Deciding, uid: BugId) -> None:
    from storage.queries import work  # noqa: PLC0415 - SQLAlchemy

    one = at.desk.read(work.bug, uid, now=datetime.now(UTC))
    _print(at.run, [one], around(at.desk.hot))


def _print(this: Run, bugs: Sequence[Bug], about: Around) -> None:
    if this.as_json:
        for one in bugs:
            this.emit(work_shapes.bug(one, about))
        return
    table.show(
        _COLUMNS,
        [
            [
                one.handle,
                one.form.severity.value,
                one.state.value,
                str(one.customers),
                str(one.customers_7d),
                one.form.title,
                about.desk.name_of(one.fixer) if one.fixer else "-",
            ]
            for one in bugs
        ],
    )


def _tell(this: Run, one: Bug, about: Around) -> None:
    this.tell(f"{one.handle}  {one.form.title}")
    this.tell(f"{one.form.severity}, {one.state}, area {one.form.area or '-'}")
    this.tell(f"fixer        {about.desk.name_of(one.fixer) if one.fixer else 'nobody'}")
    this.tell(f"customers    {one.customers}, {one.customers_7d} in 7 days")
    this.tell(f"reproduced   {'yes' if one.form.reproduced else 'no'}")
    if one.tickets:
        this.tell(f"tickets      {' '.join(short(uid) for uid in one.tickets)}")
    for link in one.form.links:
        this.tell(f"link         {link}")
    for name in _TEXTS:
        if text := getattr(one.form, name):
            this.tell(f"\n{name}\n{text}")
