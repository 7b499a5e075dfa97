"""A desk of 100,000 invented tickets, written straight into its tables: about a minute.

3 in 100 are open, or all of them; a ticket has 1 to 3 mails, and every ended one has the facts
that ended it. It is kept beside the benches until this module or the schema changes.
"""

import hashlib
import json
import random
import shutil
import sqlite3
import zlib
from pathlib import Path

from storage.db import migrate
from storage.records.ids import derived_uid, message_id_hash
from storage.records.words import Priority
from storage.rules.sla import ALWAYS, DEFAULTS, Promise

NOW_MS = 1_764_000_000_000
PROMISE = Promise(targets=DEFAULTS, hours=ALWAYS)
MINUTES_APART = 5
ARTICLES, BUGS = 300, 60
WRITE = 2_000
EPOCH_2000 = 946_684_800
CATEGORIES = ("reliability", "usability", "functional", "deliverability", "abuse", "outreach")
TOPICS = ("webhooks", "login", "billing", "domains", "exports", "api keys", "delays", "bounces")
SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
    "va",
    "we",
    "xi",
    "yo",
    "zu",
]
KEPT = Path(__file__).parents[1] / "kept"
CONFIG = '[me]\nname = "Ana"\nemail = "ana@desk.example"\n'
HEADER = zlib.compress(b"Subject: bench\r\n\r\n")
FACT = "INSERT INTO journal(id, change, kind, actor, ent, key, val) VALUES(?,?,?,?,?,?,?)"


