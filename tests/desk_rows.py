"""A desk of bare rows, for what reads them: real SQLite, the real schema, no door."""

import sqlite3
from pathlib import Path

from storage.records.ids import derived_uid
from storage.rules.grams import cjk_grams

MIGRATIONS = Path(__file__).parents[1] / "storage" / "db" / "migrations"
DAY_MS = 86_400_000
START_MS = 1_767_225_600_000  # 2026-01-01


def a_desk(path=":memory:") -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    for step in sorted(MIGRATIONS.glob("*.sql")):
        conn.executescript(step.read_text())
    return conn


def runs(conn):
    """What runs queries on `conn`, as the desk's own readers do."""
    return lambda query: [query.make(row) for row in conn.execute(query.sql, query.values)]


def uid_of(name: str) -> str:
    return derived_uid("ticket", name.encode())


def put(conn, table, **values):
    """Insert a row; whatever the schema demands beyond `values` becomes empty."""
    for _, name, kind, is_needed, default, _ in conn.execute(f"PRAGMA table_info({table})"):
        if is_needed and default is None and name not in values and name != "id":
            values[name] = {"TEXT": "", "INTEGER": 0, "BLOB": b""}[kind]
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    return conn.execute(f"INSERT INTO {table}({names}) VALUES({marks})", tuple(values.values()))


def put_mail(conn, ticket, *, subject="", body="", sender="zoe@customer.example", n=None, **values):
    number = n or conn.execute("SELECT coalesce(max(id), 0) + 1 FROM message").fetchone()[0]
    at = START_MS + number * 60_000
    row = {
        "id": number,
        "key": number.to_bytes(16, "big"),
        "base_key": number.to_bytes(16, "big"),
        "ticket_uid": uid_of(ticket),
        "direction": "in",
        "from_addr": sender,
        "to_addrs": '[["","help@desk.example"]]',
        "subject": subject,
        "date_ms": at,
        "arrival_ms": at,
        "has_body": 1,
        **values,
    }
    columns = {one[1] for one in conn.execute("PRAGMA table_info(message)")}
    put(conn, "message", **{name: value for name, value in row.items() if name in columns})
    text = (number, subject, body, sender, "", cjk_grams(f"{subject}\n{body}"))
    conn.execute("INSERT INTO message_text VALUES(?,?,?,?,?,?)", text)
    conn.execute(
        "INSERT INTO message_fts(rowid, subject, body, sender, files, grams) VALUES(?,?,?,?,?,?)",
        text,
    )
    conn.execute(
        "UPDATE ticket SET activity_ms=max(activity_ms, ?) WHERE uid=?", (at, uid_of(ticket))
    )


def put_ticket(conn, name, *, body=None, subject=None, links=(), **values):
    """A ticket, with a first mail where `body` or `subject` is given."""
    row = {"created_ms": START_MS, "activity_ms": START_MS, **values}
    if row.get("status") == "closed":
        row |= {"status": "open", "category": row.get("category", "abuse")}
        links = [*links, ("kb", "ARTICLE0")]
    put(conn, "ticket", uid=uid_of(name), subject=subject or "", **row)
    for kind, target in links:
        conn.execute(
            "INSERT OR IGNORE INTO ticket_link VALUES(?,?,?,NULL)", (uid_of(name), kind, target)
        )
    if values.get("status") == "closed":
        conn.execute("UPDATE ticket SET status='closed', ended_ms=1 WHERE uid=?", (uid_of(name),))
    if body is not None or subject is not None:
        put_mail(conn, name, subject=subject or "", body=body or "")


def put_note(conn, ticket, body):
    number = conn.execute("SELECT count(*) + 1 FROM note").fetchone()[0]
    put(conn, "note", uid=f"NOTE{number}", ticket_uid=uid_of(ticket), at_ms=START_MS, body=body)
    conn.execute("INSERT INTO note_fts(rowid, body) VALUES(?,?)", (number, body))
