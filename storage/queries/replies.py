"""Reads about replies that have not left: what is next to leave, what undo would take back."""

from storage.queries.hot import UNENDED_OUTBOX
from storage.records.ids import OutboxId
from storage.records.query import Query


def newest_queued() -> Query[OutboxId]:
    """Return the reply queued last that can still be taken back; no row where there is none."""
    return Query(
        "SELECT id FROM outbox WHERE state='queued' AND doubtful=0 ORDER BY queued_ms DESC, id DESC LIMIT 1",
        (),
        lambda row: OutboxId(row[0]),
    )


def next_undone() -> Query[str]:
    """Return the reply that undo would take back now; '' where it is another decision."""
    return Query(
        "SELECT coalesce(outbox_id, '') FROM undo_step s WHERE state='done' AND (outbox_id IS NULL"
        " OR EXISTS(SELECT 1 FROM outbox o WHERE o.id=s.outbox_id)) ORDER BY id DESC LIMIT 1",
        (),
        lambda row: str(row[0]),
    )


def bytes_of(outbox_id: str) -> Query[bytes]:
    """Return a reply's final bytes while it has not left."""
    return Query(
        f"SELECT mime FROM outbox WHERE id=? AND state IN {UNENDED_OUTBOX}",  # noqa: S608 - our own list of states
        (outbox_id,),
        lambda row: bytes(row[0]),
    )
