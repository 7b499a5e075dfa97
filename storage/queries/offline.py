"""What lies on the server only, and what was asked for before a journey. Hot reads, see `hot`."""

from dataclasses import dataclass

from storage.records.query import Query
from storage.records.ticket import ON_DEMAND_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What could not be read without the server."""

    texts: int = 0
    "Mails whose text comes by itself."
    files: int = 0
    "Large mails, and files that were put away."
    size: int = 0
    "Of those files, bytes."


BACK_TOLD = "back.told"
"View state: up to which return to the server its summary was shown, milliseconds."
FETCHED = "offline.fetched"
"View state: when everything was last asked for, milliseconds."


def missing() -> Query[Missing]:
    """Return what is on the server only; over two partial indices, nothing is scanned."""
    return Query(
        "SELECT coalesce(sum(large=0), 0), coalesce(sum(large), 0),"
        " coalesce(sum(CASE WHEN large THEN size END), 0) FROM"
        " (SELECT m.size > ? AS large, m.size FROM message m WHERE m.has_body=0"
        "  AND EXISTS(SELECT 1 FROM place p WHERE p.message_id=m.id)"
        "  UNION ALL SELECT 1, a.size FROM attachment a WHERE a.kept=0"
        "  AND EXISTS(SELECT 1 FROM place p WHERE p.message_id=a.message_id))",
        (ON_DEMAND_BYTES,),
        lambda row: Missing(texts=row[0], files=row[1], size=row[2]),
    )


def asked_for() -> Query[int]:
    """Return how many mails are to come because everything was asked for."""
    return Query(
        "SELECT count(*) FROM wish w JOIN message m ON m.id=w.message_id WHERE w.at_ms=0"
        " AND (m.has_body=0 OR EXISTS(SELECT 1 FROM attachment a WHERE a.message_id=m.id AND a.kept=0))"
        " AND EXISTS(SELECT 1 FROM place p WHERE p.message_id=m.id)",
        (),
        lambda row: int(row[0]),
    )
