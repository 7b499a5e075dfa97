"""`team`: what the whole team shares about its desk, as one TOML document."""

from collections.abc import Mapping
from typing import Any, Final

import click

from console.cli import desks, forms, texts
from console.cli.frame import Noun, Run
from storage.errors import UsageError
from storage.queries import hot
from storage.records.facts import Json
from storage.records.hours import DAYS
from storage.records.keys import ENGINEER
from storage.records.words import Category
from storage.rules.hours_syntax import written_target
from storage.rules.sla import DEFAULTS, TARGETS

_HEAD: Final = (
    "What the team shares about its desk: everybody who works on it sees a change.\n"
    "sent, archive: folders; empty: found by themselves. archive_closed: mail of closed\n"
    "tickets goes to the archive.\n"
    "reply_from: 'written_to', the alias that the customer wrote to, or always the 'address'.\n"
    "gate.kb: 'written' or 'published', what a linked article must be before a ticket closes.\n"
    "gate.kb_hosts: hosts whose pages count as KB links, beside those of the address.\n"
    "categories: what the team calls them; categories_off: those nobody may choose.\n"
    "authserv: names of your own mail server in Authentication-Results, where no provider's are known.\n"
    'engineers: "address" = "name".\n'
    "hours: when you work, such as mon = '09:00-12:00 13:00-17:00'; all empty: always.\n"
    "holidays: of a country or its part, such as DE-BY; days_off: more days, as 2026-12-24.\n"
    "targets: by priority or channel, the shortest holds: 'first 4h, resolve 3d'; a day is 24\n"
    "hours of work; 'always' counts around the clock."
)


def _target(name: str) -> str:
    return written_target(DEFAULTS[name]) if name in DEFAULTS else ""


_DEFAULTS: Final[Mapping[str, Json]] = {
    "address": "",
    "aliases": [],
    "intake": ["INBOX"],
    "sent": "",
    "archive": "",
    "archive_closed": False,
    "reply_from": "written_to",
    "since": "",
    "areas": ["general"],
    "categories_off": [],
    "token_in_subject": False,
    "authserv": [],
    "gate.kb": "written",
    "gate.area": False,
    "gate.kb_hosts": [],
    **{f"category.{one}": "" for one in Category},
    "hours.zone": "UTC",
    **{f"hours.{day}": "" for day in DAYS},
    "hours.holidays": "",
    "hours.days_off": [],
    **{f"targets.{name}": _target(name) for name in TARGETS},
}
_TABLES: Final = {
    "gate": "gate.",
    "categories": "category.",
    "hours": "hours.",
    "targets": "targets.",
    "engineers": ENGINEER,
}


@click.group("team", cls=Noun)
def team() -> None:
    """What the team shares about its desk: show it, edit it."""


@team.command("show")
@click.pass_obj
def show(this: Run) -> None:
    """Show the team's settings."""
    with desks.reading(this) as (desk, _):
        document = _document(dict(desk.run(hot.settings_rows())))
        if this.as_json:
            this.emit(document)
        else:
            this.tell(forms.written(document).rstrip("\n"))


@team.command("edit")
@texts.text_options
@click.pass_obj
def edit(this: Run, text: str | None, text_file: str | None) -> None:
    """Edit the settings as one TOML document, in $EDITOR or from a file."""
    with desks.deciding(this, may_make=True) as at:
        from storage.changes.desk import SetDesk  # noqa: PLC0415 - SQLAlchemy

        now = dict(at.desk.hot(hot.settings_rows()))
        given = texts.given(text, text_file)
        wanted = forms.edited(_document(now), head=_HEAD) if given is None else forms.read(given)
        changed = _differences(now, _flat(wanted))
        changes = [SetDesk(key=key, value=value) for key, value in changed.items()]
        for change in changes:
            at.desk.read(change.check)  # a document is taken as a whole or not at all
        if changes:
            at.commit(*changes)
        this.say("Changed: " + ", ".join(changed) + "." if changed else "Nothing was changed.")
        if this.as_json:
            this.emit(_document(dict(at.desk.hot(hot.settings_rows()))))


