"""Writes the rows of this machine: outbox, drafts, looks, wishes, view and engine state."""

import json
from dataclasses import asdict
from typing import assert_never

from sqlalchemy import Connection, Table, delete, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from storage.db import tables as t
from storage.queries.health import LEFT_OUT
from storage.queries.offline import FETCHED
from storage.records.address import Address
from storage.records.facts import Touched
from storage.records.ids import OutboxId
from storage.records.local import (
    AllUnwished,
    AllWished,
    ArchiveBegun,
    ArchiveOver,
    ArchiveWanted,
    DraftGone,
    DraftSaved,
    EngineSaid,
    LocalRow,
    Looked,
    OutboxAdded,
    OutboxGone,
    OutboxMoved,
    ViewState,
    Wish,
    WishGone,
    WishGot,
)
from storage.records.words import OutboxState

_KEPT = 10_000
_WISH_ALL = (
    "INSERT INTO wish(message_id, at_ms) SELECT id, 0 FROM"
    " (SELECT id FROM message WHERE has_body=0 UNION SELECT message_id FROM attachment WHERE kept=0)"
    " WHERE EXISTS(SELECT 1 FROM place p WHERE p.message_id=id) ON CONFLICT DO NOTHING"
)


def write(conn: Connection, row: LocalRow) -> Touched:  # noqa: PLR0911 - one arm a kind of row
    """Write one row; return what a reader should look at again."""
    match row:
        case OutboxAdded():
            return _outbox_added(conn, row)
        case OutboxMoved():
            return _outbox_moved(conn, row)
        case OutboxGone():
            conn.execute(delete(t.outbox).where(t.outbox.c.id == row.id))
            return _outbox(row.ticket_uid)
        case DraftSaved() | DraftGone():
            return _draft(conn, row)
        case Looked():
            _put(conn, t.looked, {"ticket_uid": row.ticket_uid}, {"upto": row.upto})
            return Touched(tickets=frozenset({row.ticket_uid}))
        case Wish() | WishGot() | WishGone() | AllWished() | AllUnwished():
            return _wish(conn, row)
        case ViewState():
            _put(conn, t.view_state, {"key": row.key}, {"val": row.value})
            return Touched()
        case ArchiveWanted() | ArchiveBegun() | ArchiveOver():
            return _archive(conn, row)
        case EngineSaid():
            _put(conn, t.engine, {"id": 1}, {"status": row.status})
            return Touched(others=frozenset({"engine"}))
    assert_never(row)


def claim_reply(conn: Connection, outbox_id: OutboxId) -> bool:
    """Take a queued reply for sending; return False where a person was quicker."""
    c = t.outbox.c
    claimed = conn.execute(
        update(t.outbox)
        .where(c.id == outbox_id, c.state == OutboxState.QUEUED.value)
        .values(state=OutboxState.SENDING.value, tries=c.tries + 1, error="")
        .returning(c.ticket_uid)
    ).all()
    for row in claimed:
        note_touched(conn, _outbox(row.ticket_uid))
    return bool(claimed)


def count_left_out(conn: Connection, more: int) -> None:
    """Remember that facts came that no journal can hold; `doctor` says how many."""
    c = t.view_state.c
    before = conn.execute(select(c.val).where(c.key == LEFT_OUT)).scalar()
    _put(conn, t.view_state, {"key": LEFT_OUT}, {"val": str(int(before or 0) + more)})


def note_touched(conn: Connection, touched: Touched) -> None:
    """Tell every reader of this desk what changed; trimmed to the newest 10,000."""
    rows = [
        {"kind": kind, "uid": uid}
        for kind, uids in (
            ("ticket", touched.tickets),
            ("bug", touched.bugs),
            ("feature", touched.features),
            ("article", touched.articles),
            ("other", touched.others),
        )
        for uid in sorted(uids)
    ]
    if touched.everything:
        rows.append({"kind": "everything", "uid": ""})
    if not rows:
        return
    conn.execute(insert(t.touched), rows)
    conn.execute(
        text("DELETE FROM touched WHERE seq <= (SELECT max(seq) FROM touched) - :kept"),
        {"kept": _KEPT},
    )


