"""The reads behind every keypress, as SQL text: no import of SQLAlchemy, 2 ms less a page.

The console runs them over aiosqlite, the command line over sqlite3, the door on its own
connection. Each `Query` exists here once.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.folds import desk as desk_fold
from storage.records.address import Address
from storage.records.desk import DeskSettings, EngineStatus
from storage.records.facts import Json
from storage.records.hours import LATEST_MS
from storage.records.ids import (
    HANDLE_LENGTH,
    BugId,
    FeatureId,
    NoteId,
    OutboxId,
    TicketId,
)
from storage.records.query import Query
from storage.records.ticket import (
    ON_DEMAND_BYTES,
    AttachmentRow,
    Draft,
    DraftFile,
    KbLink,
    MessageItem,
    NoteItem,
    OutboxItem,
    TicketSummary,
)
from storage.records.words import (
    AfterSend,
    ArticleState,
    Category,
    Direction,
    LinkUse,
    OutboxState,
    Priority,
    Status,
    Verdict,
)
from storage.rules.closing import LinkedPage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_DUE_MS = 9007199254740991
"Sorts after every real target; the same number stands in the index `ticket_open_due`."
UNENDED_OUTBOX = "('queued','sending','handing_over','held','failed')"

_SUMMARY = f"""
SELECT t.uid, t.subject, t.requester, t.requester_name, t.status, t.category, t.area, t.assignee,
  t.priority, t.channel, t.created_ms, t.activity_ms, t.first_response_ms, t.ended_ms, t.snoozed_ms,
  t.due_ms, t.messages, t.last_from, t.snippet, t.reopened_why,
  CASE WHEN t.fetching THEN 1 + EXISTS(SELECT 1 FROM message m WHERE m.id=t.last_message AND m.size > {ON_DEMAND_BYTES}) END,
  (SELECT json_group_array(json_array(l.kind, l.target, l.use, (SELECT a.title FROM article a WHERE a.uid=l.target)))
     FROM ticket_link l WHERE l.uid=t.uid),
  (SELECT count(*) FROM message m WHERE m.ticket_uid=t.uid AND m.direction='in'
     AND m.id > coalesce((SELECT upto FROM looked WHERE ticket_uid=t.uid), 0)),
  EXISTS(SELECT 1 FROM outbox o WHERE o.ticket_uid=t.uid AND o.state IN {UNENDED_OUTBOX}),
  (SELECT p.uid FROM ticket p WHERE p.uid < t.uid ORDER BY p.uid DESC LIMIT 1),
  (SELECT n.uid FROM ticket n WHERE n.uid > t.uid ORDER BY n.uid LIMIT 1)
FROM ticket t"""  # noqa: S608 - the only part filled in is our own list of states

ORDERS = {
    "due": f"coalesce(t.due_ms, {NO_DUE_MS}), t.created_ms, t.uid",
    "activity": "t.activity_ms DESC, t.id DESC",
    "created": "t.created_ms, t.uid",
}
IS_OPEN = "t.ended_ms IS NULL"
"What `list` shows without a query: neither closed nor dismissed nor merged."
Values = tuple[str | int | bytes | None, ...]


def when(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=min(ms, LATEST_MS))


def maybe_when(ms: int | None) -> datetime | None:
    return None if ms is None else when(ms)


def addresses(text: str) -> tuple[Address, ...]:
    """Return the addresses of a JSON column [[name, email], …]."""
    return tuple(Address(name, email) for name, email in json.loads(text))


def handle(uid: str, *neighbours: str | None) -> str:
    """Return the shortest prefix of `uid` that neither neighbour in the alphabet shares."""
    length = HANDLE_LENGTH
    for other in neighbours:
        while other and length < len(uid) and other.startswith(uid[:length]):
            length += 1
    return uid[:length]


def tickets(
    where: str = IS_OPEN,
    values: Values = (),
    *,
    order: str = "due",
    limit: int = -1,
    offset: int = 0,
) -> Query[TicketSummary]:
    """Return tickets that match `where` (our own SQL over `t`, from `queries.search`)."""
    return Query(
        f"{_SUMMARY} WHERE {where} ORDER BY {ORDERS[order]} LIMIT ? OFFSET ?",
        (*values, limit, offset),
        _summary,
    )


def ticket(uid: str) -> Query[TicketSummary]:
    return Query(f"{_SUMMARY} WHERE t.uid=?", (uid,), _summary)


def count(where: str = IS_OPEN, values: Values = ()) -> Query[int]:
    return Query(f"SELECT count(*) FROM ticket t WHERE {where}", values, _first)  # noqa: S608 - our own SQL


def uids_named(prefix: str) -> Query[str]:
    """Return up to 10 uids of tickets that begin with `prefix`."""
    return Query(
        "SELECT uid FROM ticket WHERE uid >= ? AND uid < ? ORDER BY uid LIMIT 10",
        (prefix, prefix + "~"),
        _first,
    )


def aliased(prefix: str) -> Query[str]:
    """Return up to 10 uids of tickets that an older name beginning with `prefix` leads to."""
    return Query(
        "SELECT DISTINCT a.ticket_uid FROM alias a JOIN ticket t ON t.uid=a.ticket_uid"
        " WHERE a.uid >= ? AND a.uid < ? ORDER BY 1 LIMIT 10",
        (prefix, prefix + "~"),
        _first,
    )


def leads_to(uid: str) -> Query[str]:
    """Return who survives a merged ticket; no row for any other."""
    sql = "SELECT merged_into FROM ticket WHERE uid=? AND merged_into IS NOT NULL"
    return Query(sql, (uid,), _first)


def messages(uid: str) -> Query[MessageItem]:
    """Return a ticket's mails, oldest first, without their attachments."""
    return Query(
        "SELECT m.id, m.key, m.arrival_ms, m.from_name, m.from_addr, m.direction, m.to_addrs, m.cc_addrs,"
        " m.reply_to, m.subject, coalesce(x.body, ''), m.has_body, m.msgid, m.refs, m.in_reply_to, m.why,"
        " m.verdict, m.is_auto, m.defects, m.hidden_text,"
        " EXISTS(SELECT 1 FROM place p WHERE p.message_id=m.id),"
        " (SELECT json_group_array(json_array(a.id, a.filename, a.mime, a.size, hex(a.sha256), a.kept))"
        "   FROM attachment a WHERE a.message_id=m.id),"
        " m.size, (SELECT w.got FROM wish w WHERE w.message_id=m.id)"
        " FROM message m LEFT JOIN message_text x ON x.id=m.id WHERE m.ticket_uid=? ORDER BY m.arrival_ms, m.id",
        (uid,),
        _message,
    )