@team.command("set")
@click.argument("key")
@click.argument("values", nargs=-1)
@click.pass_obj
def set_one(this: Run, key: str, values: tuple[str, ...]) -> None:
    """Set one setting, by its name in the document; without a value as if never set."""
    with desks.deciding(this, may_make=True) as at:
        from storage.changes.desk import SetDesk  # noqa: PLC0415 - SQLAlchemy

        setting = _key_of(key)
        value = _value_of(setting, [texts.line(one) for one in values], shown=key)
        at.commit(SetDesk(key=setting, value=value))
        this.say(f"Changed: {setting}.")
        if this.as_json:
            this.emit(_document(dict(at.desk.hot(hot.settings_rows()))))


def _key_of(name: str) -> str:
    """Return the setting that the document calls `name`, such as 'gate.kb'."""
    table, dot, inner = name.partition(".")
    if not dot or table not in _TABLES:
        return _known(name, shown=name)
    lower = inner.lower() if table == "engineers" else inner
    return _known(f"{_TABLES[table]}{lower}", shown=name)


def _value_of(key: str, values: list[str], *, shown: str) -> Json:
    """Return what words mean for a setting: a list, true or false, or one text."""
    default = _DEFAULTS.get(key, "")
    if not values:
        return None
    if isinstance(default, list):
        return [*values]
    if len(values) > 1:
        raise UsageError(f"'{shown[:80]}' takes one value: put it in quotes.")
    if isinstance(default, bool):
        if values[0] not in {"true", "false"}:
            raise UsageError(f"'{shown[:80]}' is true or false.")
        return values[0] == "true"
    return values[0]


def _document(settings: Mapping[str, Json]) -> dict[str, Any]:
    """Return the settings as a document: plain values, then tables."""
    values = {**_DEFAULTS, **settings}
    document: dict[str, Any] = {name: values[name] for name in _DEFAULTS if "." not in name}
    for table, prefix in _TABLES.items():
        document[table] = {
            name.removeprefix(prefix): value
            for name, value in values.items()
            if name.startswith(prefix)
        }
    return document


def _flat(document: Mapping[str, Any]) -> dict[str, Json]:
    """Return a document's settings by key.

    Raises:
        UsageError: it sets what there is not.
    """
    found: dict[str, Json] = {}
    for name, value in document.items():
        if name in _TABLES and isinstance(value, dict):
            for key, inner in value.items():
                lower = key.lower() if name == "engineers" else key
                found[_known(f"{_TABLES[name]}{lower}", shown=f"{name}.{key}")] = _plain(inner)
        else:
            found[_known(name, shown=name)] = _plain(value)
    return found


def _known(key: str, *, shown: str) -> str:
    if key.startswith(ENGINEER) and "@" in key:
        return key
    if key in _DEFAULTS:
        return key
    import difflib  # noqa: PLC0415 - only a mistake needs it

    names = [_shown(one) for one in _DEFAULTS]
    near = difflib.get_close_matches(shown, names, 1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}."
    raise UsageError(f"There is no setting '{shown[:80]}'. {hint} Nothing was changed.")


def _shown(key: str) -> str:
    return key.replace("category.", "categories.", 1)


def _plain(value: Any) -> Json:  # noqa: ANN401 - whatever TOML holds
    """Return a value as a fact may hold it; a day as its text."""
    if isinstance(value, str):
        return texts.line(value)
    if isinstance(value, list):
        return [texts.line(one) if isinstance(one, str) else str(one) for one in value]
    return value if isinstance(value, bool | int) else str(value)


def _differences(now: Mapping[str, Json], wanted: Mapping[str, Json]) -> dict[str, Json]:
    """Return what has to change; what the document leaves out becomes as if never set.

    A setting that only a newer program knows stays as it is.
    """
    changed: dict[str, Json] = {}
    known = [key for key in now if key in _DEFAULTS or key.startswith(ENGINEER)]
    for key in dict.fromkeys([*wanted, *known]):
        before = now.get(key, _DEFAULTS.get(key))
        after = wanted.get(key, _DEFAULTS.get(key))
        if before != after:
            changed[key] = None if after == _DEFAULTS.get(key) else after
    return changed
