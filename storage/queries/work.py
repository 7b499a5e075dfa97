"""Bugs and feature requests with the customers behind them."""

import json
from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.db import tables as t
from storage.errors import NotFoundError
from storage.queries import hot
from storage.records.ids import BugId, FeatureId, TicketId
from storage.records.words import (
    ArticleState,
    BugState,
    FeatureState,
    Severity,
)
from storage.records.work import Bug, BugForm, Feature
from storage.rules.closing import LinkedPage

_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)


def bug(conn: Connection, bug_id: BugId, *, now: datetime | None = None) -> Bug:
    """Return one bug; `now` (UTC) is what the customer counts of 7 and 30 days end at.

    Raises:
        NotFoundError: no such bug on this desk.
    """
    found = bugs(conn, now=now, only=bug_id)
    if not found:
        raise NotFoundError(f"There is no bug {bug_id[:8]} on this desk.")
    return found[0]


def bugs(conn: Connection, *, now: datetime | None = None, only: BugId | None = None) -> list[Bug]:
    """Return every bug: severity first, then the customers of the last week, then age."""
    c = t.bug.c
    statement = select(t.bug)
    rows = conn.execute(statement.where(c.uid == only) if only else statement).all()
    reach = _reach(conn, "bug")
    uids = sorted(conn.execute(select(c.uid)).scalars())
    found = [_bug(row, reach.get(row.uid, []), now, uids) for row in rows]
    weight = {Severity.CRITICAL: 0, Severity.HIGH: 1, Severity.LOW: 2}
    return sorted(
        found,
        key=lambda b: (weight[b.form.severity], -b.customers_7d, -b.customers, b.created_at, b.id),
    )


def feature(conn: Connection, feature_id: FeatureId, *, now: datetime | None = None) -> Feature:
    """Return one feature request.

    Raises:
        NotFoundError: no such request on this desk.
    """
    found = features(conn, now=now, only=feature_id)
    if not found:
        raise NotFoundError(f"There is no feature request {feature_id[:8]} on this desk.")
    return found[0]


def features(
    conn: Connection, *, now: datetime | None = None, only: FeatureId | None = None
) -> list[Feature]:
    """Return every feature request, most customers first."""
    c = t.feature.c
    statement = select(t.feature)
    rows = conn.execute(statement.where(c.uid == only) if only else statement).all()
    reach = _reach(conn, "feature")
    uids = sorted(conn.execute(select(c.uid)).scalars())
    found = [
        Feature(
            id=FeatureId(row.uid),
            handle=_handle(row.uid, uids),
            title=row.title,
            detail=row.detail,
            area=row.area,
            state=FeatureState(row.state),
            customers=_customers(reach.get(row.uid, [])),
            customers_30d=_customers(reach.get(row.uid, []), now, _MONTH),
            tickets=tuple(TicketId(uid) for uid, _, _ in reach.get(row.uid, [])),
            created_at=hot.when(row.created_ms),
            created_by=row.created_by,
        )
        for row in rows
    ]
    return sorted(found, key=lambda f: (-f.customers, f.created_at, f.id))


def linked_page(conn: Connection, target: str) -> LinkedPage:
    """Return a KB link's target as the gate judges it.

    Raises:
        NotFoundError: neither a web address nor an article of ours.
    """
    if "://" in target:
        return LinkedPage(target=target)
    c = t.article.c
    row = conn.execute(select(c.state, c.is_answer).where(c.uid == target)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no article {target[:8]} on this desk.")
    return LinkedPage(target=target, article_state=ArticleState(row[0]), is_answer=bool(row[1]))


def uids_named(conn: Connection, table: str, prefix: str) -> list[str]:
    """Return up to 10 uids of 'bug', 'feature' or 'article' that begin with `prefix`."""
    column = {"bug": t.bug.c.uid, "feature": t.feature.c.uid, "article": t.article.c.uid}[table]
    found = select(column).where(column >= prefix, column < prefix + "~").order_by(column).limit(10)
    return list(conn.execute(found).scalars())


def _reach(conn: Connection, kind: str) -> dict[str, list[tuple[str, str, int]]]:
    """Return (ticket, requester, created_ms) of what links each bug or request, newest first."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    rows = conn.execute(
        select(t.ticket_link.c.target, t.ticket.c.uid, t.ticket.c.requester, t.ticket.c.created_ms)
        .join(t.ticket, t.ticket.c.uid == t.ticket_link.c.uid)
        .where(t.ticket_link.c.kind == kind)
        .order_by(t.ticket.c.created_ms.desc(), t.ticket.c.uid)
    )
    for target, uid, requester, created_ms in rows:
        found.setdefault(target, []).append((uid, requester, created_ms))
    return found


def _customers(
    reach: Sequence[tuple[str, str, int]],
    now: datetime | None = None,
    within: timedelta | None = None,
) -> int:
    """Return how many distinct requesters there are; with `within`, of that long before now."""
    if within is None:
        return len({requester for _, requester, _ in reach})
    if now is None:
        return 0
    since = (now - within).timestamp() * 1000
    return len({requester for _, requester, created_ms in reach if created_ms >= since})


def _bug(
    row: Row[Any], reach: Sequence[tuple[str, str, int]], now: datetime | None, uids: list[str]
) -> Bug:
    return Bug(
        id=BugId(row.uid),
        handle=_handle(row.uid, uids),
        form=BugForm(
            title=row.title,
            severity=Severity(row.severity),
            area=row.area,
            steps=row.steps,
            expected=row.expected,
            actual=row.actual,
            environment=row.environment,
            impact=row.impact,
            workaround=row.workaround,
            reproduced=bool(row.reproduced),
            links=tuple(json.loads(row.links)),
        ),
        state=BugState(row.state),
        fixer=row.fixer,
        customers=_customers(reach),
        customers_7d=_customers(reach, now, _WEEK),
        customers_30d=_customers(reach, now, _MONTH),
        tickets=tuple(TicketId(uid) for uid, _, _ in reach),
        created_at=hot.when(row.created_ms),
        created_by=row.created_by,
    )


def _handle(uid: str, uids: list[str]) -> str:
    """Return the handle among `uids`, which are in order."""
    at = bisect_left(uids, uid)
    before = uids[at - 1] if at else None
    after = uids[at + 1] if at + 1 < len(uids) else None
    return hot.handle(uid, before, after)
