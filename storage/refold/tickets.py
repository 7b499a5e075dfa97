"""Tickets: facts and mails in, rows out, in an order that the gate's triggers accept."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from storage.db.rows import where_in
from storage.folds import ticket as ticket_fold
from storage.folds.ticket import FoldMail, NoteState, TicketState
from storage.records.desk import DeskSettings
from storage.records.facts import Fact, Stamped
from storage.records.words import Direction, Status, Verdict
from storage.refold import merging

_COLUMNS = [
    "subject",
    "requester",
    "requester_name",
    "status",
    "raw_status",
    "reopened_why",
    "ended_ms",
    "category",
    "area",
    "assignee",
    "priority",
    "channel",
    "snoozed_ms",
    "merged_into",
    "created_ms",
    "activity_ms",
    "first_response_ms",
    "due_ms",
    "last_from",
    "messages",
    "last_message",
    "snippet",
    "fetching",
]
_NAMES = ", ".join(_COLUMNS)
_INSERT = f"INSERT INTO ticket(uid, {_NAMES}) VALUES(?{',?' * len(_COLUMNS)})"
_SELECT = f"SELECT {_NAMES} FROM ticket WHERE uid=?"  # noqa: S608 - our own columns
_BEFORE = f"SELECT uid, {_NAMES} FROM ticket WHERE uid IN {{}}"  # noqa: S608 - our own columns
_LINKS = "SELECT uid, kind, target, use FROM ticket_link WHERE uid IN {}"
_NOTED = "SELECT DISTINCT ticket_uid FROM note WHERE ticket_uid IN {}"
_STATUS = _COLUMNS.index("status")
_MAILS = (
    "SELECT ticket_uid, id, key, direction, is_auto, verdict, arrival_ms, date_ms, from_addr, from_name, subject, snippet, has_body"
    " FROM message WHERE ticket_uid IN {}"
)


@dataclass(frozen=True, slots=True)
class Refolded:
    tickets: frozenset[str]
    linked: frozenset[tuple[str, str]]
    "(kind, target) of bugs, requests and articles whose customers or closed tickets changed."


@dataclass(slots=True)
class _Family:
    """Who else is folded into a ticket, and who survives it."""

    aliases: list[str]
    merged: list[str]
    merged_into: str | None


@dataclass(slots=True)
class _Written:
    """What the desk holds of some tickets: read at once, each is written once afterwards."""

    rows: dict[str, tuple[Any, ...]]
    links: dict[str, set[tuple[Any, ...]]]
    noted: set[str]
    "Those that have notes."


def refold(conn: sqlite3.Connection, uids: Iterable[str], desk: DeskSettings) -> Refolded:
    """Fold the tickets named by `uids` (older names lead to theirs) and write what changed."""
    families = _families(conn, uids)
    facts = _facts(conn, families)
    mails: dict[str, list[FoldMail]] = defaultdict(list)
    for row in where_in(conn, _MAILS, families):
        mails[row[0]].append(_mail(row, desk))
    linked: set[tuple[str, str]] = set()
    written = _written(conn, families)
    for uid, family in families.items():
        own = [one for name in (uid, *family.aliases) for one in facts.get(name, ())]
        merged = [one for name in family.merged for one in facts.get(name, ())]
        state = ticket_fold.fold(
            uid, own, mails.get(uid, ()), desk, merged=merged, merged_into=family.merged_into
        )
        linked |= _write(conn, uid, state, written)
    return Refolded(tickets=frozenset(families), linked=frozenset(linked))


def clear(conn: sqlite3.Connection) -> None:
    """Drop every ticket row; the gate's triggers must see them open first."""
    conn.execute("UPDATE ticket SET status='open', ended_ms=NULL WHERE ended_ms IS NOT NULL")
    conn.execute("DELETE FROM ticket_link")
    conn.execute("DELETE FROM ticket")
    conn.execute("INSERT INTO note_fts(note_fts) VALUES('delete-all')")
    conn.execute("DELETE FROM note")


def _families(conn: sqlite3.Connection, uids: Iterable[str]) -> dict[str, _Family]:
    wanted = set(uids)
    sql = "SELECT uid, min(ticket_uid) FROM alias WHERE kind='alias' AND uid IN {} GROUP BY uid"
    renamed: dict[str, str] = dict(where_in(conn, sql, wanted))
    written = _written(conn, renamed)
    for uid in renamed:
        _write(conn, uid, None, written)
    tickets = (wanted - renamed.keys()) | set(renamed.values())
    survivors = merging.survivors(conn, tickets)
    tickets |= {survivors[uid] for uid in tickets if uid in survivors}
    tickets |= merging.moved_on(conn, tickets, survivors)
    families = {
        uid: _Family(aliases=[], merged=[], merged_into=None)
        for uid in sorted(tickets, key=lambda uid: (uid not in survivors, uid))  # notes move on
    }
    sql = "SELECT uid, ticket_uid FROM alias WHERE kind='alias' AND ticket_uid IN {}"
    for uid, ticket in where_in(conn, sql, families):
        families[ticket].aliases.append(uid)
    for uid, last in survivors.items():
        if last in families:
            families[last].merged.append(uid)
        if uid in families:
            families[uid].merged_into = last
    return families


def _facts(conn: sqlite3.Connection, families: dict[str, _Family]) -> dict[str, list[Stamped]]:
    found: dict[str, list[Stamped]] = defaultdict(list)
    any_fact = "SELECT 1 FROM journal WHERE ent >= 'ticket:' AND ent < 'ticket;' LIMIT 1"
    if not conn.execute(any_fact).fetchone():
        return found
    names = {
        f"ticket:{name}": name
        for uid, family in families.items()
        for name in (uid, *family.aliases, *family.merged)
    }
    for one in stamped(conn, names):
        found[names[one.fact.entity]].append(one)
    return found


