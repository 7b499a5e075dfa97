"""The engine beside mbsync, notmuch and neomutt: `make bench-sync`.

    .venv/bin/python bench/peers.py [--mails 20000] [--large] [--long] [--only STEP ...]

One Dovecot, one mailbox, the same mails for all, each step three times and turn by turn.
A ratio below 1 is faster than what stands beside it. Peers come by apt (isync, notmuch,
neomutt) where this is root; where they are not there, it says so and measures the rest.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import beside_sync  # noqa: E402 - beside this script
import fetch  # noqa: E402 - as above
from ground import (  # noqa: E402 - as above
    big_desk,
    kills,
    lasting,
    mailbox,
    numbers,
    peers,
    rows,
)
from ground.engine import Engine  # noqa: E402 - as above
from ground.resident import Resident  # noqa: E402 - as above
from ground.rows import Row  # noqa: E402 - as above

from tests.imap import dovecot  # noqa: E402 - the test suite's own server

STEPS = ("cold", "wire", "qresync", "plain", "killed", "keys")
FIRST_SCREEN = 200
LARGE = 100_000
KILLED_MAILS = 2_000
WIRE_MAILS = 4_000


class Ground:
    """A server with one full mailbox, and empty folders to sync it to."""

    def __init__(self, server, user, folder):
        self.server, self.user, self.folder = server, user, folder
        self._made = 0

    def _named(self, name):
        self._made += 1
        return self.folder / f"{name}{self._made}"

    def engine(self, **other):
        return Engine(self._named("ours"), **(self._access() | other))

    def peer(self):
        folder = self._named("theirs")
        folder.mkdir()
        return peers.Peer(folder, **self._access())

    def neomutt(self):
        folder = self._named("mutt")
        folder.mkdir()
        return peers.neomutt_screen(folder, **self._access())

    def _access(self):
        return {"user": self.user, "port": self.server.port, "password": dovecot.PASSWORD}


@contextmanager
def mailbox_of(count, kind=None):
    """Start a Dovecot with `count` mails in it."""
    with (
        dovecot.started(kind or dovecot.Kind()) as server,
        tempfile.TemporaryDirectory(prefix="rotadesk-bench-") as folder,
    ):
        user = server.new_user()
        size = mailbox.fill(server, user, count)
        said = f"{count:,} mails of {size / count / 1000:.1f} KB, load {numbers.load()}"
        print(f"-- {said}{', without ' + ' '.join(kind.without) if kind else ''}", flush=True)
        yield Ground(server, user, Path(folder))


def first_sync(ground, count):
    """Return wall and CPU of the first 200 and of everything, and the peak in MB."""
    engine = ground.engine()
    begun, cpu, peak, first = time.perf_counter(), 0.0, 0.0, None
    process = engine.start("--once")
    while process.poll() is None:
        cpu, peak = engine.cpu_seconds() or cpu, max(peak, engine.memory_mb())
        if first is None and engine.count("place") >= min(FIRST_SCREEN, count):
            first = time.perf_counter() - begun, cpu
        time.sleep(0.01 if first is None else 0.1)
    whole = time.perf_counter() - begun, cpu
    if process.returncode or engine.count("place") != count:
        raise SystemExit(f"the first sync ended with {process.returncode}")
    shutil.rmtree(engine.desk)
    return first, whole, peak


def cold(asked, count):
    """Everything from nothing: the first screen, the whole mailbox, both beside their peers."""
    first, whole, peak, mutt, mbsync, both = [], [], [], [], [], []
    with mailbox_of(count) as ground:
        for _ in range(asked.runs):
            ours = first_sync(ground, count)
            for kept, one in zip((first, whole, peak), ours, strict=True):
                kept.append(one)
            if asked.has_peers:
                mutt.append(ground.neomutt())
                peer = ground.peer()
                mbsync.append((peer.sync(), peer.cpu))
                cpu = peer.cpu
                both.append((mbsync[-1][0] + peer.index(), cpu + peer.cpu))
                if peer.count() != count:
                    raise SystemExit("mbsync did not bring every mail")
                shutil.rmtree(peer.folder)
    screen = 1 / 20 if count >= LARGE else 1 / 5
    for step, ours, theirs, reach in (
        ("first 200 on the desk : neomutt", first, mutt, screen),
        ("searchable : mbsync && notmuch new", whole, both, 1 / 6),
        ("searchable : mbsync alone", whole, mbsync, 1.2),
    ):
        yield Row(
            step=f"{step}, {count:,} cold",
            ours=[wall for wall, _ in ours],
            theirs=[wall for wall, _ in theirs],
            cpu=([cpu for _, cpu in ours], [cpu for _, cpu in theirs]),
            reach=reach,
            is_ratio=True,
        )
    yield Row(step=f"memory, {count:,} cold", ours=peak, unit="MB", reach=120)


def _resident(asked, count, kind, name):
    with mailbox_of(count, kind) as ground:
        engine, peer = ground.engine(), ground.peer() if asked.has_peers else None
        engine.start("--once")
        engine.process.wait()
        if peer:
            peer.sync()
        engine.start()
        try:
            if engine.reached(engine.is_idle) is None:
                raise SystemExit("the engine does not come to rest")
            beside = Resident(ground.server, ground.user, engine, peer)
            yield from beside.rows(runs=asked.runs, kind=name)
            if kind is None:
                yield lasting.idle(engine, seconds=asked.idle)
                yield lasting.large_mail(ground, engine)
        finally:
            engine.end()


def qresync(asked, count):
    yield from _resident(asked, count, None, "QRESYNC")


def plain(asked, count):
    kind = dovecot.Kind(without=("CONDSTORE", "QRESYNC"))
    yield from _resident(asked, count, kind, "plain")


def wire(asked, count):
    """Texts off the wire, nothing done with them."""
    count = min(count, WIRE_MAILS)
    with mailbox_of(count) as ground:
        uids = ground.server.uids(ground.user)
        speeds, spent = defaultdict(list), defaultdict(list)
        for _ in range(asked.runs):
            for one in (fetch.bare, fetch.ours, fetch.imapclient):
                size, wall, cpu = one(ground.server, ground.user, uids)
                speeds[one].append(size / wall / 1e6)
                spent[one].append(cpu)
    for one, reach in ((fetch.bare, 0.8), (fetch.imapclient, 4.0)):
        yield Row(
            step=f"body throughput : {one.__name__}",
            ours=speeds[fetch.ours],
            theirs=speeds[one],
            cpu=(spent[fetch.ours], spent[one]),
            unit="MB/s",
            reach=reach,
            at_least=True,
        )


def killed(asked, count):
    with mailbox_of(min(count, KILLED_MAILS)) as ground:
        yield from kills.rows(ground, kills=asked.kills)


def keys(asked, count):
    """A key in the console of a desk of 100,000 tickets while the engine takes a mailbox in."""
    with mailbox_of(count) as ground:
        desk = ground.folder / "desk"
        shutil.copytree(big_desk.kept(), desk, ignore=shutil.ignore_patterns("peer", "*.wake"))
        engine = ground.engine(desk=desk)

        @contextmanager
        def syncing(_folder):
            before, brought = engine.count("place"), []
            engine.start()
            try:
                yield brought
            finally:
                if engine.is_idle():
                    raise SystemExit("the engine was done before the keys were: more --mails")
                engine.end()
                brought.append(engine.count("place") - before)

        rest, load, rate = beside_sync.measure(desk, asked.times, syncing)
        for name in beside_sync.KEYS:
            yield Row(
                step=f"key {name} while syncing : at rest",
                ours=load[name],
                theirs=rest[name],
                unit="ms",
                reach=1.2,
                note=f"p95 {numbers.p95(load[name]):.0f} : {numbers.p95(rest[name]):.0f} ms,"
                f" {rate:.0f} headers/s",
            )


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--mails", type=int, default=20_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--large", action="store_true", help="100,000 mails")
    options.add_argument("--idle", type=int, default=60, help="seconds in IDLE, scaled to 600")
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--times", type=int, default=40, help="keys of a kind and turn")
    options.add_argument("--long", action="store_true", help="ten minutes in IDLE, 200 kills")
    options.add_argument("--only", nargs="+", choices=STEPS, default=STEPS)
    asked = options.parse_args()
    count = LARGE if asked.large else asked.mails
    if asked.long:
        asked.idle, asked.kills = lasting.TEN_MINUTES, 200
    if lacking := dovecot.lacking():
        raise SystemExit(lacking)
    told = peers.lacking()
    asked.has_peers = not told
    print(told or "beside it: " + ", ".join(peers.PACKAGES))
    print(numbers.machine())
    print(rows.HEADLINE)
    missed = 0
    for step in asked.only:
        for row in globals()[step](asked, count):
            row.show()
            missed += row.is_missed
    print(f"{missed} missed, load {numbers.load()}")


if __name__ == "__main__":
    main()
