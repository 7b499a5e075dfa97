"""The stored words. They are in the journal for ever: add, never rename."""

from enum import StrEnum


class Status(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    MERGED = "merged"

    @property
    def has_ended(self) -> bool:
        return self in {Status.CLOSED, Status.DISMISSED, Status.MERGED}


class Priority(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Category(StrEnum):
    """Why a customer had to write; six and fixed.

    Source: Resend, "How we scale support".
    """

    RELIABILITY = "reliability"
    USABILITY = "usability"
    FUNCTIONAL = "functional"
    DELIVERABILITY = "deliverability"
    ABUSE = "abuse"
    OUTREACH = "outreach"


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    LOW = "low"


class BugState(StrEnum):
    REPORTED = "reported"
    CONFIRMED = "confirmed"
    FIXING = "fixing"
    FIXED = "fixed"
    RELEASED = "released"
    WONT_FIX = "wont_fix"

    @property
    def has_ended(self) -> bool:
        return self in {BugState.RELEASED, BugState.WONT_FIX}


class FeatureState(StrEnum):
    ASKED = "asked"
    PLANNED = "planned"
    SHIPPED = "shipped"
    DECLINED = "declined"

    @property
    def has_ended(self) -> bool:
        return self in {FeatureState.SHIPPED, FeatureState.DECLINED}


class ArticleState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    NEEDS_REVIEW = "needs_review"
    ARCHIVED = "archived"


class Audience(StrEnum):
    INTERNAL = "internal"
    PUBLIC = "public"


class LinkUse(StrEnum):
    """What the article did for the ticket that links it."""

    USED = "used"
    IMPROVED = "improved"
    WRITTEN = "written"
    FLAGGED = "flagged"


class OutboxState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    HANDING_OVER = "handing_over"
    ACCEPTED = "accepted"
    SENT = "sent"
    HELD = "held"
    FAILED = "failed"


class AfterSend(StrEnum):
    """What follows once the server accepted a reply."""

    NOTHING = "nothing"
    CLOSE = "close"
    PENDING = "pending"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Verdict(StrEnum):
    MEMBER = "member"
    UNVERIFIED = "unverified"
    "Its sender is no participant of the ticket: shown, held apart, reopens nothing."


class CloseRequirement(StrEnum):
    CATEGORY = "category"
    AREA = "area"
    KB_LINK = "kb_link"


class FolderRole(StrEnum):
    INTAKE = "intake"
    SENT = "sent"
    ARCHIVE = "archive"
    JUNK = "junk"
    TRASH = "trash"
    DRAFTS = "drafts"
    "Trash and drafts are never watched: an import passes them over."


class Channel(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    CHAT = "chat"
    DESK = "desk"
    GITHUB = "github"
