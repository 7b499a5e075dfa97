"""How long a search takes at 100,000 mails: `python bench/search.py [MAILS]`.

Builds a desk of invented mails in a temporary folder, 4 to a ticket, with words as common
as in real ones (Zipf), and prints the median and the slowest of 9 runs of each query.
"""

import random
import sqlite3
import statistics
import sys
import tempfile
import time
import zlib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from ground import numbers

from storage.queries import search
from storage.rules.search_syntax import parse

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
ME = "ana@desk.example"
CATEGORIES = ["reliability", "usability", "functional", "deliverability", "abuse", "outreach"]
STATES = ["new", "open", "pending", "on_hold", "closed", "dismissed"]
COMMON = {
    "fix": 0.84, "error": 0.58, "retry": 0.2, "domain": 0.15, "webhook": 0.12, "login": 0.1,
    "timeout": 0.06, "connection": 0.05, "queue": 0.04, "invoice": 0.03, "certificate": 0.01,
    "race": 0.01, "condition": 0.02, "umbrella": 0.004,
}  # fmt: skip
"Share of mails with the word, as measured on 100,000 texts of developers."
RUNS = 9
REACH = 15
LETTERS = "eeeeaaiioonnrrttssllccuuddppmmhhggbbffyywwkkvvxzjq"
WORDS_A_BODY = 300
WRITE = 1000


