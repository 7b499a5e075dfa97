"""Bugs, feature requests, articles and the desk's settings: facts in, rows out."""

import contextlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TypeVar

from sqlalchemy import Connection, Table, delete, insert, select, text
from sqlalchemy.dialects.sqlite import insert as upsert

from storage.db import tables as t
from storage.db.engine import driver
from storage.db.rows import where_in
from storage.errors import UsageError
from storage.folds import desk as desk_fold
from storage.folds import work as work_fold
from storage.folds.work import ArticleRow, BugRow, FeatureRow
from storage.holidays import days_off
from storage.records import keys
from storage.records.facts import Stamped
from storage.refold.tickets import stamped

Row = TypeVar("Row", BugRow, FeatureRow)
_ASKED_TICKETS = 30
"Questions kept an article: more than 5 past ones add nothing that was measured."
_ASKED_CHARACTERS = 600
_FTS = ("article_fts", "article_stem")


def bugs(conn: Connection, uids: Iterable[str]) -> None:
    _rows(conn, t.bug, {uid: keys.bug(uid) for uid in uids}, work_fold.bug)


def features(conn: Connection, uids: Iterable[str]) -> None:
    _rows(conn, t.feature, {uid: keys.feature(uid) for uid in uids}, work_fold.feature)


def settings(conn: Connection) -> None:
    values = desk_fold.fold(stamped(driver(conn), [keys.DESK]))
    values.pop(keys.HOLIDAYS, None)
    if code := values.get("hours.holidays"):
        with contextlib.suppress(UsageError):  # of a newer rotadesk, which knows more countries
            values[keys.HOLIDAYS] = days_off(str(code))
    conn.execute(delete(t.setting))
    for key, value in values.items():
        conn.execute(insert(t.setting).values(key=key, val=json.dumps(value)))


def articles(conn: Connection, uids: Iterable[str]) -> None:
    """Fold articles anew; what was asked of them is gathered from the tickets they closed."""
    for uid in uids:
        row = work_fold.article(uid, stamped(driver(conn), [keys.article(uid)]))
        _unindex(conn, uid)
        if row is None:
            conn.execute(delete(t.article_revision).where(t.article_revision.c.uid == uid))
            conn.execute(delete(t.article).where(t.article.c.uid == uid))
            continue
        _write_article(conn, row, asked=_asked(conn, uid))
        _index(conn, uid)


def clear(conn: Connection) -> None:
    for table in (t.bug, t.feature, t.article_revision, t.article, t.setting):
        conn.execute(delete(table))
    for name in _FTS:
        conn.execute(text(f"INSERT INTO {name}({name}) VALUES('delete-all')"))


def _rows(
    conn: Connection,
    table: Table,
    entities: dict[str, str],
    fold: Callable[[str, Iterable[Stamped]], Row | None],
) -> None:
    for uid, entity in entities.items():
        row = fold(uid, stamped(driver(conn), [entity]))
        conn.execute(delete(table).where(table.c.uid == uid))
        if row is not None:
            conn.execute(insert(table).values(**asdict(row)))


def _write_article(conn: Connection, row: ArticleRow, *, asked: str) -> None:
    values = asdict(row) | {"asked": asked}
    revisions = values.pop("revisions")
    statement = upsert(t.article).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=["uid"], set_=values))
    conn.execute(delete(t.article_revision).where(t.article_revision.c.uid == row.uid))
    for one in revisions:
        parents = json.dumps(one.pop("parents"))
        conn.execute(insert(t.article_revision).values(uid=row.uid, parents=parents, **one))


def _asked(conn: Connection, uid: str) -> str:
    """Return the questions of the newest tickets that were closed with the article."""
    closed = conn.execute(
        select(t.ticket.c.uid, t.ticket.c.subject)
        .join(t.ticket_link, t.ticket_link.c.uid == t.ticket.c.uid)
        .where(t.ticket_link.c.kind == "kb", t.ticket_link.c.target == uid)
        .where(t.ticket.c.status == "closed")
        .order_by(t.ticket.c.ended_ms.desc(), t.ticket.c.uid)
        .limit(_ASKED_TICKETS)
    ).all()
    if not closed:
        return ""
    from storage.rules.quotes import own_words  # noqa: PLC0415 - 13 ms of patterns, for these alone

    subjects = dict(closed)
    first: dict[str, str] = {}
    sql = (
        "SELECT m.ticket_uid, x.body FROM message m JOIN message_text x ON x.id=m.id"
        " WHERE m.direction='in' AND m.ticket_uid IN {} ORDER BY m.arrival_ms, m.id"
    )
    for ticket, body in where_in(driver(conn), sql, subjects):
        first.setdefault(ticket, own_words(body)[:_ASKED_CHARACTERS])
    return "\n".join(f"{subject}\n{first.get(ticket, '')}" for ticket, subject in subjects.items())


def _unindex(conn: Connection, uid: str) -> None:
    for name in _FTS:
        conn.execute(
            text(
                f"INSERT INTO {name}({name}, rowid, title, body, asked)"  # noqa: S608 - our own table names
                " SELECT 'delete', id, title, body, asked FROM article WHERE uid=:uid"
            ),
            {"uid": uid},
        )


def _index(conn: Connection, uid: str) -> None:
    for name in _FTS:
        conn.execute(
            text(
                f"INSERT INTO {name}(rowid, title, body, asked)"  # noqa: S608 - our own table names
                " SELECT id, title, body, asked FROM article WHERE uid=:uid"
            ),
            {"uid": uid},
        )
