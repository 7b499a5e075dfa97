"""What must be true of a desk whatever happened: kept beside it, compared at quiet points."""

import hashlib
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field

_ENGINES_OWN = {"engine", "touched", "sqlite_sequence"}
_NUMBER = re.compile(rb"\((\d+)\)\r?\n?\Z")
_UNDER_WAY = "('queued','sending','handing_over','accepted')"


@dataclass
class Reply:
    """A reply that was queued: how often it may be at the sending server."""

    msgid: str
    retries: int = 0
    "How often a person had it sent again though it may have been sent."
    is_gone: bool = False
    "Parked or discarded by a person."


@dataclass
class Ledger:
    """What was decided, and what was ever seen on the desk."""

    replies: dict = field(default_factory=dict)
    notes: dict = field(default_factory=dict)
    links: set = field(default_factory=set)
    categories: dict = field(default_factory=dict)
    drafts: dict = field(default_factory=dict)
    tickets: set = field(default_factory=set)
    messages: dict = field(default_factory=dict)
    facts: set = field(default_factory=set)

    def check(self, ground, sink):
        """Compare the desk and what has left with what was decided."""
        self._nothing_went(ground)
        self._decisions(ground)
        self._replies(ground, sink)
        self._no_twins(ground)

    def _nothing_went(self, ground):
        # a message's key may change where another has the same headers; its content does not
        held = dict(ground.rows("SELECT id, content_hash FROM message"))
        lost = [
            one
            for one, content in self.messages.items()
            if one not in held or (content and held[one] != content)
        ]
        assert not lost, f"messages {lost[:5]} are no longer on the desk, {len(lost)} in all"
        self.messages = held
        facts = {fact for (fact,) in ground.rows("SELECT id FROM journal")}
        assert self.facts <= facts, "facts are no longer in the journal"
        self.facts = facts
        tickets = {uid for (uid,) in ground.rows("SELECT uid FROM ticket")}
        leads = {uid for (uid,) in ground.rows("SELECT uid FROM alias")}
        lost = self.tickets - tickets - leads
        assert not lost, f"tickets that nothing leads to: {sorted(lost)}"
        self.tickets |= tickets
        orphans = ground.rows(
            "SELECT id FROM message WHERE ticket_uid<>'' AND ticket_uid NOT IN (SELECT uid FROM ticket)"
        )
        assert not orphans, "messages on a ticket that is not there"

    def _decisions(self, ground):
        notes = dict(ground.rows("SELECT uid, body FROM note"))
        assert self.notes.items() <= notes.items(), "a note is lost"
        drafts = dict(ground.rows("SELECT ticket_uid, text FROM draft"))
        assert self.drafts.items() <= drafts.items(), "a draft is lost"
        leads = dict(ground.rows("SELECT uid, ticket_uid FROM alias"))
        links = set(ground.rows("SELECT uid, target FROM ticket_link WHERE kind='kb'"))
        held = {(leads.get(uid, uid), target) for uid, target in self.links}
        assert held <= links | self.links & links, f"links are lost: {sorted(held - links)}"
        said = dict(ground.rows("SELECT uid, category FROM ticket"))
        joined = Counter(leads.values())
        for uid, category in self.categories.items():
            if uid in said and not joined[uid] and uid not in leads:
                assert said[uid] == category, f"ticket {uid}: {said[uid]}, not {category}"
        open_gates = ground.rows(
            "SELECT uid FROM ticket t WHERE status='closed' AND (category IS NULL OR NOT EXISTS"
            "(SELECT 1 FROM ticket_link l WHERE l.uid=t.uid AND l.kind='kb'))"
        )
        assert not open_gates, "the close gate is broken"

    def _replies(self, ground, sink):
        taken = Counter(_id_of(one.content) for one in sink.mails)
        rows = {
            one: (state, doubtful)
            for one, state, doubtful in ground.rows("SELECT id, state, doubtful FROM outbox")
        }
        for one, reply in self.replies.items():
            copies, (state, is_doubtful) = taken[reply.msgid], rows.get(one, ("gone", 0))
            told = f"reply {one[:8]} <{reply.msgid}>: {state}, {copies} copies left"
            assert (state == "gone") == reply.is_gone, told
            assert copies <= 1 + reply.retries, told
            if state in {"accepted", "sent"}:
                assert copies >= 1, told
            elif not is_doubtful and not reply.is_gone:
                assert copies == 0, told
        assert set(rows) <= set(self.replies), "a reply that nobody wrote"

    def _no_twins(self, ground):
        found = Counter()
        for (text,) in ground.rows(
            "SELECT t.body FROM message_text t JOIN message m ON m.id=t.id WHERE m.direction='in'"
        ):
            if number := _NUMBER.search(text.strip().encode()):
                found[number[1]] += 1
        twins = [number for number, count in found.items() if count > 1]
        assert not twins, f"mails that are on the desk twice: {twins[:5]}"


