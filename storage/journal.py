"""The door: commit and absorb. The only writer of facts.

A commit checks its changes in order, each seeing the ones before it folded, refuses each on
its own and journals the rest under one change id: one undo step. What it let through is
folded at once, and as a last net no ticket may leave a commit closed without category and
link, whatever the change believed.
"""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from storage import local
from storage.changes.base import Change, LocalChange
from storage.changes.ticket import missing_before_close
from storage.db import tables as t
from storage.errors import CloseBlockedError, DeskError
from storage.queries import tickets
from storage.records import keys
from storage.records.facts import Fact, Stamped, Touched
from storage.records.ids import TicketId
from storage.records.words import CloseRequirement, Status
from storage.refold import everything as refold
from storage.rules import fact_shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a commit did, and what it refused and why."""

    done: tuple[Change, ...]
    refused: tuple[tuple[Change, DeskError], ...]
    touched: Touched
    change: bytes
    "Id of the commit."


def commit(
    conn: Connection,
    changes: Sequence[Change],
    *,
    actor: str,
    now_ms: int,
    change_id: bytes | None = None,
) -> Outcome:
    """Check, journal and fold; raise only when everything was refused.

    Raises:
        DeskError: every change was refused; the first one's reason.
    """
    change_id = change_id or secrets.token_bytes(16)
    done: list[Change] = []
    refused: list[tuple[Change, DeskError]] = []
    touched = Touched()
    for change in changes:
        savepoint = conn.begin_nested()
        try:
            touched |= _made(conn, change, actor=actor, now_ms=now_ms, change_id=change_id)
        except DeskError as error:
            savepoint.rollback()
            refused.append((change, error))
        else:
            savepoint.commit()
            done.append(change)
    if refused and not done:
        raise refused[0][1]
    local.note_touched(conn, touched)
    return Outcome(done=tuple(done), refused=tuple(refused), touched=touched, change=change_id)


def journal_facts(
    conn: Connection,
    facts: Sequence[Fact],
    *,
    kind: str,
    actor: str,
    now_ms: int,
    change_id: bytes,
) -> Touched:
    """Stamp facts that have been checked, write them, fold what they are about.

    Raises:
        CloseBlockedError: a ticket would be closed, or stay it, without what it needs.
    """
    if not facts:
        return Touched()
    facts = _settled(conn, facts)
    lacking = _lacking(conn, facts)
    stamps = _stamps(conn, len(facts), now_ms)
    rows = [
        {
            "id": stamp,
            "change": change_id,
            "kind": kind,
            "actor": actor.lower(),
            "ent": fact.entity,
            "key": fact.key,
            "val": json.dumps(fact.value, ensure_ascii=False, sort_keys=True),
        }
        for stamp, fact in zip(stamps, facts, strict=True)
    ]
    conn.execute(insert(t.journal), rows)
    touched = refold.entities(conn, {fact.entity for fact in facts})
    _hold_the_gate(conn, lacking)
    return touched


def absorb(conn: Connection, batch: Iterable[Stamped]) -> Touched:
    """Take in a colleague's facts: they happened already, so no rule is asked.

    What no journal can hold is left out and counted. What this version cannot read is kept for
    one that can; folds pass it over.
    """
    entities, left_out = set(), 0
    for one in batch:
        if not fact_shapes.can_be_kept(one):
            left_out += 1
            continue
        row = {
            "id": one.stamp,
            "change": one.change,
            "kind": one.kind,
            "actor": one.actor,
            "ent": one.fact.entity,
            "key": one.fact.key,
            "val": json.dumps(one.fact.value, ensure_ascii=False, sort_keys=True),
        }
        made = conn.execute(upsert(t.journal).values(row).on_conflict_do_nothing())
        if made.rowcount and fact_shapes.fits(one.fact):
            entities.add(one.fact.entity)
    touched = refold.entities(conn, entities) if entities else Touched()
    if left_out:
        local.count_left_out(conn, left_out)
    local.note_touched(conn, touched)
    return touched


def facts_after(conn: Connection, stamp: bytes, *, limit: int = 500) -> list[Stamped]:
    """Return facts of this desk with a later stamp, in order: what a colleague absorbs."""
    c = t.journal.c
    rows = conn.execute(
        select(c.id, c.change, c.kind, c.actor, c.ent, c.key, c.val)
        .where(c.id > stamp)
        .order_by(c.id)
        .limit(limit)
    )
    return [
        Stamped(
            stamp=one, change=change, kind=kind, actor=actor, fact=Fact(ent, key, json.loads(val))
        )
        for one, change, kind, actor, ent, key, val in rows
    ]


def _made(
    conn: Connection, change: Change, *, actor: str, now_ms: int, change_id: bytes
) -> Touched:
    change.check(conn)
    facts = tuple(change.facts(conn))
    rows = tuple(change.local(conn)) if isinstance(change, LocalChange) else ()
    touched = journal_facts(
        conn, facts, kind=change.kind, actor=actor, now_ms=now_ms, change_id=change_id
    )
    for row in rows:
        touched |= local.write(conn, row)
    return touched


def _lacking(conn: Connection, facts: Sequence[Fact]) -> dict[str, frozenset[CloseRequirement]]:
    """Return what the tickets that must come out of `facts` closed lack before them.

    One that is to be closed may lack nothing afterwards; one that is closed nothing more than
    it does now: an article that was archived later must not stand in the way of a tag.
    """
    lacking: dict[str, frozenset[CloseRequirement]] = {}
    for fact in facts:
        uid = _ticket_of(conn, fact)
        if not uid or uid in lacking:
            continue
        if _status(conn, uid) == Status.CLOSED:
            lacking[uid] = missing_before_close(conn, tickets.summary(conn, TicketId(uid)))
    for fact in facts:
        if fact.key == keys.STATUS and fact.value == Status.CLOSED:
            lacking.setdefault(_ticket_of(conn, fact), frozenset())
    return lacking


def _hold_the_gate(conn: Connection, before: Mapping[str, frozenset[CloseRequirement]]) -> None:
    c = t.ticket.c
    for uid, lacked in before.items():
        raw = conn.execute(select(c.raw_status).where(c.uid == uid)).scalar()
        if raw != Status.CLOSED:
            continue
        ticket = tickets.summary(conn, TicketId(uid))
        if lost := missing_before_close(conn, ticket) - lacked:
            raise CloseBlockedError(ticket.handle, lost)


def _status(conn: Connection, uid: str) -> str | None:
    return conn.execute(select(t.ticket.c.status).where(t.ticket.c.uid == uid)).scalar()


def _settled(conn: Connection, facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts, with an `open` for tickets that were reopened without a person.

    Whoever works on such a ticket takes it as open; without the fact a link that comes back
    would close it again by itself.
    """
    uids = {_ticket_of(conn, fact) for fact in facts} - {""}
    decided = {_ticket_of(conn, fact) for fact in facts if fact.key == keys.STATUS}
    c = t.ticket.c
    reopened = select(c.uid).where(
        c.uid.in_(uids - decided), c.status == "open", c.raw_status.in_(("closed", "dismissed"))
    )
    opened = [
        Fact(keys.ticket(uid), keys.STATUS, Status.OPEN.value)
        for uid in conn.execute(reopened).scalars()
    ]
    return [*opened, *facts]


def _ticket_of(conn: Connection, fact: Fact) -> str:
    """Return the uid that the fact's ticket goes by now; empty for other facts."""
    if not fact.entity.startswith("ticket:"):
        return ""
    return tickets.canonical(conn, fact.entity.removeprefix("ticket:"))


def _stamps(conn: Connection, count: int, now_ms: int) -> list[bytes]:
    """Return `count` new stamps, later than every stamp this desk has seen (HLC, RFC 9562 v7)."""
    last = conn.execute(select(func.max(t.journal.c.id))).scalar()
    ms, counter = now_ms, 0
    if last is not None:
        last_ms = int.from_bytes(last[:6], "big")
        if last_ms >= ms:
            ms, counter = last_ms, (int.from_bytes(last[6:8], "big") & 0xFFF) + 1
    stamps = []
    for _ in range(count):
        if counter > 0xFFF:
            ms, counter = ms + 1, 0
        high = ms.to_bytes(6, "big") + (0x7000 | counter).to_bytes(2, "big")
        low = (secrets.randbits(62) | (2 << 62)).to_bytes(8, "big")
        stamps.append(high + low)
        counter += 1
    return stamps
