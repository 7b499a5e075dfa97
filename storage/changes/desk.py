"""What the team decides about its desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from storage.errors import UsageError
from storage.holidays import days_off
from storage.records import keys
from storage.records.facts import Fact, Json
from storage.records.hours import DAYS
from storage.records.words import Category
from storage.rules import hours_syntax
from storage.rules.sla import TARGETS

_HOURS = frozenset(f"hours.{day}" for day in DAYS)
_TARGETS = frozenset(f"{keys.TARGETS}{name}" for name in TARGETS)
_TEXTS = (
    frozenset({"address", "sent", "archive", "reply_from", "since", "gate.kb"}) | _HOURS | _TARGETS
)
_TEXTS |= {"hours.zone", "hours.holidays"}
_LISTS = frozenset(
    {"aliases", "intake", "areas", "gate.kb_hosts", "categories_off", "authserv", "hours.days_off"}
)
_FLAGS = frozenset({"archive_closed", "gate.area", "token_in_subject"})
KEYS = _TEXTS | _LISTS | _FLAGS | {f"category.{one}" for one in Category}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDesk:
    """One setting that the team shares; None as if never set."""

    kind: ClassVar[str] = "desk.set"
    key: str
    "One of KEYS, or 'engineer:ADDRESS' whose value is the name."
    value: Json

    def check(self, _conn: Connection) -> None:
        """Refuse a key or a value that means nothing."""
        if self.key not in KEYS and not self.key.startswith(keys.ENGINEER):
            raise UsageError(f"There is no setting '{self.key}' of the desk.")
        if self.value is None:
            return
        if self.key in _LISTS and not _is_list_of_words(self.value):
            raise UsageError(f"'{self.key}' is a list of words.")
        if self.key in _FLAGS and not isinstance(self.value, bool):
            raise UsageError(f"'{self.key}' is true or false.")
        if self.key not in _LISTS | _FLAGS and not isinstance(self.value, str):
            raise UsageError(f"'{self.key}' is a text.")
        if self.key == "gate.kb" and self.value not in ("", "written", "published"):
            raise UsageError("'gate.kb' is written or published.")
        if self.key == "reply_from" and self.value not in ("", "written_to", "address"):
            raise UsageError("'reply_from' is written_to or address.")
        if self.value:
            self._check_time(str(self.value))

    def _check_time(self, text: str) -> None:
        try:
            match self.key:
                case "since":
                    _day(text)
                case "hours.zone":
                    _zone(text)
                case "hours.holidays":
                    days_off(text)
                case "hours.days_off":
                    for one in self.value if isinstance(self.value, list | tuple) else ():
                        _day(str(one))
                case _ if self.key in _HOURS:
                    hours_syntax.frames(text)
                case _ if self.key in _TARGETS:
                    hours_syntax.target(text)
        except ValueError as error:
            raise UsageError(f"'{self.key}': {error}.") from None

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        yield Fact(keys.DESK, self.key, self.value)


def _is_list_of_words(value: Json) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) and one for one in value)


def _zone(text: str) -> None:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise UsageError(f"There is no time zone '{text}'; write it as Europe/Berlin.") from None


def _day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no day; write it as 2026-01-31.") from None
