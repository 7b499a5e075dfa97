"""Undo and redo: a step is one commit that a person made here, a bulk being one.

Undo writes facts that restore what the cells held. Cells that somebody has set since are
left alone and named; restoring `closed` asks the gate.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage import journal, local
from storage.changes import reply
from storage.db import tables as t
from storage.errors import RuleBrokenError
from storage.queries import tickets
from storage.records import keys
from storage.records.facts import Fact, Touched
from storage.records.ids import OutboxId
from storage.records.local import ArchiveWanted
from storage.records.ticket import OutboxItem
from storage.records.words import Status

_KEPT_STEPS = 200
_STEPS_BACK = frozenset({"undo", "redo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    title: str
    "What was taken back, as it was called when it was done."
    left_alone: tuple[str, ...]
    "Entities whose cell somebody has set since."
    touched: Touched
    draft_of: str = ""
    "The ticket whose reply is a draft again; empty where no reply was taken back."


def remember(
    conn: Connection, change: bytes, *, title: str, at_ms: int, outbox_id: str | None = None
) -> None:
    """Keep a commit as the newest step; what was undone before can no longer be redone."""
    c = t.undo_step.c
    conn.execute(update(t.undo_step).where(c.state == "undone").values(state="spent"))
    conn.execute(
        insert(t.undo_step).values(
            change=change, title=title, at_ms=at_ms, state="done", outbox_id=outbox_id
        )
    )
    oldest = select(c.id).order_by(c.id.desc()).offset(_KEPT_STEPS)
    conn.execute(t.undo_step.delete().where(c.id.in_(oldest)))


def undo(conn: Connection, *, actor: str, now_ms: int) -> Undone:
    """Take back the newest step that is not taken back yet.

    Raises:
        RuleBrokenError: there is none, or it cannot be taken back; the next call passes it.
        CloseBlockedError: it would leave a closed ticket without category or link.
    """
    _pass_parked_replies(conn)
    step = _newest(conn, "done")
    if step is None:
        raise RuleBrokenError("There is nothing to undo.")
    if step.outbox_id:
        row = reply.touchable(conn, OutboxId(step.outbox_id))
        if row.is_doubtful:
            raise RuleBrokenError("It may have been sent: look in the outbox.")
        touched = _reply_back(conn, row, now_ms)
        _mark(conn, step, state="spent")
        return Undone(
            title=step.title, left_alone=(), touched=touched, draft_of=row.ticket_id or ""
        )
    return _reverted(conn, step, step.change, kind="undo", actor=actor, now_ms=now_ms)


def redo(conn: Connection, *, actor: str, now_ms: int) -> Undone:
    """Take back the last undo.

    Raises:
        RuleBrokenError: nothing was undone since the last change.
    """
    step = _newest(conn, "undone")
    if step is None:
        raise RuleBrokenError("There is nothing to redo.")
    return _reverted(conn, step, step.undone_by, kind="redo", actor=actor, now_ms=now_ms)


def pass_over(conn: Connection) -> None:
    """Let the next undo pass the newest step, which could not be taken back."""
    if (step := _newest(conn, "done")) is not None:
        _mark(conn, step, state="spent")


def _newest(conn: Connection, state: str) -> Row[Any] | None:
    c = t.undo_step.c
    statement = select(t.undo_step).where(c.state == state)
    order = c.id.desc() if state == "done" else c.id.asc()
    return conn.execute(statement.order_by(order).limit(1)).one_or_none()


def _mark(conn: Connection, step: Row[Any], **values: str | bytes | None) -> None:
    conn.execute(update(t.undo_step).where(t.undo_step.c.id == step.id).values(**values))


def _pass_parked_replies(conn: Connection) -> None:
    """Pass queued replies that a person has parked or discarded since: nothing is left to undo."""
    while (step := _newest(conn, "done")) is not None and step.outbox_id:
        if conn.execute(select(t.outbox.c.id).where(t.outbox.c.id == step.outbox_id)).first():
            return
        _mark(conn, step, state="spent")


def _reply_back(conn: Connection, row: OutboxItem, now_ms: int) -> Touched:
    touched = Touched()
    for one in reply.taken_back(conn, row, now_ms):
        touched |= local.write(conn, one)
    local.note_touched(conn, touched)
    return touched


def _reverted(
    conn: Connection, step: Row[Any], change: bytes, *, kind: str, actor: str, now_ms: int
) -> Undone:
    restored, left = _restoring(conn, change, actor)
    if not restored:
        _mark(conn, step, state="spent")
        raise RuleBrokenError(
            f"'{step.title}' cannot be taken back: somebody has changed it since."
        )
    mine = secrets.token_bytes(16)
    touched = journal.journal_facts(
        conn, restored, kind=kind, actor=actor, now_ms=now_ms, change_id=mine
    )
    _archive_again(conn, restored)
    if kind == "undo":
        _mark(conn, step, state="undone", undone_by=mine)
    else:
        _mark(conn, step, state="done", change=mine, undone_by=None)
    local.note_touched(conn, touched)
    return Undone(title=step.title, left_alone=tuple(left), touched=touched)


def _archive_again(conn: Connection, restored: list[Fact]) -> None:
    """A ticket that is closed again: its mail leaves intake as after any close."""
    if not tickets.settings(conn).archive_closed:
        return
    for fact in restored:
        if fact.key == keys.STATUS and fact.value == Status.CLOSED:
            uid = tickets.canonical(conn, fact.entity.removeprefix("ticket:"))
            local.write(conn, ArchiveWanted(ticket_uid=uid))


def _restoring(conn: Connection, change: bytes, actor: str) -> tuple[list[Fact], list[str]]:
    """Return the facts that put back what the cells of `change` held, and what is left alone.

    A cell is still mine where `change` set it last, or where my own undoing of later steps
    brought it back to what `change` had set.
    """
    c = t.journal.c
    cells = conn.execute(select(c.ent, c.key).distinct().where(c.change == change)).all()
    restored, left = [], []
    for entity, key in sorted(cells):
        names = _names(conn, entity)
        history = conn.execute(
            select(c.change, c.val, c.kind, c.actor)
            .where(c.ent.in_(names), c.key == key)
            .order_by(c.id.desc())
        ).all()
        at = next(place for place, row in enumerate(history) if row.change == change)
        newest = history[0]
        is_brought_back = newest.kind in _STEPS_BACK and newest.actor == actor.lower()
        if at and not (is_brought_back and newest.val == history[at].val):
            left.append(names[0])
            continue
        before = next((row.val for row in history[at:] if row.change != change), "null")
        restored.append(Fact(names[0], key, json.loads(before)))
    return restored, left


def _names(conn: Connection, entity: str) -> list[str]:
    """Return what the entity is called now, and what a ticket was called before threading renamed it."""
    kind, _, uid = entity.partition(":")
    if kind != "ticket":
        return [entity]
    return [keys.ticket(name) for name in tickets.names(conn, uid)]
