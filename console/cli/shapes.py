"""What `--json` prints, by the names that `cli.md` promises. Absent is null, never missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from console.cli.frame import Plain
from storage.queries import hot
from storage.records.address import Address
from storage.records.desk import DeskSettings
from storage.records.ids import SCRIPT_LENGTH
from storage.records.query import Runs
from storage.records.ticket import (
    ConversationItem,
    EventItem,
    KbLink,
    MessageItem,
    NoteItem,
    OutboxItem,
    TicketSummary,
)
from storage.records.words import CloseRequirement, Status
from storage.rules import closing
from storage.rules.closing import LinkedPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What judging a ticket needs beside the ticket itself."""

    now: datetime
    desk: DeskSettings
    pages: Mapping[str, LinkedPage]
    "Every article, as the gate sees it."

    def missing(self, ticket: TicketSummary) -> list[str]:
        """Return what the gate asks for before this ticket can be closed, in its own order."""
        links = [
            self.pages.get(one.target, LinkedPage(target=one.target)) for one in ticket.kb_links
        ]
        missing = closing.missing_before_close(ticket.category, ticket.area, links, self.desk.gate)
        return [one.value for one in CloseRequirement if one in missing]

    def name_of(self, email: str) -> str | None:
        return next((one.name for one in self.desk.engineers if one.email == email), None) or None


def around(run: Runs, *, now: datetime | None = None) -> Around:
    """Read what judging needs; two small statements."""
    return Around(
        now=now or datetime.now(UTC),
        desk=hot.settings_of(run(hot.settings_rows())),
        pages={one.target: one for one in run(hot.article_pages())},
    )


def short(uid: str) -> str:
    """Return an id as scripts get it."""
    return uid[:SCRIPT_LENGTH]


def instant(at: datetime | None) -> str | None:
    """Return RFC 3339 in UTC, always to the millisecond, so that texts sort as instants do."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def person(address: Address) -> dict[str, Plain]:
    return {"name": address.name or None, "email": address.email or None}


def engineer(email: str | None, around: Around) -> dict[str, Plain] | None:
    return None if email is None else {"name": around.name_of(email), "email": email}


def ticket(one: TicketSummary, around: Around) -> dict[str, Plain]:
    missing = around.missing(one)
    is_late = one.due_at is not None and one.due_at < around.now
    return {
        "id": short(one.id),
        "uid": one.id,
        "subject": one.subject,
        "requester": person(one.requester),
        "status": one.status.value,
        "category": one.category.value if one.category else None,
        "area": one.area,
        "assignee": engineer(one.assignee, around),
        "priority": one.priority.value,
        "channel": one.channel,
        "tags": one.tags,
        "kb_links": [kb_link(link) for link in one.kb_links],
        "bugs": [short(uid) for uid in one.bugs],
        "features": [short(uid) for uid in one.features],
        "created_at": instant(one.created_at),
        "last_activity_at": instant(one.activity_at),
        "first_response_at": instant(one.first_response_at),
        "closed_at": instant(one.ended_at) if one.status is Status.CLOSED else None,
        "snoozed_until": instant(one.snoozed_until),
        "messages": one.messages,
        "unread": one.unread,
        "due_at": instant(one.due_at),
        "breached": is_late and not one.status.has_ended,
        "snippet": one.snippet,
        "gate": {"open": not missing, "missing": missing},
        "reply_waiting": one.reply_waiting,
    }


def kb_link(link: KbLink) -> dict[str, Plain]:
    return {
        "kind": "url" if link.is_url else "article",
        "target": link.target if link.is_url else short(link.target),
        "title": link.title or None,
        "use": link.use.value,
    }


def said(item: ConversationItem, around: Around) -> dict[str, Plain] | None:
    """Return one entry of a conversation; None for a reply that has not left: see `outbox`."""
    match item:
        case MessageItem():
            return _message(item)
        case NoteItem():
            return _entry("note", item, around)
        case EventItem():
            return _entry("event", item, around)
        case OutboxItem():
            return None


def _message(item: MessageItem) -> dict[str, Plain]:
    return {
        "type": "message",
        "id": item.key.hex(),
        "at": instant(item.at),
        "author": person(item.author),
        "direction": item.direction.value,
        "to": [one.email for one in item.to],
        "cc": [one.email for one in item.cc],
        "subject": item.subject,
        "text": item.text if item.has_body else None,
        "attachments": [
            {
                "filename": one.filename,
                "mime": one.mime,
                "size": one.size,
                "fetched": one.sha256 is not None,
            }
            for one in item.attachments
        ],
        "message_id": item.message_id or None,
        "why": item.why or None,
        "verdict": item.verdict.value,
        "auto": item.is_auto,
        "defects": item.defects,
    }


def _entry(kind: str, item: NoteItem | EventItem, around: Around) -> dict[str, Plain]:
    return {
        "type": kind,
        "id": item.id,
        "at": instant(item.at),
        "author": engineer(item.author, around),
        "direction": None,
        "to": [],
        "cc": [],
        "subject": None,
        "text": item.text,
        "attachments": [],
        "message_id": None,
        "why": None,
        "verdict": None,
        "auto": False,
        "defects": [],
    }
