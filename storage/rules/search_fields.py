"""The fields of the search language: what each takes, and what may have been meant."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from typing import TypeAlias

from storage.errors import UsageError
from storage.records.ids import as_typed
from storage.records.words import Category, Channel, Priority, Status

Value: TypeAlias = str | int | None
"Text, or milliseconds UTC; None: what has none (`assignee:none`)."

DEFAULT_STATE = "open"
STATES = frozenset(
    {"open", "any", "closed", "dismissed", "merged", "new", "pending", "on_hold", "snoozed"}
)
_ANY = "any"
_NONE = "none"
_CHOICES: dict[str, tuple[str, ...]] = {
    "is": (*sorted(STATES), "unassigned", "mine", "unread"),
    "status": tuple(Status),
    "category": (*Category, _NONE),
    "priority": tuple(Priority),
    "channel": tuple(Channel),
    "has": ("attachment", "kb", "bug", "feature", "note"),
}
_FREE = ("area", "from", "to", "subject", "assignee", "tag", "kb")
_IDS = ("bug", "feature")
_TIMES = ("older", "newer", "due")
FIELDS = frozenset({*_CHOICES, *_FREE, *_IDS, *_TIMES})

_SCHEMES = frozenset(
    {"http", "https", "mailto", "ftp", "file", "ssh", "git", "tel", "data", "urn", "javascript"}
)
_MAY_HAVE_NONE = frozenset({"area", "assignee", "tag", "kb", "category", *_IDS})
_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{1,16}")
_SPAN = re.compile(r"(\d{1,6})(m|h|d|w|y)")
_UNIT_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
_SHORTEST_NAME = 2
_NEAR_NAME = 0.7
_NEAR_VALUE = 0.5


def field_value(name: str, value: str, *, now: datetime, position: int) -> tuple[str, Value]:
    """Return the field and value that `name:value` stands for.

    `due:` becomes `due_before` or `due_after`; a time of day or a length becomes an instant.

    Raises:
        UsageError: the field cannot have that value.
    """
    value = value.strip()
    if not value:
        raise UsageError(f"{name}: needs a value, right after the colon.", position=position)
    if name in _MAY_HAVE_NONE and value.lower() == _NONE:
        return name, None
    if name in _CHOICES:
        return name, _chosen(name, value.lower().replace("-", "_"), position)
    if name in _TIMES:
        return _time(name, value.lower(), now, position)
    if name in {*_IDS, "kb"} and value.lower() == _ANY:
        return name, ""
    return name, _id(name, value, position) if name in _IDS else value


def refuse_unknown_field(name: str, value: str, *, position: int) -> None:
    """Refuse `name:value` where a field was meant; return where it is more likely a word.

    Raises:
        UsageError: there is no such field.
    """
    if not value or value[0] in "/:\\" or value[0].isdigit() or name.lower() in _SCHEMES:
        return  # a URL, `std::string`, `localhost:8080`, the first half of a sentence
    if len(name) < _SHORTEST_NAME:
        return
    nearest = _nearest(name.lower(), sorted(FIELDS), _NEAR_NAME)
    if nearest:
        hint = f"The nearest is {nearest}:."
    elif name.islower():
        hint = f'There are {", ".join(sorted(FIELDS))}. For the words themselves write "{name}:{value}" in quotes.'
    else:
        return  # `TypeError:undefined`
    raise UsageError(f"There is no field {name}:. {hint}", position=position, nearest=nearest)


def _chosen(name: str, value: str, position: int) -> str:
    choices = _CHOICES[name]
    if value in choices:
        return value
    nearest = _nearest(value, choices, _NEAR_VALUE)
    hint = f" The nearest is {nearest}." if nearest else ""
    raise UsageError(
        f"{name}: takes {', '.join(choices)}, not {value}.{hint}",
        position=position,
        nearest=nearest,
    )


def _id(name: str, value: str, position: int) -> Value:
    if _ID.fullmatch(typed := as_typed(value)):
        return typed
    raise UsageError(
        f"{name}: takes the id of one, any or none, not {value}.",
        position=position,
        nearest=_nearest(value.lower(), (_ANY, _NONE), _NEAR_VALUE),
    )


def _time(name: str, value: str, now: datetime, position: int) -> tuple[str, Value]:
    if name != "due":
        return name, _instant(name, value, now, position, is_ahead=False)
    if value == _NONE:
        return "due_before", None
    if value == "overdue":
        return "due_before", _ms(now)
    field = "due_after" if value.startswith(">") else "due_before"
    return field, _instant("due", value.lstrip("<>"), now, position, is_ahead=True)


def _instant(name: str, value: str, now: datetime, position: int, *, is_ahead: bool) -> int:
    if found := _SPAN.fullmatch(value):
        span = int(found[1]) * _UNIT_MS[found[2]]
        return _ms(now) + (span if is_ahead else -span)
    try:
        return _ms(datetime.combine(date.fromisoformat(value), time(), UTC))
    except ValueError:
        example = "<2h" if is_ahead else "3d"
        raise UsageError(
            f"{name}: takes a length of time ({name}:{example}; m, h, d, w, y) or a day"
            f" ({name}:2026-01-31), not {value}.",
            position=position,
        ) from None


def _nearest(word: str, choices: Sequence[str], cutoff: float) -> str:
    return next(iter(get_close_matches(word, choices, n=1, cutoff=cutoff)), "")


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
