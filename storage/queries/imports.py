"""What an import asks of the desk: what is here already, and what must stay as it stands."""

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from storage.db.engine import driver
from storage.db.rows import where_in
from storage.records.ids import MessageKey, TicketId

_DECIDED = (
    "SELECT t.uid, (SELECT max(j.id) FROM journal j WHERE j.key='seen' AND j.ent IN"
    " (SELECT 'ticket:' || t.uid UNION ALL"
    " SELECT 'ticket:' || a.uid FROM alias a WHERE a.ticket_uid=t.uid AND a.kind='alias'))"
    " FROM ticket t WHERE t.uid IN {}"
)
_OF_CUSTOMERS = (
    "SELECT key, date_ms FROM message WHERE ticket_uid=? AND direction='in' AND is_auto=0"
    " AND verdict='member' ORDER BY arrival_ms, id"
)
_UNTOUCHED = (
    "SELECT t.uid FROM ticket t WHERE t.status IN ('new','open') AND t.uid IN {}"
    " AND NOT EXISTS(SELECT 1 FROM place p JOIN message m ON m.id=p.message_id WHERE m.ticket_uid=t.uid)"
    " AND NOT EXISTS(SELECT 1 FROM journal j WHERE j.kind NOT IN ('ticket.import','ticket.labels') AND (j.ent='ticket:' || t.uid"
    " OR j.ent IN (SELECT 'ticket:' || a.uid FROM alias a WHERE a.ticket_uid=t.uid)))"
)
_BY_KEY = (
    "SELECT m.base_key, t.uid, (SELECT json_group_array(l.target) FROM ticket_link l"
    " WHERE l.uid=t.uid AND l.kind='tag') FROM message m JOIN ticket t ON t.uid=m.ticket_uid"
    " WHERE m.base_key IN {} AND EXISTS(SELECT 1 FROM journal j WHERE j.kind='ticket.import'"
    " AND (j.ent='ticket:' || t.uid OR j.ent IN"
    " (SELECT 'ticket:' || a.uid FROM alias a WHERE a.ticket_uid=t.uid)))"
)
_OLDER = (
    "SELECT t.uid, t.created_ms, m.arrival_ms, m.key FROM ticket t JOIN message m ON m.ticket_uid=t.uid"
    " WHERE m.verdict='member' AND t.due_ms IS NOT NULL AND t.uid IN {}"
    " AND NOT EXISTS(SELECT 1 FROM journal j WHERE j.ent='ticket:' || t.uid AND j.key='clock')"
)


def kept_sources(conn: Connection, some: Iterable[MessageKey]) -> dict[MessageKey, list[bytes]]:
    """Return the bytes of the mails that are here under these headers, where they are kept."""
    found: dict[MessageKey, list[bytes]] = {}
    sql = "SELECT base_key, raw FROM message WHERE raw IS NOT NULL AND base_key IN {}"
    for key, source in where_in(driver(conn), sql, some):
        found.setdefault(MessageKey(key), []).append(zlib.decompress(source))
    return found


def known(conn: Connection, some: Iterable[MessageKey]) -> set[MessageKey]:
    """Return which of these headers the desk has."""
    sql = "SELECT DISTINCT base_key FROM message WHERE base_key IN {}"
    return {MessageKey(row[0]) for row in where_in(driver(conn), sql, some)}


def tickets_of(conn: Connection, some: Iterable[MessageKey]) -> list[TicketId]:
    """Return the tickets that mails with these headers are on."""
    sql = "SELECT DISTINCT ticket_uid FROM message WHERE ticket_uid<>'' AND base_key IN {}"
    return [TicketId(row[0]) for row in where_in(driver(conn), sql, some)]


def tags_missing(
    conn: Connection, wanted: Mapping[MessageKey, Collection[str]]
) -> list[tuple[TicketId, str]]:
    """Return the tags, by mail, that the tickets of an import do not have yet."""
    found: dict[tuple[TicketId, str], None] = {}
    for key, uid, has in where_in(driver(conn), _BY_KEY, wanted):
        missing = set(wanted[key]) - set(json.loads(has))
        found.update(dict.fromkeys((TicketId(uid), tag) for tag in sorted(missing)))
    return list(found)


def untouched(conn: Connection, uids: Sequence[TicketId]) -> list[TicketId]:
    """Return those that nobody decided about and whose mail lies in no mailbox."""
    return [TicketId(row[0]) for row in where_in(driver(conn), _UNTOUCHED, uids)]


def reopened(
    conn: Connection, uids: Collection[str], new: Collection[MessageKey], *, whenever: bool
) -> list[tuple[TicketId, list[str]]]:
    """Return tickets that only `new` mails have woken, with all that is to be counted as seen.

    Args:
        conn: With the new mails on their tickets.
        uids: The tickets to look at.
        new: Keys of the mails.
        whenever: Also by mails that are younger than the decision.
    """
    raw = driver(conn)
    found = []
    for uid, stamp in list(where_in(raw, _DECIDED, uids)):
        if stamp is None:
            continue
        value = raw.execute("SELECT val FROM journal WHERE id=?", (stamp,)).fetchone()[0]
        said = json.loads(value)
        seen = [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
        decided_ms = int.from_bytes(stamp[:6], "big")
        unseen = [
            (key, date_ms)
            for key, date_ms in raw.execute(_OF_CUSTOMERS, (uid,))
            if key[:8].hex() not in seen
        ]
        is_old = all(key in new and (whenever or date_ms < decided_ms) for key, date_ms in unseen)
        if unseen and is_old:
            found.append((TicketId(uid), [*seen, *(key[:8].hex() for key, _ in unseen)]))
    return found


def begun_before(
    conn: Connection, uids: Collection[str], new: Collection[MessageKey]
) -> list[tuple[TicketId, int]]:
    """Return unanswered tickets that `new` mails made older, with when they had begun."""
    first: dict[str, int] = {}
    began: dict[str, int] = {}
    for uid, created_ms, arrival_ms, key in where_in(driver(conn), _OLDER, uids):
        began[uid] = created_ms
        if key not in new:
            first[uid] = min(first.get(uid, arrival_ms), arrival_ms)
    return [(TicketId(uid), ms) for uid, ms in sorted(first.items()) if ms > began[uid]]


def foreign_keys(conn: Connection, known_keys: Collection[MessageKey]) -> bool:
    """Return whether the desk has a mail that is none of these."""
    rows = driver(conn).execute("SELECT key FROM message")
    return any(row[0] not in known_keys for row in rows)


def foreign_facts(conn: Connection, stamps: Collection[bytes]) -> bool:
    """Return whether anything was decided here, the desk's settings aside, that is none of these."""
    rows = driver(conn).execute("SELECT id FROM journal WHERE ent<>'desk'")
    return any(row[0] not in stamps for row in rows)