def linked_pages(uid: str) -> Query[LinkedPage]:
    """Return a ticket's KB links as the gate judges them."""
    return Query(
        "SELECT l.target, a.state, a.is_answer FROM ticket_link l LEFT JOIN article a ON a.uid=l.target"
        " WHERE l.uid=? AND l.kind='kb'",
        (uid,),
        _page,
    )


def article_pages() -> Query[LinkedPage]:
    """Return every article as the gate judges it: for the gate of many tickets at once."""
    return Query("SELECT uid, state, is_answer FROM article", (), _page)


def inbound(uid: str) -> Query[str]:
    """Return the hex of the first 8 bytes of the key of every mail that came in on a ticket."""
    sql = "SELECT lower(hex(substr(key, 1, 8))) FROM message WHERE ticket_uid=? AND direction='in'"
    return Query(sql, (uid,), _first)


def notes(uid: str) -> Query[NoteItem]:
    return Query(
        "SELECT uid, at_ms, actor, body FROM note WHERE ticket_uid=? ORDER BY at_ms, uid",
        (uid,),
        _note,
    )


_OUTBOX = (
    "SELECT o.id, o.ticket_uid, o.to_addrs, o.cc_addrs, o.subject, o.text, o.msgid, o.state, o.queued_ms,"
    " o.not_before_ms, o.tries, o.error, o.after, o.doubtful FROM outbox o"
)


def waiting_replies(uid: str) -> Query[OutboxItem]:
    """Return a ticket's replies that are not among its messages yet."""
    return Query(
        f"{_OUTBOX} WHERE o.ticket_uid=? AND NOT EXISTS(SELECT 1 FROM message m WHERE m.msgid=o.msgid AND m.ticket_uid=o.ticket_uid)"  # noqa: S608 - our own SQL
        " ORDER BY o.queued_ms, o.id",
        (uid,),
        _outbox_item,
    )


def outbox(*, everything: bool = False) -> Query[OutboxItem]:
    """Return what waits to leave, soonest first; with `everything` also what has left."""
    where = "" if everything else f" WHERE o.state IN {UNENDED_OUTBOX} OR o.state='accepted'"
    return Query(f"{_OUTBOX}{where} ORDER BY o.not_before_ms, o.id", (), _outbox_item)


def facts_of(uid: str) -> Query[tuple[bytes, str, str, Json, str]]:
    """Return (stamp, actor, key, value, title of what the key links) of what was decided, oldest first."""
    return Query(
        "SELECT j.id, j.actor, j.key, j.val, coalesce("
        " (SELECT title FROM article WHERE uid=substr(j.key, 4) AND j.key LIKE 'kb:%'),"
        " (SELECT title FROM bug WHERE uid=substr(j.key, 5) AND j.key LIKE 'bug:%'),"
        " (SELECT title FROM feature WHERE uid=substr(j.key, 9) AND j.key LIKE 'feature:%'), '')"
        " FROM journal j WHERE j.ent='ticket:'||?1"
        " OR j.ent IN (SELECT 'ticket:'||uid FROM alias WHERE ticket_uid=?1) ORDER BY j.id",
        (uid,),
        lambda row: (row[0], row[1], row[2], json.loads(row[3]), row[4]),
    )


def settings_rows() -> Query[tuple[str, Json]]:
    return Query("SELECT key, val FROM setting", (), lambda row: (row[0], json.loads(row[1])))


def settings_of(rows: list[tuple[str, Json]]) -> DeskSettings:
    return desk_fold.settings(dict(rows))


