"""The engine against a real mailbox: how tests start it, and what must be true afterwards."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from storage.mail.ids import proven_ticket
from storage.mail.transport import Timeouts
from storage.queries import hot
from storage.records.account import Account, Security, ServerAddress
from storage.records.desk import DeskSettings
from storage.records.local import ENGINE_ASKED, ViewState
from storage.records.mail import Address
from storage.store import Desk
from storage.sync import runner
from storage.sync.once import once
from storage.sync.orders import Orders, engine_on
from storage.sync.session import Session, Terms
from storage.sync.setup import Setup, seed_desk
from storage.sync.stop import Stop
from tests.imap.dovecot import PASSWORD

SUPPORT = "support@desk.example"
ANA = Address("Ana", "ana@desk.example")
KEY = b"the team's key"
QUICK = Timeouts(connect=5, read=5, accept=5)
NOWHERE = ServerAddress("localhost", 1, Security.NONE)
PATIENCE_SECONDS = 20.0
_ENGINES_OWN = {"engine", "touched", "sqlite_sequence"}


@dataclass
class Ground:
    """One user's mailbox and a desk for it."""

    server: object
    user: str
    folder: Path
    imap: ServerAddress
    smtp: ServerAddress = NOWHERE
    context: object = None
    profile: str = ""
    "Whose server it passes for."
    seed: DeskSettings = field(default_factory=lambda: DeskSettings(address=SUPPORT))

    def orders(self, **changes):
        account = Account(
            address=SUPPORT,
            username=self.user,
            imap=self.imap,
            smtp=self.smtp,
            my_name="Ana",
            profile=self.profile,
        )
        settings = {
            "give_setup": lambda: Setup(account=account, password=PASSWORD),
            "prove": lambda one: proven_ticket(one, key=KEY) is not None,
            "terms": Terms(timeouts=QUICK, context=self.context),
        }
        return Orders(**(settings | changes))

    def impatient(self):
        return Terms(timeouts=Timeouts(connect=2, read=0.5, accept=0.5), context=self.context)

    def once(self, **changes):
        """Run the engine until nothing is left to do; return its summary."""
        with self.desk() as desk:
            seed_desk(desk, self.seed, me=ANA)
        return once(self.folder, self.orders(**changes))

    def desk(self):
        return Desk(self.folder)

    def rows(self, sql, *values):
        with sqlite3.connect(self.folder / "desk.db") as conn:
            return conn.execute(sql, values).fetchall()

    def tickets(self):
        with self.desk() as desk:
            return desk.hot(hot.tickets("1"))

    def assert_alike(self, *folders):
        """Invariant I: desk and server hold the same, and a second run has nothing to do."""
        for name in folders or ("INBOX",):
            (cursor,) = self.rows(
                "SELECT id, uidvalidity, high_uid, low_uid, server_count FROM folder WHERE name=?",
                name,
            )
            places = dict(self.rows("SELECT uid, flags FROM place WHERE folder_id=?", cursor[0]))
            skipped = {
                uid for (uid,) in self.rows("SELECT uid FROM skipped WHERE folder_id=?", cursor[0])
            }
            on_server = self.server.flags(self.user, name)
            assert set(places) | skipped == set(on_server)
            assert {uid: set(flags.split()) for uid, flags in places.items()} == {
                uid: flags for uid, flags in on_server.items() if uid not in skipped
            }
            assert cursor[2] >= max(on_server, default=0)
            assert (cursor[3], cursor[4]) == (1, len(on_server))
        self.imap = self.server.address()
        before = self.everything()
        summary = self.once()
        assert (summary.fetched_headers, summary.fetched_bodies, summary.body_bytes) == (0, 0, 0)
        assert all(one.server == one.imported + one.skipped for one in summary.folders)
        assert self.everything() == before

    def everything(self):
        """Return every row of the desk but the engine's own."""
        names = self.rows("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")
        return {
            name: self.rows(f'SELECT * FROM "{name}"')
            for (name,) in names
            if name not in _ENGINES_OWN and not name.endswith("_vocab")
        }

    # -- a process of its own

    def write_config(self):
        path = self.folder.parent / "config.toml"
        path.touch(0o600)
        path.write_text(
            "\n".join(
                [
                    "[me]",
                    f'name = "{ANA.name}"',
                    f'email = "{ANA.email}"',
                    "[account]",
                    f'address = "{SUPPORT}"',
                    f'username = "{self.user}"',
                    'password_env = "DESK_PASSWORD"',
                    f"archive = {json.dumps(self.seed.archive)}",
                    *_server_lines("imap", self.imap),
                    *_server_lines("smtp", self.smtp),
                    "[team]",
                    'key_env = "DESK_TEAM_KEY"',
                    "",
                ]
            )
        )
        return path

    @contextmanager
    def process(self, *words, **environment):
        """Run `rotadesk` as a process; killed at the end unless it has ended."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "console"),
                *("--config", str(self.write_config()), "--desk", str(self.folder), *words),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ
            | {"DESK_PASSWORD": PASSWORD, "DESK_TEAM_KEY": KEY.decode()}
            | environment,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()

    def status(self):
        return json.loads(self.rows("SELECT status FROM engine")[0][0])

    def state(self):
        found = self.rows("SELECT status FROM engine") if self._has("engine") else []
        return json.loads(found[0][0])["state"] if found else ""

    def count(self, table, where="1"):
        return (
            self.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]
            if self._has(table)
            else 0
        )

    def _has(self, table):
        if not (self.folder / "desk.db").exists():
            return False
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name=?", table))


@contextmanager
def session_of(ground, **changes):
    """One connection of an engine that is driven step by step."""
    with ground.desk() as desk:
        seed_desk(desk, ground.seed, me=ANA)
    orders = ground.orders(**changes)
    with engine_on(ground.folder, orders, Stop()) as kit:
        session = Session(kit, orders.give_setup(), orders.terms)
        try:
            yield session
        finally:
            session.close()


@contextmanager
def running(ground, **changes):
    """Run the engine in a thread until the block ends."""
    with ground.desk() as desk:
        seed_desk(desk, ground.seed, me=ANA)
    stop = Stop()
    thread = threading.Thread(
        target=runner.run, args=(ground.folder, ground.orders(**changes), stop), daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.ask()
        ask(ground)
        thread.join(10)
        assert not thread.is_alive()


def ask(ground):
    """Do what a person does who wants it tried now."""
    with ground.desk() as desk:
        desk.write(ViewState(key=ENGINE_ASKED, value=str(time.monotonic_ns())))


def settled(session):
    """Do all that there is to do on a connection."""
    session.look()
    while session.step():
        pass


def a_mail(number, *, subject=None, sender="Zoe <zoe@acme.example>", text="It fails.", **headers):
    """Return a mail that is like no other with another number."""
    lines = {
        "From": sender,
        "To": SUPPORT,
        "Subject": subject or f"Question {number}",
        "Date": f"Mon, 02 Mar 2026 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02} +0000",
        "Message-ID": f"<m{number}@acme.example>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"{head}\r\n{text} ({number})\r\n".encode()


def wait_until(holds, *, seconds=PATIENCE_SECONDS):
    """Wait until `holds()` is true; fail where it does not become so."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
    return found


def commands(heard):
    """Return the commands that a client sent, without their tags."""
    lines = bytes(heard).split(b"\r\n")
    return [line.partition(b" ")[2].decode("latin-1") for line in lines if line]


def fetches(heard, part):
    """Return the UIDs of each FETCH of `part` ('HEADER', 'TEXT') that a client sent, in order."""
    pattern = rb"UID FETCH ([\d:,]+) \([^\r]*BODY\.PEEK\[" + part.encode() + rb"\]"
    return [_uids(found[1].decode()) for found in re.finditer(pattern, bytes(heard))]


def _uids(text):
    found = []
    for run in text.split(","):
        low, _, high = run.partition(":")
        found.extend(range(int(low), int(high or low) + 1))
    return found


def _server_lines(kind, server):
    return [
        f"[account.{kind}]",
        f'host = "{server.host}"',
        f"port = {server.port}",
        f'security = "{server.security}"',
    ]