class Builder:
    """Rows of one desk, by the batch."""

    def __init__(self, conn, *, open_share):
        self.conn = conn
        self.open_share = open_share
        self.chance = random.Random(7)
        self.words = [
            "".join(self.chance.choices(SYLLABLES, k=self.chance.randint(1, 4)))
            for _ in range(5_000)
        ]
        self.weights = [1 / (rank + 4) for rank in range(len(self.words))]
        self.stamps = 0

    def stamp(self, at_ms):
        self.stamps += 1
        high = at_ms.to_bytes(6, "big") + (0x7000).to_bytes(2, "big")
        return high + (1 << 63 | self.stamps).to_bytes(8, "big")

    def fact(self, entity, key, value, at_ms, kind):
        stamp = self.stamp(at_ms)
        return (stamp, stamp, kind, "ana@desk.example", entity, key, json.dumps(value))

    def desk(self):
        facts = [
            self.fact("desk", "address", "support@desk.example", 1, "desk.set"),
            self.fact("desk", "engineer:ana@desk.example", "Ana", 1, "desk.set"),
        ]
        self.conn.executemany(FACT, facts)
        self.conn.executemany(
            "INSERT INTO setting(key, val) VALUES(?,?)", [(one[5], one[6]) for one in facts]
        )
        for number in range(ARTICLES):
            uid = derived_uid("article", str(number).encode())
            title, text = f"How to mend {TOPICS[number % 8]} {number}", "Try again, then tell us."
            value = {"title": title, "text": text, "parents": []}
            head = hashlib.sha256(title.encode()).hexdigest()[:32]
            self.conn.execute(
                FACT, self.fact(f"article:{uid}", f"rev:{head}", value, 1, "article.write")
            )
            self.conn.execute(
                "INSERT INTO article(uid, title, body, head, is_answer, created_ms, updated_ms)"
                " VALUES(?,?,?,?,1,1,1)",
                (uid, title, text, head),
            )
        for number in range(BUGS):
            uid = derived_uid("bug", str(number).encode())
            self.conn.execute(
                FACT, self.fact(f"bug:{uid}", "title", f"Bug {number}", 1, "bug.file")
            )
            self.conn.execute(
                "INSERT INTO bug(uid, title, created_ms, created_by) VALUES(?,?,1,'ana@desk.example')",
                (uid, f"Bug {number}"),
            )

    def tickets(self, numbers, first_ms):
        tickets, mails, texts, ids, owners, links, facts, ended = [], [], [], [], [], [], [], []
        for n in numbers:
            at = first_ms + n * MINUTES_APART * 60_000
            root = f"{n}@acme.example"
            uid = derived_uid("rotadesk-ticket", root.encode())
            who = f"customer{n % 20_000}@acme{n % 500}.example"
            subject = f"{self.chance.choice(TOPICS)} {' '.join(self.chance.choices(self.words, self.weights, k=4))}"
            is_open = self.chance.random() < self.open_share
            count = self.chance.randint(1, 3)
            for k in range(count):
                row_id = at // 1000 - EPOCH_2000 + k
                msgid = root if k == 0 else f"{n}.{k}@acme.example"
                body = " ".join(self.chance.choices(self.words, self.weights, k=60))
                key = hashlib.sha256(msgid.encode()).digest()[:16]
                mails.append((row_id, key, key, hashlib.sha256(body.encode()).digest(), msgid,
                    root if k else "", root if k else "", n + 1, uid, "in", who, f"Customer {n % 20_000}",
                    '[["","support@desk.example"]]', subject, at, at + k * 1000, 2000, body[:150], 1, HEADER, 1))  # fmt: skip
                texts.append((row_id, subject, body, who))
                ids.append((message_id_hash(msgid), n + 1))
                owners.append((message_id_hash(msgid), row_id))
            due = None
            if is_open:
                due = PROMISE.first_response_due_ms(at, priority=Priority.NORMAL, channel="email")
            last = at + (count - 1) * 1000
            tickets.append((uid, subject, who, f"Customer {n % 20_000}", at, last, due, count, body[:150],
                "open" if is_open and n % 2 else "new"))  # fmt: skip
            article = derived_uid("article", str(n % ARTICLES).encode())
            if not is_open:
                category = CATEGORIES[n % 6]
                links.append((uid, "kb", article, "used"))
                ended.append((category, last + 3_600_000, uid))
                held = [one[1][:8].hex() for one in mails[-count:]]
                for key, value in (("category", category), (f"kb:{article}", "used"), ("seen", held), ("status", "closed")):  # fmt: skip
                    facts.append(self.fact(f"ticket:{uid}", key, value, last + 3_600_000, "ticket.close"))  # fmt: skip
            if n % 40 == 0:
                bug = derived_uid("bug", str(n // 40 % BUGS).encode())
                links.append((uid, "bug", bug, None))
                facts.append(self.fact(f"ticket:{uid}", f"bug:{bug}", value=True, at_ms=last, kind="ticket.bug"))  # fmt: skip
        self._write(
            tickets=tickets,
            mails=mails,
            texts=texts,
            ids=ids,
            owners=owners,
            links=links,
            facts=facts,
            ended=ended,
        )

    def _write(self, *, tickets, mails, texts, ids, owners, links, facts, ended):
        many = self.conn.executemany
        self.conn.execute("BEGIN")
        many(
            "INSERT INTO message(id, key, base_key, content_hash, msgid, in_reply_to, refs, component, ticket_uid,"
            " direction, from_addr, from_name, to_addrs, subject, date_ms, arrival_ms, size, snippet, has_body,"
            " header, parse_version) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            mails,
        )
        many("INSERT INTO message_text(id, subject, body, sender) VALUES(?,?,?,?)", texts)
        many("INSERT INTO message_fts(rowid, subject, body, sender) VALUES(?,?,?,?)", texts)
        many("INSERT INTO mail_id(hash, component) VALUES(?,?)", ids)
        many("INSERT INTO message_id_owner(hash, message_id) VALUES(?,?)", owners)
        many(
            "INSERT INTO ticket(uid, subject, requester, requester_name, created_ms, activity_ms, due_ms, messages,"
            " snippet, status) VALUES(?,?,?,?,?,?,?,?,?,?)",
            tickets,
        )
        many("INSERT INTO ticket_link(uid, kind, target, use) VALUES(?,?,?,?)", links)
        many(FACT, facts)
        many(
            "UPDATE ticket SET status='closed', raw_status='closed', category=?, ended_ms=? WHERE uid=?",
            ended,
        )
        self.conn.execute("COMMIT")


def kept(*, tickets: int = 100_000, open_share: float = 0.03) -> Path:
    """Return the folder of such a desk with its `config.toml`, built now or by an earlier run."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for step in sorted(Path(migrate.__file__).parent.glob("migrations/*.sql")):
        digest.update(step.read_bytes())
    kind = f"desk-{tickets}-{open_share:g}-"
    folder = KEPT / (kind + digest.hexdigest()[:12])
    for other in KEPT.glob(kind + "*"):
        if other != folder:
            shutil.rmtree(other)
    if not (folder / "desk.db").exists():
        print(f"building a desk of {tickets:,} tickets, kept for the next run", flush=True)
        build(folder, tickets=tickets, open_share=open_share)
    config = folder / "config.toml"
    config.write_text(CONFIG)
    config.chmod(0o600)
    return folder


def build(folder: Path, *, tickets: int, open_share: float) -> None:
    """Write the desk into `folder`, where there is none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    unfinished = folder / "unfinished.db"
    unfinished.unlink(missing_ok=True)
    migrate.migrate(unfinished)
    conn = sqlite3.connect(unfinished, isolation_level=None)
    conn.execute("PRAGMA synchronous=OFF")
    conn.execute("INSERT INTO message_fts(message_fts, rank) VALUES('hashsize', 67108864)")
    builder = Builder(conn, open_share=open_share)
    builder.desk()
    first_ms = NOW_MS - tickets * MINUTES_APART * 60_000
    for start in range(0, tickets, WRITE):
        builder.tickets(range(start, min(start + WRITE, tickets)), first_ms)
    conn.execute("INSERT INTO article_fts(article_fts) VALUES('rebuild')")
    conn.execute("INSERT INTO article_stem(article_stem) VALUES('rebuild')")
    conn.execute("ANALYZE")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    unfinished.rename(folder / "desk.db")