def _outbox_added(conn: Connection, row: OutboxAdded) -> Touched:
    conn.execute(
        insert(t.outbox).values(
            id=row.id,
            ticket_uid=row.ticket_uid,
            msgid=row.message_id,
            sender=row.sender,
            to_addrs=_json(row.to),
            cc_addrs=_json(row.cc),
            envelope=json.dumps(row.envelope),
            subject=row.subject,
            text=row.text,
            mime=row.mime,
            basis=json.dumps(row.basis),
            after=row.after.value,
            actor=row.actor,
            doubtful=0,
            state=OutboxState.QUEUED.value,
            queued_ms=row.queued_ms,
            not_before_ms=row.not_before_ms,
        )
    )
    return _outbox(row.ticket_uid)


def _outbox_moved(conn: Connection, row: OutboxMoved) -> Touched:
    values: dict[str, str | int] = {"state": row.state.value, "error": row.error}
    if row.not_before_ms is not None:
        values["not_before_ms"] = row.not_before_ms
    if row.is_doubtful:
        values["doubtful"] = 1
    if row.tries is not None:
        values["tries"] = row.tries
    if row.basis is not None:
        values["basis"] = json.dumps(row.basis)
    conn.execute(update(t.outbox).where(t.outbox.c.id == row.id).values(values))
    return _outbox(row.ticket_uid)


def _outbox(ticket_uid: str) -> Touched:
    return Touched(tickets=frozenset({ticket_uid} - {""}), others=frozenset({"outbox"}))


def _wish(conn: Connection, row: Wish | WishGot | WishGone | AllWished | AllUnwished) -> Touched:
    match row:
        case Wish():
            _put(conn, t.wish, {"message_id": row.message_id}, {"at_ms": row.at_ms})
        case WishGot():
            at = t.wish.c.message_id == row.message_id
            conn.execute(update(t.wish).where(at).values(got=row.got))
        case WishGone():
            conn.execute(delete(t.wish).where(t.wish.c.message_id == row.message_id))
        case AllWished():
            conn.execute(text(_WISH_ALL))
            _put(conn, t.view_state, {"key": FETCHED}, {"val": str(row.at_ms)})
            return Touched(others=frozenset({"wish"}))
        case AllUnwished():
            conn.execute(delete(t.wish).where(t.wish.c.at_ms == 0))
            return Touched(others=frozenset({"wish"}))
    uid = conn.execute(select(t.message.c.ticket_uid).where(t.message.c.id == row.message_id))
    return Touched(tickets=frozenset({uid.scalar() or ""} - {""}))


def _archive(conn: Connection, row: ArchiveWanted | ArchiveBegun | ArchiveOver) -> Touched:
    at = t.archiving.c.ticket_uid == row.ticket_uid
    match row:
        case ArchiveWanted():
            wanted = upsert(t.archiving).values(ticket_uid=row.ticket_uid)
            conn.execute(wanted.on_conflict_do_nothing())
        case ArchiveBegun():
            begun = {"archive_id": row.archive_id, "from_uid": row.from_uid}
            conn.execute(update(t.archiving).where(at).values(begun))
        case ArchiveOver():
            conn.execute(delete(t.archiving).where(at))
    return Touched()


def _draft(conn: Connection, row: DraftSaved | DraftGone) -> Touched:
    if isinstance(row, DraftGone):
        at = (t.draft.c.ticket_uid == row.ticket_uid) & (t.draft.c.is_note == int(row.is_note))
        conn.execute(delete(t.draft).where(at))
        return Touched(others=frozenset({"draft"}))
    values: dict[str, str | int] = {
        "text": row.text,
        "to_addrs": _json(row.to),
        "cc_addrs": _json(row.cc),
        "saved_ms": row.saved_ms,
        "files": json.dumps([asdict(one) for one in row.files], ensure_ascii=False),
    }
    _put(conn, t.draft, {"ticket_uid": row.ticket_uid, "is_note": int(row.is_note)}, values)
    return Touched(others=frozenset({"draft"}))


def _put(
    conn: Connection,
    table: Table,
    key: dict[str, str | int],
    values: dict[str, str | int],
) -> None:
    statement = upsert(table).values(key | values)
    conn.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def _json(addresses: tuple[Address, ...]) -> str:
    return json.dumps([[one.name, one.email] for one in addresses], ensure_ascii=False)
