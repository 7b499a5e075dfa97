"""What `doctor` asks a desk about itself. Hot reads, see `hot`."""

import json
from dataclasses import dataclass
from typing import Final

from storage.records.facts import Fact
from storage.records.query import Query
from storage.rules.fact_shapes import fits

LEFT_OUT: Final = "facts.left_out"
"View state: how many facts came that no journal can hold."


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """What the engine still has to do."""

    outbox_queued: int
    outbox_leaving: int
    "Between the claim and the copy in Sent."
    outbox_held: int
    outbox_failed: int
    bodies_missing: int
    bodies_wished: int
    "Somebody waits for them."
    moves_pending: int
    "Closed tickets whose mail is to leave intake."


def damage() -> Query[str]:
    """Return what is wrong with the file, at most ten sentences; none where it is sound."""
    return Query(
        "SELECT integrity_check FROM pragma_integrity_check(10) WHERE integrity_check<>'ok'",
        (),
        lambda row: str(row[0]),
    )


def schema() -> Query[int]:
    return Query("PRAGMA user_version", (), lambda row: int(row[0]))


def sqlite() -> Query[str]:
    """Return the version of SQLite that runs here."""
    return Query("SELECT sqlite_version()", (), lambda row: str(row[0]))


def open_gates() -> Query[str]:
    """Return closed tickets without category or KB link: the triggers let none through."""
    return Query(
        "SELECT uid FROM ticket t WHERE status='closed' AND (category IS NULL OR NOT EXISTS"
        "(SELECT 1 FROM ticket_link WHERE uid=t.uid AND kind='kb')) ORDER BY uid LIMIT 10",
        (),
        lambda row: str(row[0]),
    )


def unread_decisions() -> Query[str]:
    """Return for each fact who decided so, where this version cannot read it, else nothing."""
    return Query(
        "SELECT actor, ent, key, val FROM journal",
        (),
        lambda row: "" if fits(Fact(row[1], row[2], json.loads(row[3]))) else str(row[0]),
    )


def waiting_texts() -> Query[int]:
    """Return how many messages are known by their headers alone."""
    return Query("SELECT count(*) FROM message WHERE has_body=0", (), lambda row: int(row[0]))


def queues() -> Query[Queues]:
    return Query(
        "SELECT (SELECT count(*) FROM outbox WHERE state='queued'),"
        " (SELECT count(*) FROM outbox WHERE state IN ('sending','handing_over','accepted')),"
        " (SELECT count(*) FROM outbox WHERE state='held'),"
        " (SELECT count(*) FROM outbox WHERE state='failed'),"
        " (SELECT count(*) FROM message WHERE has_body=0), (SELECT count(*) FROM wish WHERE at_ms > 0),"
        " (SELECT count(*) FROM archiving)",
        (),
        lambda row: Queues(
            outbox_queued=row[0],
            outbox_leaving=row[1],
            outbox_held=row[2],
            outbox_failed=row[3],
            bodies_missing=row[4],
            bodies_wished=row[5],
            moves_pending=row[6],
        ),
    )


def files_needed() -> Query[bytes]:
    """Return the SHA-256 of every file that must be on this machine."""
    return Query(
        "SELECT lower(hex(sha256)) FROM attachment WHERE sha256 IS NOT NULL AND kept=1 UNION"
        " SELECT json_extract(j.value, '$.sha256') FROM draft, json_each(draft.files) j",
        (),
        lambda row: bytes.fromhex(row[0]),
    )


def files_away() -> Query[bytes]:
    """Return the SHA-256 of every file that was put away."""
    return Query(
        "SELECT DISTINCT sha256 FROM attachment WHERE kept=0 AND sha256 IS NOT NULL",
        (),
        lambda row: row[0],
    )