def stamped(conn: sqlite3.Connection, entities: Iterable[str]) -> Iterable[Stamped]:
    """Yield every fact about `entities`."""
    sql = "SELECT id, change, kind, actor, ent, key, val FROM journal WHERE ent IN {}"
    for stamp, change, kind, actor, entity, key, value in where_in(conn, sql, entities):
        yield Stamped(
            stamp=stamp,
            change=change,
            kind=kind,
            actor=actor,
            fact=Fact(entity, key, json.loads(value)),
        )


def _written(conn: sqlite3.Connection, uids: Collection[str]) -> _Written:
    links: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for row in where_in(conn, _LINKS, uids):
        links[row[0]].add(row[1:])
    return _Written(
        rows={row[0]: row[1:] for row in where_in(conn, _BEFORE, uids)},
        links=links,
        noted={uid for (uid,) in where_in(conn, _NOTED, uids)},
    )


def _write(
    conn: sqlite3.Connection, uid: str, state: TicketState | None, written: _Written
) -> set[tuple[str, str]]:
    """Write one ticket; return the (kind, target) of links that it concerns."""
    before = written.rows.get(uid)
    if state is None and before is None:
        return set()
    had = written.links.get(uid, set())
    has = set(state.links) if state else set()
    if state is None:
        conn.execute("UPDATE ticket SET status='open', ended_ms=NULL WHERE uid=?", (uid,))
        conn.execute("DELETE FROM ticket WHERE uid=?", (uid,))
    else:
        _write_row(conn, state, before=before, had=had)
    notes = state.notes if state else ()
    if notes or uid in written.noted:
        _write_notes(conn, uid, notes)
    was_closed = before is not None and before[_STATUS] == "closed"
    is_closed = state is not None and state.status is Status.CLOSED
    concerned = had | has if is_closed or was_closed else had ^ has
    return {(kind, target) for kind, target, _ in concerned if kind != "tag"}


def _write_row(
    conn: sqlite3.Connection,
    state: TicketState,
    *,
    before: tuple[Any, ...] | None,
    had: set[tuple[Any, ...]],
) -> None:
    after = tuple(getattr(state, name) for name in _COLUMNS)
    if before is None and state.status is not Status.CLOSED:
        conn.execute(_INSERT, (state.uid, *after))
        before = after
    elif before is None:  # never born closed: its links stand before its status does
        conn.execute("INSERT INTO ticket(uid) VALUES(?)", (state.uid,))
        before = conn.execute(_SELECT, (state.uid,)).fetchone()
    added, gone = state.links - had, had - state.links
    if not added and not gone:
        _update(conn, state.uid, before, after)
        return
    same_target = {link[:2] for link in added}
    conn.executemany(
        "INSERT INTO ticket_link(uid, kind, target, use) VALUES(?,?,?,?)"
        " ON CONFLICT DO UPDATE SET use=excluded.use",
        [(state.uid, *link) for link in sorted(added, key=str)],
    )
    _update(conn, state.uid, before, after)
    conn.executemany(
        "DELETE FROM ticket_link WHERE uid=? AND kind=? AND target=?",
        [(state.uid, *link[:2]) for link in gone if link[:2] not in same_target],
    )


def _update(
    conn: sqlite3.Connection, uid: str, before: tuple[Any, ...], after: tuple[Any, ...]
) -> None:
    """Write the columns that differ: a column that is named has all its indexes written."""
    changed = [
        (name, now) for name, was, now in zip(_COLUMNS, before, after, strict=True) if was != now
    ]
    if changed:
        names = ", ".join(f"{name}=?" for name, _ in changed)
        conn.execute(
            f"UPDATE ticket SET {names} WHERE uid=?",  # noqa: S608 - our own columns
            (*(now for _, now in changed), uid),
        )


def _write_notes(conn: sqlite3.Connection, uid: str, notes: tuple[NoteState, ...]) -> None:
    sql = "SELECT uid, id, actor, at_ms, body FROM note WHERE ticket_uid=?"
    had = {row[0]: row[1:] for row in conn.execute(sql, (uid,))}
    has = {note.uid: note for note in notes}
    for note, (number, actor, at_ms, body) in had.items():
        now = has.get(note)
        if now is None or (now.actor, now.at_ms, now.body) != (actor, at_ms, body):
            conn.execute(
                "INSERT INTO note_fts(note_fts, rowid, body) VALUES('delete', ?, ?)", (number, body)
            )
            conn.execute("DELETE FROM note WHERE id=?", (number,))
    for note, state in has.items():
        if note in had and had[note][1:] == (state.actor, state.at_ms, state.body):
            continue
        conn.execute("DELETE FROM note WHERE uid=?", (note,))
        number = conn.execute(
            "INSERT INTO note(uid, ticket_uid, actor, at_ms, body) VALUES(?,?,?,?,?) RETURNING id",
            (note, uid, state.actor, state.at_ms, state.body),
        ).fetchone()[0]
        conn.execute("INSERT INTO note_fts(rowid, body) VALUES(?, ?)", (number, state.body))


def _mail(row: tuple[Any, ...], desk: DeskSettings) -> FoldMail:
    # From one of us by its own word alone: shown, but it reopens nothing and stops no clock.
    is_claim = row[3] == Direction.IN and desk.is_of_team(row[8])
    return FoldMail(
        id=row[1],
        key=row[2],
        direction=Direction(row[3]),
        is_auto=bool(row[4]) or is_claim,
        is_member=row[5] == Verdict.MEMBER,
        arrival_ms=row[6],
        date_ms=row[7],
        sender=row[8],
        sender_name=row[9],
        subject=row[10],
        snippet=row[11],
        has_body=bool(row[12]),
    )