def build(path: Path, mails: int) -> None:
    """A desk of `mails` mails, committed by the thousand."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=OFF")
    conn.executescript(files("storage.db.migrations").joinpath("0001_desk.sql").read_text())
    conn.execute("INSERT INTO message_fts(message_fts, rank) VALUES('hashsize', 67108864)")
    chance = random.Random(7)
    vocabulary = ["".join(chance.choices(LETTERS, k=chance.randint(3, 10))) for _ in range(20_000)]
    weights = [1 / (rank + 4) for rank in range(len(vocabulary))]
    first_ms = NOW_MS - mails * 60_000
    header = zlib.compress(random.Random(1).randbytes(900))
    columns = {row[1] for row in conn.execute("PRAGMA table_info(message)")}
    for start in range(0, mails, WRITE):
        conn.execute("BEGIN")
        batch = range(start, min(start + WRITE, mails))
        bodies = chance.choices(vocabulary, weights, k=len(batch) * WORDS_A_BODY)
        rows, texts = [], []
        for place, n in enumerate(batch):
            at = first_ms + n * 60_000
            row_id = at // 1000 - 946_684_800
            # Conversations overlap: the four mails of a ticket lie a few hundred apart.
            ticket = (n % 400) // 4 * 4 + n // 400 * 400 if n % 3 else n // 4 * 4
            uid = f"{ticket // 4:016X}".replace("I", "1")
            words = bodies[place * WORDS_A_BODY : (place + 1) * WORDS_A_BODY]
            words += [one for one, share in COMMON.items() if chance.random() < share]
            chance.shuffle(words)
            words += ["race", "condition"] * (chance.random() < 0.003)
            body = " ".join(words) + f" req-{n}"
            sender = f"user{n % 5000}@customer{n % 700}.example"
            subject = " ".join(words[:5])
            values = {
                "id": row_id,
                "key": n.to_bytes(16, "big"),
                "base_key": n.to_bytes(16, "big"),
                "msgid": f"{n}@x",
                "component": ticket,
                "ticket_uid": uid,
                "direction": "in" if n % 4 else "out",
                "from_addr": sender,
                "to_addrs": '[["","help@desk.example"]]',
                "subject": subject,
                "date_ms": at,
                "arrival_ms": at,
                "size": 4000,
                "has_body": 1,
                "has_attachment": int(n % 20 == 0),
                "header": header,
                "parse_version": 1,
            }
            rows.append({name: value for name, value in values.items() if name in columns})
            texts.append((row_id, subject, body, sender, "", None))
        names = list(rows[0])
        marks = ",".join("?" * len(names))
        conn.executemany(
            f"INSERT INTO message({','.join(names)}) VALUES({marks})",
            [tuple(row.values()) for row in rows],
        )
        conn.executemany("INSERT INTO message_text VALUES(?,?,?,?,?,?)", texts)
        conn.executemany(
            "INSERT INTO message_fts(rowid, subject, body, sender, files, grams) VALUES(?,?,?,?,?,?)",
            texts,
        )
        conn.execute("COMMIT")
    tickets(conn, chance)
    conn.close()


def tickets(conn: sqlite3.Connection, chance: random.Random) -> None:
    conn.execute("BEGIN")
    found = conn.execute(
        "SELECT ticket_uid, min(arrival_ms), max(arrival_ms), min(from_addr), count(*)"
        " FROM message GROUP BY ticket_uid ORDER BY 2"
    ).fetchall()
    for n, (uid, created, active, requester, messages) in enumerate(found):
        state = chance.choices(STATES, [3, 5, 4, 2, 70, 16])[0]
        ended = active if state in {"closed", "dismissed"} else None
        conn.execute(
            "INSERT INTO ticket(uid, subject, requester, category, area, assignee, created_ms,"
            " activity_ms, messages) VALUES(?,?,?,?,?,?,?,?,?)",
            (uid, f"ticket {n}", requester, chance.choice(CATEGORIES), "general",
             chance.choice([ME, "ben@desk.example", None]), created, active, messages),
        )  # fmt: skip
        conn.execute("INSERT INTO ticket_link VALUES(?,'kb','ARTICLE000000001','used')", (uid,))
        if n % 50 == 0:
            conn.execute("INSERT INTO ticket_link VALUES(?,'tag','vip',NULL)", (uid,))
            conn.execute(
                "INSERT INTO note(uid, ticket_uid, actor, at_ms, body) VALUES(?,?,?,?,?)",
                (f"N{n:015}", uid, ME, active, f"looked at the {chance.choice([*COMMON])} note{n}"),
            )
        conn.execute("UPDATE ticket SET status=?, ended_ms=? WHERE uid=?", (state, ended, uid))
    conn.execute("INSERT INTO note_fts(note_fts) VALUES('rebuild')")
    conn.execute("COMMIT")


QUERIES = [
    "fix",
    "timeout",
    "umbrella",
    "req-4242",
    "connection timeout",
    "fix error timeout",
    '"race condition"',
    "conn*",
    "tim*",
    "timeout is:open",
    "fix category:abuse is:pending",
    "umbrella tag:vip",
    "from:customer42.example fix",
    "from:user42@customer42.example",
    "subject:webhook is:open",
    "webhook -timeout",
    "(webhook or invoice) is:new",
    "note100",
    "is:open",
    "is:unread is:mine",
    "category:reliability status:closed newer:4w",
    "tag:vip has:note",
    "to:help is:open",
    "has:attachment older:2d",
]


def main() -> None:
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        started = time.perf_counter()
        build(path, mails)
        print(f"{mails:,} mails built in {time.perf_counter() - started:.0f} s")
        conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        conn.execute("PRAGMA cache_size=-65536")  # as every reader of the desk
        print(f"{'query':48} {'hits':>5} {'median ms':>10} {'slowest':>9}")
        medians = [measure(conn, query) for query in QUERIES]
        told = numbers.verdict(max(medians), REACH, "ms")
        print(f"{'slowest median':48} {'':5} {max(medians):10.1f}   {told}")


def measure(conn: sqlite3.Connection, query: str) -> float:
    def runs(made):
        return [made.make(row) for row in conn.execute(made.sql, made.values)]

    spent = []
    for _ in range(RUNS):
        started = time.perf_counter()
        tree = parse(query, now=NOW)
        found = search.newest(runs, tree, me=ME, now_ms=NOW_MS, limit=50)
        spent.append((time.perf_counter() - started) * 1000)
    median = statistics.median(spent)
    print(f"{query:48} {len(found):5} {median:10.1f} {max(spent):9.1f}")
    return median


if __name__ == "__main__":
    main()
