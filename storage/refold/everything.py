"""What a transaction touched, folded in the order in which folds read one another."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection

from storage.db.engine import driver, fetch
from storage.queries import hot
from storage.records import keys
from storage.records.desk import DeskSettings
from storage.records.facts import Touched
from storage.refold import tickets, work

_SLICE = 500


def entities(conn: Connection, names: Collection[str]) -> Touched:
    """Fold every entity of `names` ('ticket:UID', 'desk', …) and write its rows."""
    uids: dict[str, set[str]] = defaultdict(set)
    for name in names:
        kind, _, uid = name.partition(":")
        uids[kind].add(uid)
    others = set()
    if keys.DESK in uids:
        before = settings(conn)
        work.settings(conn)
        others.add("desk")
        if _changes_tickets(before, settings(conn)):
            return everything(conn)
    work.bugs(conn, uids["bug"])
    work.features(conn, uids["feature"])
    moved = [bytes.fromhex(uid) for uid in uids["message"]]
    concerned = uids["ticket"] | (_components_of(conn, moved) if moved else set())
    found = of_tickets(conn, concerned)
    work.articles(conn, uids["article"])
    return found | Touched(
        bugs=frozenset(uids["bug"]),
        features=frozenset(uids["feature"]),
        articles=frozenset(uids["article"]),
        others=frozenset(others),
    )


def components(conn: Connection, numbers: Iterable[int]) -> set[str]:
    """Thread these components anew; return the tickets that it concerns, not yet folded."""
    from storage.refold import threads  # noqa: PLC0415 - 20 ms; most decisions move no mail

    return threads.assign(driver(conn), numbers, settings(conn))


def _components_of(conn: Connection, keys_of_mails: Sequence[bytes]) -> set[str]:
    from storage.refold import threads  # noqa: PLC0415 - 20 ms; most decisions move no mail

    return components(conn, threads.components_of(driver(conn), keys_of_mails))


def of_tickets(conn: Connection, uids: Iterable[str]) -> Touched:
    """Fold tickets, and the articles whose closed tickets changed with them."""
    refolded = tickets.refold(driver(conn), uids, settings(conn))
    linked: dict[str, set[str]] = defaultdict(set)
    for kind, target in refolded.linked:
        linked[kind].add(target)
    work.articles(conn, sorted(linked["kb"]))
    return Touched(
        tickets=refolded.tickets,
        bugs=frozenset(linked["bug"]),
        features=frozenset(linked["feature"]),
        articles=frozenset(linked["kb"]),
    )


def everything(conn: Connection) -> Touched:
    """Drop the read model and fold it again from mail and journal: identical rows."""
    raw = driver(conn)
    tickets.clear(raw)
    work.clear(conn)
    raw.execute("DELETE FROM alias")
    work.settings(conn)
    numbers = [row[0] for row in raw.execute("SELECT DISTINCT component FROM message ORDER BY 1")]
    uids: set[str] = set()
    for start in range(0, len(numbers), _SLICE):
        uids |= components(conn, numbers[start : start + _SLICE])
    named: dict[str, set[str]] = defaultdict(set)
    for (name,) in raw.execute("SELECT DISTINCT ent FROM journal"):
        kind, _, uid = name.partition(":")
        named[kind].add(uid)
    work.bugs(conn, sorted(named["bug"]))
    work.features(conn, sorted(named["feature"]))
    work.articles(conn, sorted(named["article"]))
    every = sorted(uids | named["ticket"])
    for start in range(0, len(every), _SLICE):
        of_tickets(conn, every[start : start + _SLICE])
    return Touched(everything=True)


def settings(conn: Connection) -> DeskSettings:
    return hot.settings_of(fetch(conn, hot.settings_rows()))


def _changes_tickets(before: DeskSettings, after: DeskSettings) -> bool:
    return _of_tickets(before) != _of_tickets(after)


def _of_tickets(one: DeskSettings) -> tuple[object, ...]:
    """Return what the folds of tickets read."""
    return (one.since, one.own_addresses, one.engineers, one.hours, dict(one.targets))
