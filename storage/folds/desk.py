"""The desk's facts to its settings. Pure; what makes no sense is as if never set."""

from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from storage.folds.cells import Cells
from storage.records import keys
from storage.records.address import Address
from storage.records.desk import DeskSettings, GateSettings
from storage.records.facts import Json, Stamped
from storage.records.hours import DAYS, Frame, Hours, Target
from storage.records.words import Category
from storage.rules import hours_syntax


def fold(facts: Iterable[Stamped]) -> dict[str, Json]:
    """Return the settings that are set, by key."""
    cells = Cells(facts)
    return {
        key: one.fact.value for key, one in cells.elements("") if one.fact.value not in (None, "")
    }


def settings(values: Mapping[str, Json]) -> DeskSettings:
    """Return the settings as the rest of the desk reads them."""
    address = _text(values.get("address")).lower()
    hosts = set(_texts(values.get("gate.kb_hosts")))
    if "@" in address:
        hosts.add(address.rpartition("@")[2])
    return DeskSettings(
        address=address,
        aliases=frozenset(one.lower() for one in _texts(values.get("aliases"))),
        intake=_texts(values.get("intake")) or ("INBOX",),
        sent=_text(values.get("sent")),
        archive=_text(values.get("archive")),
        reply_from="address" if values.get("reply_from") == "address" else "written_to",
        archive_closed=values.get("archive_closed") is True,
        since=_day(values.get("since")),
        areas=_texts(values.get("areas")) or ("general",),
        engineers=tuple(
            Address(_text(name), key[len(keys.ENGINEER) :])
            for key, name in sorted(values.items())
            if key.startswith(keys.ENGINEER)
        ),
        category_names=tuple(
            (one, _text(values.get(f"category.{one}")))
            for one in Category
            if values.get(f"category.{one}")
        ),
        categories_off=frozenset(
            one for one in Category if one in _texts(values.get("categories_off"))
        ),
        gate=GateSettings(
            needs_published=values.get("gate.kb") == "published",
            needs_area=values.get("gate.area") is True,
            kb_hosts=frozenset(hosts),
        ),
        authserv=tuple(one.lower() for one in _texts(values.get("authserv"))),
        token_in_subject=values.get("token_in_subject") is True,
        hours=_hours(values),
        targets=_targets(values),
    )


def _targets(values: Mapping[str, Json]) -> dict[str, Target]:
    return {
        key.removeprefix(keys.TARGETS): found
        for key, value in values.items()
        if key.startswith(keys.TARGETS) and (found := _target(_text(value)))
    }


def _hours(values: Mapping[str, Json]) -> Hours:
    off = [*_texts(values.get("hours.days_off")), *_texts(values.get(keys.HOLIDAYS))]
    return Hours(
        zone=_zone(_text(values.get("hours.zone"))),
        week=tuple(_frames(_text(values.get(f"hours.{day}"))) for day in DAYS),
        days_off=frozenset(day for one in off if (day := _day(one))),
    )


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key if name else "UTC"
    except (ValueError, OSError, KeyError):  # what ZoneInfo raises for what is no zone
        return "UTC"


def _frames(text: str) -> tuple[Frame, ...]:
    try:
        return hours_syntax.frames(text)
    except ValueError:
        return ()


def _target(text: str) -> Target | None:
    try:
        return hours_syntax.target(text)
    except ValueError:
        return None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()


def _day(value: Json) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
