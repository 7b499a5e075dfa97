"""What the engine asks about mail of closed tickets that is to leave intake. Hot reads, see `hot`."""

from dataclasses import dataclass

from storage.records.query import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A closed ticket whose mail is to be archived."""

    ticket_uid: str
    "As it was called when it was closed."
    now: str
    "As it is called now."
    is_closed: bool
    archive_id: int | None
    from_uid: int | None
    "In that folder, what lies from there on may be a copy that we made."


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A mail of a ticket at a place in an intake folder."""

    folder_id: int
    uid: int
    message_id: int


def wanted() -> Query[Leaving]:
    """Return the tickets whose mail is to be archived."""
    return Query(
        "SELECT a.ticket_uid, t.uid, t.status='closed', a.archive_id, a.from_uid FROM archiving a"
        " LEFT JOIN ticket t ON t.uid=coalesce((SELECT min(ticket_uid) FROM alias"
        " WHERE uid=a.ticket_uid AND kind='alias'), a.ticket_uid) ORDER BY a.ticket_uid",
        (),
        lambda row: Leaving(
            ticket_uid=row[0],
            now=row[1] or "",
            is_closed=bool(row[2]),
            archive_id=row[3],
            from_uid=row[4],
        ),
    )


def in_intake(ticket_uid: str) -> Query[Copy]:
    """Return where the ticket's mail lies in intake folders.

    A copy that may be another mail's is left where it is, and so is what is not verified:
    nobody has taken it for part of the ticket.
    """
    return Query(
        "SELECT p.folder_id, p.uid, p.message_id FROM message m JOIN place p ON p.message_id=m.id"
        " JOIN folder f ON f.id=p.folder_id WHERE m.ticket_uid=? AND m.verdict='member'"
        " AND f.role='intake' AND p.checked=1 ORDER BY p.folder_id, p.uid",
        (ticket_uid,),
        lambda row: Copy(folder_id=row[0], uid=row[1], message_id=row[2]),
    )


def copied(folder_id: int, message_id: int, *, from_uid: int) -> Query[int]:
    """Return UIDs of surely the same mail in a folder, from a UID on."""
    return Query(
        "SELECT uid FROM place WHERE folder_id=? AND message_id=? AND uid >= ? AND checked=1"
        " ORDER BY uid",
        (folder_id, message_id, from_uid),
        lambda row: row[0],
    )