def engine() -> Query[EngineStatus]:
    return Query("SELECT status FROM engine WHERE id=1", (), _engine)


def unsent() -> Query[int]:
    return Query(f"SELECT count(*) FROM outbox WHERE state IN {UNENDED_OUTBOX}", (), _first)  # noqa: S608 - our own list of states


def drafts(uid: str) -> Query[Draft]:
    """Return what is being written on a ticket: at most a reply and a note."""
    return Query(
        "SELECT ticket_uid, is_note, text, to_addrs, cc_addrs, saved_ms, files FROM draft WHERE ticket_uid=?",
        (uid,),
        _draft,
    )


def view_state(key: str) -> Query[str]:
    return Query("SELECT val FROM view_state WHERE key=?", (key,), _first)


def _first(row: tuple[Any, ...]) -> Any:  # noqa: ANN401 - one column, typed where it is asked for
    return row[0]


def _summary(row: tuple[Any, ...]) -> TicketSummary:
    links = json.loads(row[21])
    return TicketSummary(
        id=TicketId(row[0]),
        handle=handle(row[0], row[24], row[25]),
        subject=row[1],
        requester=Address(row[3], row[2]),
        status=Status(row[4]),
        category=Category(row[5]) if row[5] else None,
        area=row[6],
        assignee=row[7],
        priority=Priority(row[8]),
        channel=row[9],
        tags=tuple(target for kind, target, _, _ in links if kind == "tag"),
        kb_links=tuple(
            KbLink(target=target, use=LinkUse(use or "used"), title=title or "")
            for kind, target, use, title in links
            if kind == "kb"
        ),
        bugs=tuple(BugId(target) for kind, target, _, _ in links if kind == "bug"),
        features=tuple(FeatureId(target) for kind, target, _, _ in links if kind == "feature"),
        created_at=when(row[10]),
        activity_at=when(row[11]),
        first_response_at=maybe_when(row[12]),
        ended_at=maybe_when(row[13]),
        snoozed_until=maybe_when(row[14]),
        due_at=maybe_when(row[15]),
        messages=row[16],
        unread=row[22],
        last_from=Direction(row[17]),
        snippet=row[18],
        reopened_why=row[19],
        reply_waiting=bool(row[23]),
        fetching=bool(row[20]),
        comes_when_asked=row[20] == 2,
    )


def _message(row: tuple[Any, ...]) -> MessageItem:
    references = tuple(dict.fromkeys([*row[13].split(), *row[14].split()]))
    return MessageItem(
        id=row[0],
        key=row[1],
        at=when(row[2]),
        author=Address(row[3], row[4]),
        direction=Direction(row[5]),
        to=addresses(row[6]),
        cc=addresses(row[7]),
        reply_to=addresses(row[8]),
        subject=row[9],
        text=row[10],
        has_body=bool(row[11]),
        attachments=tuple(
            AttachmentRow(
                id=number,
                filename=name,
                mime=mime,
                size=size,
                sha256=bytes.fromhex(sha) if sha else None,
                is_kept=bool(kept),
            )
            for number, name, mime, size, sha, kept in json.loads(row[21])
        ),
        message_id=row[12],
        references=references,
        why=row[15],
        verdict=Verdict(row[16]),
        is_auto=bool(row[17]),
        defects=tuple(json.loads(row[18])),
        hidden_text=row[19],
        on_server=bool(row[20]),
        size=row[22],
        got=row[23],
    )


def _page(row: tuple[Any, ...]) -> LinkedPage:
    state = ArticleState(row[1]) if row[1] else None
    return LinkedPage(target=row[0], article_state=state, is_answer=bool(row[2]))


def _note(row: tuple[Any, ...]) -> NoteItem:
    return NoteItem(id=NoteId(row[0]), at=when(row[1]), author=row[2], text=row[3])


def _outbox_item(row: tuple[Any, ...]) -> OutboxItem:
    return OutboxItem(
        id=OutboxId(row[0]),
        ticket_id=TicketId(row[1]) if row[1] else None,
        to=addresses(row[2]),
        cc=addresses(row[3]),
        subject=row[4],
        text=row[5],
        message_id=row[6],
        state=OutboxState(row[7]),
        queued_at=when(row[8]),
        not_before=when(row[9]),
        tries=row[10],
        error=row[11],
        then=AfterSend(row[12]),
        is_doubtful=bool(row[13]),
    )


def _draft(row: tuple[Any, ...]) -> Draft:
    return Draft(
        ticket_id=TicketId(row[0]),
        is_note=bool(row[1]),
        text=row[2],
        to=addresses(row[3]),
        cc=addresses(row[4]),
        saved_at=when(row[5]),
        files=tuple(DraftFile(**one) for one in json.loads(row[6])),
    )


def _engine(row: tuple[Any, ...]) -> EngineStatus:
    # an engine of another version, beside a console that is still open, may say more or less
    known = EngineStatus.__dataclass_fields__
    values = {name: value for name, value in json.loads(row[0]).items() if name in known}
    for name in ("since", "synced_at", "next_try"):
        values[name] = maybe_when(values.get(name))
    return EngineStatus(**values)
