"""What engineers decide about bugs and feature requests."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection

from storage.changes.base import known_area
from storage.errors import UsageError
from storage.queries import work
from storage.records import keys
from storage.records.facts import Fact, Json
from storage.records.ids import BugId, FeatureId
from storage.records.words import BugState, FeatureState
from storage.records.work import BugForm

_TEXTS = ("steps", "expected", "actual", "environment", "impact", "workaround")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBug:
    kind: ClassVar[str] = "bug.file"
    bug_id: BugId
    "Random, made by the caller."
    form: BugForm

    def check(self, conn: Connection) -> None:
        _usable(conn, self.form)

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        entity = keys.bug(self.bug_id)
        return [Fact(entity, key, value) for key, value in _cells(self.form).items() if value]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditBug:
    """Writes only what differs, so that two engineers can edit different fields at once."""

    kind: ClassVar[str] = "bug.edit"
    bug_id: BugId
    form: BugForm

    def check(self, conn: Connection) -> None:
        work.bug(conn, self.bug_id)
        _usable(conn, self.form)

    def facts(self, conn: Connection) -> Iterable[Fact]:
        before = _cells(work.bug(conn, self.bug_id).form)
        entity = keys.bug(self.bug_id)
        return [
            Fact(entity, key, value or None)
            for key, value in _cells(self.form).items()
            if value != before[key]
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBugState:
    kind: ClassVar[str] = "bug.state"
    bug_id: BugId
    state: BugState

    def check(self, conn: Connection) -> None:
        work.bug(conn, self.bug_id)

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        yield Fact(keys.bug(self.bug_id), keys.STATE, self.state.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignBug:
    """Who agreed to fix it."""

    kind: ClassVar[str] = "bug.assign"
    bug_id: BugId
    fixer: str | None

    def check(self, conn: Connection) -> None:
        work.bug(conn, self.bug_id)
        if self.fixer is not None and "@" not in self.fixer:
            raise UsageError(f"'{self.fixer}' is no address of an engineer.")

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        fixer = self.fixer.lower() if self.fixer else None
        yield Fact(keys.bug(self.bug_id), keys.FIXER, fixer)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFeature:
    kind: ClassVar[str] = "feature.file"
    feature_id: FeatureId
    "Random, made by the caller."
    title: str
    detail: str = ""
    area: str | None = None

    def check(self, conn: Connection) -> None:
        _titled(self.title, "feature request")
        known_area(conn, self.area)

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        entity = keys.feature(self.feature_id)
        yield Fact(entity, keys.TITLE, self.title.strip())
        if self.detail:
            yield Fact(entity, keys.FORM + "detail", self.detail)
        if self.area:
            yield Fact(entity, keys.AREA, self.area)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFeatureState:
    kind: ClassVar[str] = "feature.state"
    feature_id: FeatureId
    state: FeatureState

    def check(self, conn: Connection) -> None:
        work.feature(conn, self.feature_id)

    def facts(self, _conn: Connection) -> Iterable[Fact]:
        yield Fact(keys.feature(self.feature_id), keys.STATE, self.state.value)


def _cells(form: BugForm) -> dict[str, Json]:
    cells: dict[str, Json] = {
        keys.TITLE: form.title.strip(),
        keys.SEVERITY: form.severity.value,
        keys.AREA: form.area or "",
        keys.FORM + "reproduced": form.reproduced,
        keys.FORM + "links": list(form.links),
    }
    return cells | {keys.FORM + name: getattr(form, name) for name in _TEXTS}


def _usable(conn: Connection, form: BugForm) -> None:
    _titled(form.title, "bug")
    known_area(conn, form.area)
    for link in form.links:
        if not link.startswith(("https://", "http://")):
            raise UsageError(f"'{link}' is no web address.")


def _titled(title: str, what: str) -> None:
    if not title.strip():
        raise UsageError(f"A {what} needs a title: say in a line what is wrong or wanted.")
