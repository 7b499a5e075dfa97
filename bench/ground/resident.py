"""An engine that is already there, against a run of mbsync: what one change costs each.

The engine is stopped while the mailbox changes, so that both sides find all of it at once,
and it is counted from the moment it may run again until the desk is alike. mbsync is
counted from its start to its end: it keeps no connection.
"""

import itertools
import random
import time

from ground.mailbox import mails
from ground.rows import Row

HEARD_SECONDS = 1.5
"Dovecot tells a waiting client of a change half a second later."
PATIENCE = 60.0
REACHES = {"nothing new": 1 / 5, "100 new": 1 / 3, "1,000 flags": 1 / 2, "300 expunged": 1 / 2}
NEW, MARKED, GONE = 100, 1_000, 300
KEYWORDS = ("\\Flagged", "\\Answered", "\\Draft")


class Resident:
    """Engine and mbsync over one mailbox that both have read through."""

    def __init__(self, server, user, engine, peer):
        self.server, self.user, self.engine, self.peer = server, user, engine, peer
        self._chance = random.Random(4)
        self._new = mails(10**9)
        self._turn = itertools.count()
        self._their_cpu = []

    def rows(self, *, runs, kind):
        """Yield one row a change; the sides take turns in being first."""
        for name, step in (
            ("nothing new", self._nothing),
            ("100 new", self._appended),
            ("1,000 flags", self._marked),
            ("300 expunged", self._expunged),
        ):
            self._their_cpu = []
            taken = [step() for _ in range(runs)]
            reach = REACHES[name] if kind == "QRESYNC" else 1.0
            yield Row(
                step=f"{name}, resident, {kind}",
                ours=[ours for ours, _, _ in taken],
                theirs=[theirs for _, theirs, _ in taken if theirs is not None],
                reach=reach,
                is_ratio=True,
                cpu=([cpu for _, _, cpu in taken], self._their_cpu),
            )

    def _theirs(self):
        if self.peer is None:
            return None
        took = self.peer.sync()
        self._their_cpu.append(self.peer.cpu)
        return took

    def _nothing(self):
        engine = self.engine
        engine.rest(quiet=1.2)  # its row names whole seconds
        before, spent = engine.status().get("synced_at"), engine.cpu_seconds()
        first = self._theirs() if next(self._turn) % 2 else None
        began = time.perf_counter()
        engine.ask()
        came = engine.reached(
            lambda: engine.status().get("synced_at") != before and engine.is_idle(), most=PATIENCE
        )
        ours = None if came is None else time.perf_counter() - began
        spent = engine.cpu_seconds() - spent
        return ours, first or self._theirs(), spent

    def _appended(self):
        engine = self.engine
        batch = [raw for _, raw in itertools.islice(self._new, NEW)]
        expected = engine.count("place") + NEW
        return self._changed(
            lambda: self.server.append(self.user, *batch),
            lambda: engine.count("place") == expected and not engine.count("message", "has_body=0"),
        )

    def _marked(self):
        flag = KEYWORDS[next(self._turn) // 2 % len(KEYWORDS)]
        where = f"flags LIKE '%{flag}%'"
        uids = [uid for (uid,) in self.engine.rows("SELECT uid FROM place")]
        chosen = self._chance.sample(uids, min(MARKED, len(uids)))
        had = {uid for (uid,) in self.engine.rows(f"SELECT uid FROM place WHERE {where}")}  # noqa: S608 - ours
        expected = len(had | set(chosen))
        return self._changed(
            lambda: self.server.add_flags(self.user, chosen, flag),
            lambda: self.engine.count("place", where) == expected,
        )

    def _expunged(self):
        uids = [uid for (uid,) in self.engine.rows("SELECT uid FROM place")]
        chosen = self._chance.sample(uids, GONE)
        expected = len(uids) - GONE
        return self._changed(
            lambda: self.server.expunge(self.user, chosen),
            lambda: self.engine.count("place") == expected,
        )

    def _changed(self, change, is_alike):
        """Make a change and return the seconds of both sides and the engine's CPU."""
        engine, is_ours_first = self.engine, next(self._turn) % 2 == 0
        engine.rest()
        with engine.deaf(seconds=HEARD_SECONDS):
            change()
            theirs = None if is_ours_first else self._theirs()
            spent = engine.cpu_seconds()
        ours = engine.reached(is_alike, most=PATIENCE, every=0.002)
        engine.rest()
        spent = engine.cpu_seconds() - spent
        if ours is None:
            # not seen in time: the next step must begin with a desk that is alike
            engine.end()
            engine.start("--once")
            engine.process.wait()
            engine.start()
            engine.reached(engine.is_idle)
        return ours, self._theirs() if theirs is None else theirs, spent
