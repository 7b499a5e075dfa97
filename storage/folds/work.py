"""Bugs, feature requests and articles: their facts to their rows. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from storage.folds.cells import Cells, word
from storage.records import keys
from storage.records.facts import Stamped
from storage.records.words import ArticleState, Audience, BugState, FeatureState, Severity
from storage.rules import closing

FORM_TEXTS = ("steps", "expected", "actual", "environment", "impact", "workaround")


@dataclass(frozen=True, slots=True, kw_only=True)
class BugRow:
    uid: str
    title: str
    state: BugState
    severity: Severity
    area: str | None
    fixer: str | None
    steps: str
    expected: str
    actual: str
    environment: str
    impact: str
    workaround: str
    reproduced: bool
    links: str
    created_ms: int
    created_by: str
    ended_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow:
    uid: str
    title: str
    detail: str
    area: str | None
    state: FeatureState
    created_ms: int
    created_by: str
    ended_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRow:
    hash: str
    parents: tuple[str, ...]
    actor: str
    at_ms: int
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    uid: str
    title: str
    body: str
    state: ArticleState
    audience: Audience
    area: str | None
    owner: str | None
    head: str
    conflict: bool
    is_answer: bool
    created_ms: int
    updated_ms: int
    revisions: tuple[RevisionRow, ...]


def bug(uid: str, facts: Iterable[Stamped]) -> BugRow | None:
    """Return the bug's row; None where no fact names it."""
    cells = Cells(facts)
    if not cells.first or not cells.maybe(keys.TITLE):
        return None
    state = word(BugState, cells.text(keys.STATE)) or BugState.REPORTED
    holder = cells.holder(keys.STATE)
    links = cells.value(keys.FORM + "links")
    return BugRow(
        uid=uid,
        title=cells.text(keys.TITLE),
        state=state,
        severity=word(Severity, cells.text(keys.SEVERITY)) or Severity.LOW,
        area=cells.maybe(keys.AREA),
        fixer=cells.maybe(keys.FIXER),
        **{name: cells.text(keys.FORM + name) for name in FORM_TEXTS},
        reproduced=cells.flag(keys.FORM + "reproduced"),
        links=json.dumps(list(links) if isinstance(links, list | tuple) else []),
        created_ms=cells.first.at_ms,
        created_by=cells.first.actor,
        ended_ms=holder.at_ms if holder and state.has_ended else None,
    )


def feature(uid: str, facts: Iterable[Stamped]) -> FeatureRow | None:
    """Return the feature request's row; None where no fact names it."""
    cells = Cells(facts)
    if not cells.first or not cells.maybe(keys.TITLE):
        return None
    state = word(FeatureState, cells.text(keys.STATE)) or FeatureState.ASKED
    holder = cells.holder(keys.STATE)
    return FeatureRow(
        uid=uid,
        title=cells.text(keys.TITLE),
        detail=cells.text(keys.FORM + "detail"),
        area=cells.maybe(keys.AREA),
        state=state,
        created_ms=cells.first.at_ms,
        created_by=cells.first.actor,
        ended_ms=holder.at_ms if holder and state.has_ended else None,
    )


def article(uid: str, facts: Iterable[Stamped]) -> ArticleRow | None:
    """Return the article's row with its revisions; None where it has none.

    Revisions are a DAG (hash, parents): the head is the newest one that no other has as
    its parent, and two of them are a conflict that a person solves. Texts are never merged
    by machine: two edits of one sentence would become plausible nonsense.
    """
    cells = Cells(facts)
    revisions = sorted(
        (_revision(element, one) for element, one in cells.elements(keys.REVISION)),
        key=lambda revision: (revision.at_ms, revision.hash),
    )
    if not revisions or not cells.first:
        return None
    parents = {parent for revision in revisions for parent in revision.parents}
    heads = [revision for revision in revisions if revision.hash not in parents] or revisions[-1:]
    head = heads[-1]
    return ArticleRow(
        uid=uid,
        title=head.title,
        body=head.body,
        state=word(ArticleState, cells.text(keys.STATE)) or ArticleState.DRAFT,
        audience=word(Audience, cells.text(keys.AUDIENCE)) or Audience.INTERNAL,
        area=cells.maybe(keys.AREA),
        owner=cells.maybe(keys.OWNER),
        head=head.hash,
        conflict=len(heads) > 1,
        is_answer=closing.is_answer(head.body),
        created_ms=cells.first.at_ms,
        updated_ms=head.at_ms,
        revisions=tuple(revisions),
    )


def _revision(element: str, one: Stamped) -> RevisionRow:
    value = one.fact.value if isinstance(one.fact.value, dict) else {}
    parents = value.get("parents", ())
    return RevisionRow(
        hash=element,
        parents=tuple(str(parent) for parent in parents) if isinstance(parents, list) else (),
        actor=one.actor,
        at_ms=one.at_ms,
        title=str(value.get("title", "")),
        body=str(value.get("text", "")),
    )
