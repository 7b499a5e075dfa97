"""Bugs, feature requests and articles."""

from dataclasses import dataclass
from datetime import datetime

from storage.records.ids import ArticleId, BugId, FeatureId, TicketId
from storage.records.words import ArticleState, Audience, BugState, FeatureState, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class BugForm:
    """What a report says, as filled in by an engineer."""

    title: str
    severity: Severity = Severity.LOW
    area: str | None = None
    steps: str = ""
    expected: str = ""
    actual: str = ""
    environment: str = ""
    impact: str = ""
    workaround: str = ""
    reproduced: bool = False
    links: tuple[str, ...] = ()
    "http(s) addresses of the tracker, a commit, a log."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    id: BugId
    handle: str
    form: BugForm
    state: BugState
    fixer: str | None
    "Address of who agreed to fix it."
    customers: int
    "Distinct requesters of the tickets linked to it, ever."
    customers_7d: int
    customers_30d: int
    tickets: tuple[TicketId, ...]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarBug:
    """A bug that may be what a customer met."""

    bug_id: BugId
    title: str
    state: BugState
    why: str
    "The words that matched, for people."
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    id: FeatureId
    handle: str
    title: str
    detail: str
    area: str | None
    state: FeatureState
    customers: int
    customers_30d: int
    tickets: tuple[TicketId, ...]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleSummary:
    id: ArticleId
    handle: str
    title: str
    area: str | None
    state: ArticleState
    audience: Audience
    owner: str | None
    used_by: int
    "Tickets that link it."
    updated_at: datetime
    has_conflict: bool
    "Two engineers saved it at once; both texts are kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    id: str
    "Hash of title, text and parents."
    at: datetime
    author: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    summary: ArticleSummary
    text: str
    "Markdown (CommonMark with tables and task lists)."
    head: str
    "Id of the revision shown; the parent of the next."
    revisions: tuple[Revision, ...]
    "Newest first."
