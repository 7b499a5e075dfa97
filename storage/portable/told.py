"""Tickets and work as an export tells them: what does not change while nothing is decided.

No clock: what is late, unread or waiting today is not in it, so the same desk is told alike
tomorrow, and on another machine.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from storage.queries import exports, hot
from storage.records.facts import Json, Stamped
from storage.records.query import Runs
from storage.records.ticket import TicketSummary
from storage.records.words import Status

COLUMNS: Final = (
    *("id", "subject", "customer", "customer_name", "status", "category", "area", "assignee"),
    *("priority", "channel", "tags", "kb_links", "bugs", "features", "messages", "created_at"),
    *("last_activity_at", "first_response_at", "closed_at", "merged_into"),
)
_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"What a spreadsheet takes for the beginning of a formula; the full-width signs too."
_AS_JSON: Final = frozenset({"links", "to_addrs", "cc_addrs"})


def tickets(run: Runs) -> Iterator[dict[str, Json]]:
    """Yield every ticket with its notes and the keys of its mails."""
    for one in exports.tickets(run):
        merged = run(hot.leads_to(one.id))
        yield _ticket(one) | {
            "merged_into": merged[0] if merged else None,
            "mails": run(exports.keys_of(one.id)),
            "notes": [
                {"id": note.id, "at": instant(note.at), "author": note.author, "text": note.text}
                for note in run(hot.notes(one.id))
            ],
        }


def line(record: Mapping[str, Json]) -> bytes:
    """Return a record as a line of JSON, its names in order: the same record, the same line."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def cells(ticket: dict[str, Json]) -> list[str]:
    """Return a ticket as a line of a spreadsheet; no cell can be a formula."""
    return [_cell(ticket[name]) for name in COLUMNS]


def fact(one: Stamped) -> dict[str, Json]:
    return {
        "id": one.stamp.hex(),
        "change": one.change.hex(),
        "kind": one.kind,
        "actor": one.actor,
        "entity": one.fact.entity,
        "key": one.fact.key,
        "value": one.fact.value,
    }


def rows(run: Runs, table: str) -> Iterator[dict[str, Json]]:
    """Yield the rows of a table by the names of its columns, times as texts."""
    for row in run(exports.rows(table)):
        yield {_name(name): _value(name, value) for name, value in row.items()}


def instant(at: datetime | None) -> str | None:
    """Return RFC 3339 in UTC, to the millisecond."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ticket(one: TicketSummary) -> dict[str, Json]:
    return {
        "id": one.id,
        "subject": one.subject,
        "customer": one.requester.email,
        "customer_name": one.requester.name,
        "status": one.status.value,
        "category": one.category.value if one.category else None,
        "area": one.area,
        "assignee": one.assignee,
        "priority": one.priority.value,
        "channel": one.channel,
        "tags": sorted(one.tags),
        "kb_links": sorted(link.target for link in one.kb_links),
        "bugs": sorted(one.bugs),
        "features": sorted(one.features),
        "messages": one.messages,
        "created_at": instant(one.created_at),
        "last_activity_at": instant(one.activity_at),
        "first_response_at": instant(one.first_response_at),
        "closed_at": instant(one.ended_at) if one.status is Status.CLOSED else None,
        "ended_at": instant(one.ended_at),
        "snoozed_until": instant(one.snoozed_until),
        "due_at": instant(one.due_at),
        "reopened_why": one.reopened_why,
    }


def _cell(value: Json) -> str:
    if value is None:
        return ""
    text = (
        " ".join(map(str, value))
        if isinstance(value, Sequence) and not isinstance(value, str)
        else str(value)
    )
    return "'" + text if text.startswith(_FORMULA) else text


def _name(column: str) -> str:
    return column.removesuffix("_ms") + "_at" if column.endswith("_ms") else column


def _value(column: str, value: str | int | None) -> Json:
    if column.endswith("_ms") and isinstance(value, int):
        return instant(hot.when(value))
    if column in _AS_JSON and isinstance(value, str):
        parsed: Json = json.loads(value)
        return parsed
    return value
