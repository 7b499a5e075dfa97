"""Tickets that threading emptied, and who survives them.

Threading names every ticket that may once have stood; only one that somebody decided about,
and that no mail is on, has anything to hand on.
"""

import sqlite3
from collections.abc import Collection

from storage.db.rows import where_in

_EMPTIED = (
    "SELECT uid, ticket_uid FROM alias a WHERE kind='merged' AND {} IN {{}}"
    " AND EXISTS(SELECT 1 FROM journal j WHERE j.ent='ticket:'||a.uid)"
    " AND NOT EXISTS(SELECT 1 FROM message m WHERE m.ticket_uid=a.uid)"
)


def survivors(conn: sqlite3.Connection, tickets: Collection[str]) -> dict[str, str]:
    """Return who survives each emptied ticket among the kin of `tickets`, at the end of every chain."""
    nearest: dict[str, str] = {}
    met, frontier = set(tickets), set(tickets)
    while frontier:
        found = [
            pair
            for column in ("a.uid", "a.ticket_uid")
            for pair in where_in(conn, _EMPTIED.format(column), frontier)
        ]
        for uid, ticket in found:
            nearest[uid] = min(nearest.get(uid, ticket), ticket)
        frontier = {one for pair in found for one in pair} - met
        met |= frontier
    last = {uid: _last(uid, nearest) for uid in nearest}
    return {uid: survivor for uid, survivor in last.items() if survivor != uid}


def moved_on(conn: sqlite3.Connection, tickets: Collection[str], now: dict[str, str]) -> set[str]:
    """Return the tickets whose survivor is another than their row says, with both survivors."""
    kin = {*tickets, *now, *now.values()}
    before: dict[str, str] = {}
    for column in ("uid", "merged_into"):
        sql = f"SELECT uid, merged_into FROM ticket WHERE merged_into IS NOT NULL AND {column} IN {{}}"  # noqa: S608 - our own column
        before.update(where_in(conn, sql, kin))
    changed = [uid for uid in before | now if before.get(uid) != now.get(uid)]
    return {one for uid in changed for one in (uid, before.get(uid), now.get(uid)) if one}


def _last(uid: str, nearest: dict[str, str]) -> str:
    """Return who survives in the end; in a circle the smallest uid."""
    passed = [uid]
    while (uid := nearest.get(uid, "")) and uid not in passed:
        passed.append(uid)
    return min(passed[passed.index(uid) :]) if uid else passed[-1]
