"""Where each mail belongs: threading runs over whole components and its answer is written.

A component is all mails that share an id, seen or named. It is assigned anew whenever a mail
joins it or an engineer corrects it, so the order of fetching cannot matter.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from storage.db.rows import where_in
from storage.records import keys
from storage.records.desk import DeskSettings
from storage.records.facts import Fact
from storage.records.ids import MessageKey
from storage.records.mail import Assignment, Correction, ThreadMail
from storage.records.words import Direction, Verdict
from storage.rules import threading
from storage.rules.fact_shapes import fits

_MAILS = (
    "SELECT id, key, msgid, in_reply_to, refs, proven, reported_ids, direction, from_addr, to_addrs, cc_addrs,"
    " arrival_ms, date_ms, is_auto, is_report, has_body, is_colleague, component, ticket_uid, verdict, why"
    " FROM message WHERE component IN {}"
)


def components_of(conn: sqlite3.Connection, message_keys: Iterable[bytes]) -> set[int]:
    return {
        row[0]
        for row in where_in(conn, "SELECT component FROM message WHERE key IN {}", message_keys)
    }


def assign(conn: sqlite3.Connection, components: Iterable[int], desk: DeskSettings) -> set[str]:
    """Assign every mail of `components`; return the uids of the tickets that it concerns."""
    groups: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in where_in(conn, _MAILS, components):
        groups[row[17]].append(row)
    decided = _corrections(conn, [row[1] for rows in groups.values() for row in rows], desk)
    touched: set[str] = set()
    for rows in groups.values():
        mails = [_thread_mail(row, desk) for row in rows]
        histories = [decided[mail.key] for mail in mails if mail.key in decided]
        standing = [history[-1] for history in histories if history[-1].ticket]
        former = [one for history in histories for one in history if one not in standing]
        assignment = threading.assign(mails, standing, former=[one for one in former if one.ticket])
        touched |= _write(conn, rows, assignment)
    return touched


def _write(
    conn: sqlite3.Connection, rows: Sequence[tuple[Any, ...]], assignment: Assignment
) -> set[str]:
    before = {row[1]: row for row in rows}
    touched = {row[18] for row in rows}
    changed = []
    for placement in assignment.placements:
        row = before[placement.key]
        verdict = (Verdict.MEMBER if placement.is_member else Verdict.UNVERIFIED).value
        after = (placement.ticket or "", verdict, placement.why)
        touched.add(after[0])
        if after != row[18:21]:
            changed.append((*after, row[0]))
    conn.executemany("UPDATE message SET ticket_uid=?, verdict=?, why=? WHERE id=?", changed)
    component = rows[0][17]
    kinds = {(uid, component, ticket, "merged") for uid, ticket in assignment.merged}
    kinds |= {(uid, component, ticket, "alias") for uid, ticket in assignment.aliases}
    kinds = {one for one in kinds if one[0] != one[2]}
    had = set(
        conn.execute(
            "SELECT uid, component, ticket_uid, kind FROM alias WHERE component=?", (component,)
        )
    )
    conn.executemany(
        "DELETE FROM alias WHERE uid=? AND component=?", [one[:2] for one in had - kinds]
    )
    conn.executemany(
        "INSERT INTO alias(uid, component, ticket_uid, kind) VALUES(?,?,?,?)", kinds - had
    )
    for uid, _, ticket, _ in kinds ^ had:
        touched |= {uid, ticket}
    return touched - {""}


def _corrections(
    conn: sqlite3.Connection, message_keys: Sequence[bytes], desk: DeskSettings
) -> dict[bytes, list[Correction]]:
    found: dict[bytes, list[Correction]] = defaultdict(list)
    if not conn.execute(
        "SELECT 1 FROM journal WHERE ent >= 'message:' AND ent < 'message;' LIMIT 1"
    ).fetchone():
        return found
    by_entity = {keys.message(key): key for key in message_keys}
    sql = "SELECT ent, id, actor, val FROM journal WHERE ent IN {} AND key='ticket' ORDER BY id"
    for entity, stamp, actor, value in where_in(conn, sql, by_entity):
        key, uid = MessageKey(by_entity[entity]), json.loads(value)
        if fits(Fact(entity, keys.TICKET, uid)):
            by = desk.name_of(actor)
            found[key].append(Correction(key=key, ticket=uid or "", stamp=stamp, by=by))
    return found


def _thread_mail(row: tuple[Any, ...], desk: DeskSettings) -> ThreadMail:
    recipients = {email for _, email in (*json.loads(row[9]), *json.loads(row[10]))}
    return ThreadMail(
        key=MessageKey(row[1]),
        message_id=row[2],
        in_reply_to=tuple(row[3].split()),
        references=tuple(row[4].split()),
        proven=frozenset(row[5].split()),
        reported_ids=tuple(row[6].split()),
        direction=Direction(row[7]),
        sender=row[8],
        recipients=frozenset(one for one in recipients if not desk.is_own(one)),
        arrival_ms=row[11],
        date_ms=row[12],
        is_auto=bool(row[13]),
        is_report=bool(row[14]),
        has_body=bool(row[15]),
        is_colleague=bool(row[16]),
    )