def differences(ground, seen):
    """Return how the desk differs from what the server holds; empty: not at all.

    `seen` is (flags by UID) by folder.
    """
    found = []
    for name, on_server in seen.items():
        cursor = ground.rows(
            "SELECT id, uidvalidity, high_uid, low_uid, server_count FROM folder WHERE name=?", name
        )
        if not cursor:
            found.append(f"{name}: not watched")
            continue
        ((folder_id, _, high, low, count),) = cursor
        places = dict(ground.rows("SELECT uid, flags FROM place WHERE folder_id=?", folder_id))
        skipped = {
            uid for (uid,) in ground.rows("SELECT uid FROM skipped WHERE folder_id=?", folder_id)
        }
        here, there = set(places) | skipped, set(on_server)
        if here != there:
            found.append(
                f"{name}: desk only {_few(here - there)}, server only {_few(there - here)}"
            )
        others = [
            uid for uid, flags in places.items()
            if uid in on_server and set(flags.split()) != on_server[uid]
        ]  # fmt: skip
        if others:
            found.append(f"{name}: other flags at {_few(others)}")
        if high < max(there, default=0) or low != 1 or count != len(there):
            found.append(f"{name}: cursor {low}..{high}, count {count} of {len(there)}")
    waiting = ground.rows(
        "SELECT count(*) FROM message WHERE has_body=0 AND id IN "
        "(SELECT message_id FROM place WHERE size < 5000000)"
    )[0][0]
    if waiting:
        found.append(f"{waiting} bodies are not here")
    # what is larger comes on demand
    unchecked = ground.rows("SELECT count(*) FROM place WHERE checked=0 AND size < 5000000")[0][0]
    if unchecked:
        found.append(f"{unchecked} copies are not compared")
    if leaving := ground.rows(f"SELECT count(*) FROM outbox WHERE state IN {_UNDER_WAY}")[0][0]:
        found.append(f"{leaving} replies are under way")
    return "; ".join(found)


def wrong_contents(ground, name, raw_by_uid):
    """Return UIDs whose message on the desk is another than the server's."""
    wrong = []
    for uid, raw in raw_by_uid.items():
        rows = ground.rows(
            "SELECT m.msgid, m.direction, t.body FROM place p JOIN message m ON m.id=p.message_id "
            "JOIN folder f ON f.id=p.folder_id LEFT JOIN message_text t ON t.id=m.id "
            "WHERE f.name=? AND p.uid=?",
            name,
            uid,
        )
        if not rows:
            continue  # skipped
        msgid, direction, text = rows[0]
        number = _NUMBER.search(raw)
        if direction == "in" and number:
            if f"({number[1].decode()})" not in (text or "")[-40:]:
                wrong.append(uid)
        elif msgid and msgid.encode() not in raw:
            wrong.append(uid)
    return wrong


def digest(ground):
    """Return a hash of every table that is not the engine's own: equal, nothing was written."""
    found = {}
    with closing(sqlite3.connect(ground.folder / "desk.db")) as conn:
        names = [
            name
            for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table'")
            if name not in _ENGINES_OWN and not name.endswith("_vocab")
        ]
        conn.execute("BEGIN")
        for name in names:
            hashed = hashlib.blake2b()
            for row in conn.execute(f'SELECT * FROM "{name}"'):
                hashed.update(repr(row).encode())
            found[name] = hashed.hexdigest()
    return found


def _id_of(raw):
    found = re.search(rb"(?im)^message-id:\s*<([^>]*)>", raw)
    return found[1].decode() if found else ""


def _few(uids):
    ordered = sorted(uids)
    return f"{ordered[:6]}{'...' if len(ordered) > 6 else ''} ({len(ordered)})"
