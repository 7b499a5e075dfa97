"""What the engine asks about replies that leave. Hot reads, see `hot`."""

import json
from dataclasses import dataclass, field
from typing import Any

from storage.records.ids import OutboxId, message_id_hash
from storage.records.query import Query
from storage.records.words import AfterSend, OutboxState

_COLUMNS = (
    "SELECT id, ticket_uid, msgid, sender, envelope, mime, basis, after, actor, state, queued_ms,"
    " not_before_ms, tries, error FROM outbox"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A reply as the engine needs it: final bytes and envelope."""

    id: OutboxId
    ticket_uid: str
    message_id: str
    sender: str
    envelope: tuple[str, ...]
    mime: bytes = field(repr=False)
    basis: frozenset[str]
    after: AfterSend
    actor: str
    state: OutboxState
    queued_ms: int
    not_before_ms: int
    tries: int
    error: str


def due(now_ms: int) -> Query[OutboxId]:
    """Return replies whose undo window has ended, the longest due first."""
    return Query(
        "SELECT id FROM outbox WHERE state='queued' AND not_before_ms <= ? ORDER BY not_before_ms, id",
        (now_ms,),
        _first,
    )


def under_way() -> Query[OutboxId]:
    """Return replies between the claim and the end."""
    return Query(
        "SELECT id FROM outbox WHERE state IN ('sending','handing_over','accepted') ORDER BY queued_ms, id",
        (),
        _first,
    )


def leaving(outbox_id: OutboxId) -> Query[Leaving]:
    return Query(f"{_COLUMNS} WHERE id=?", (outbox_id,), _leaving)


def next_due() -> Query[int | None]:
    """Return when the next queued reply may leave, milliseconds; None where none waits."""
    return Query("SELECT min(not_before_ms) FROM outbox WHERE state='queued'", (), _first)


def next_first_try() -> Query[int | None]:
    """Return when the next reply that was never tried may leave: its undo window ends."""
    return Query(
        "SELECT min(not_before_ms) FROM outbox WHERE state='queued' AND tries=0", (), _first
    )


def unfinished() -> Query[int]:
    """Return how many replies the engine itself still has to do something about."""
    return Query(
        "SELECT count(*) FROM outbox WHERE state IN ('queued','sending','handing_over','accepted')",
        (),
        _first,
    )


def unread_words(ticket_uid: str, basis: frozenset[str]) -> Query[str]:
    """Return keys of human messages of a ticket that the writer of a reply had not seen.

    From either side; replies of this desk do not count, whatever became of them.
    """
    marks = ",".join("?" * len(basis))
    return Query(
        "SELECT lower(hex(m.key)) FROM message m WHERE m.ticket_uid IN (SELECT ?1"  # noqa: S608 - marks only
        " UNION SELECT ticket_uid FROM alias WHERE uid=?1"
        " UNION SELECT merged_into FROM ticket WHERE uid=?1 AND merged_into IS NOT NULL)"
        " AND m.is_auto=0 AND NOT (m.direction='out'"
        " AND EXISTS(SELECT 1 FROM outbox o WHERE o.msgid=m.msgid))"
        f" AND lower(hex(m.key)) NOT IN ({marks}) AND lower(hex(m.base_key)) NOT IN ({marks})"
        " ORDER BY m.arrival_ms, m.id",
        (ticket_uid, *sorted(basis), *sorted(basis)),
        _first,
    )


def filed_in_sent(message_id: str) -> Query[int]:
    """Return UIDs under which a mail of ours is known to lie in Sent."""
    return Query(
        "SELECT p.uid FROM message_id_owner i JOIN place p ON p.message_id=i.message_id"
        " JOIN folder f ON f.id=p.folder_id WHERE i.hash=? AND f.role='sent'",
        (message_id_hash(message_id),),
        _first,
    )


def unfiled(since_ms: int) -> Query[tuple[OutboxId, str, str]]:
    """Return (id, ticket, Message-ID) of replies that left since then and lie in no Sent folder.

    As far as the desk knows, and only those of which nothing was said yet.
    """
    return Query(
        "SELECT o.id, o.ticket_uid, o.msgid FROM outbox o WHERE o.state='sent' AND o.error=''"
        " AND o.not_before_ms>=? AND NOT EXISTS(SELECT 1 FROM message m"
        " JOIN place p ON p.message_id=m.id JOIN folder f ON f.id=p.folder_id"
        " WHERE m.msgid=o.msgid AND f.role='sent') ORDER BY o.not_before_ms, o.id",
        (since_ms,),
        lambda row: (OutboxId(row[0]), row[1], row[2]),
    )


def places_of(message_id: str) -> Query[tuple[int, str, int, str]]:
    """Return (folder id, folder, UID, flags) of copies of a mail outside Sent."""
    return Query(
        "SELECT f.id, f.name, p.uid, p.flags FROM message_id_owner i"
        " JOIN place p ON p.message_id=i.message_id JOIN folder f ON f.id=p.folder_id"
        " WHERE i.hash=? AND f.role<>'sent' ORDER BY f.id, p.uid",
        (message_id_hash(message_id),),
        lambda row: (row[0], row[1], row[2], row[3]),
    )


def _first(row: tuple[Any, ...]) -> Any:  # noqa: ANN401 - one column, typed where it is asked for
    return row[0]


def _leaving(row: tuple[Any, ...]) -> Leaving:
    return Leaving(
        id=OutboxId(row[0]),
        ticket_uid=row[1],
        message_id=row[2],
        sender=row[3],
        envelope=tuple(json.loads(row[4])),
        mime=row[5],
        basis=frozenset(json.loads(row[6])),
        after=AfterSend(row[7]),
        actor=row[8],
        state=OutboxState(row[9]),
        queued_ms=row[10],
        not_before_ms=row[11],
        tries=row[12],
        error=row[13],
    )
