"""Random faults for a long time: nothing may be lost, doubled or on the wrong ticket.

    .venv/bin/python bench/faults.py --steps 10000 [--seed 1] [--mails 0] [--log FILE]
    .venv/bin/python bench/faults.py --hours 1 --mails 50000
    .venv/bin/python bench/faults.py --kills 200 [--mails 4000]

A throw-away Dovecot, a network that breaks, an engine that is killed, people who go on
working; `tests/imap/fault_world.py` says what happens. At each quiet point invariant I is
checked. The seed is printed; the same seed makes the same choices. A failure prints the last
steps and ends with status 1.
"""

import argparse
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from storage.mail import plan  # noqa: E402 - what is meant lies beside this script
from storage.sync.bodies import _MOST_AT_ONCE as MOST_TEXTS_AT_ONCE  # noqa: E402 - as above
from storage.sync.setup import seed_desk  # noqa: E402 - as above
from tests.imap import dovecot  # noqa: E402 - the test suite's own server
from tests.imap.engine_ground import ANA, Ground, a_mail, fetches  # noqa: E402 - as above
from tests.imap.fault_engine import Engines  # noqa: E402 - as above
from tests.imap.fault_world import World, a_step  # noqa: E402 - as above
from tests.imap.proxy import proxied  # noqa: E402 - as above

KINDS = {
    "all": {},
    "condstore": {"without": ("QRESYNC",)},
    "plain": {"without": ("QRESYNC", "CONDSTORE")},
    "deflate": {"compresses": True},
    "sdbox": {"mail_format": "sdbox", "without": ("QRESYNC",)},
    "bare": {"without": ("QRESYNC", "CONDSTORE", "IDLE", "MOVE", "ESEARCH")},
}
_TOLD_EVERY_SECONDS = 30.0
_LAST_STEPS = 120


def main():
    asked = _asked()
    print(
        f"seed {asked.seed}, server {asked.server}, {asked.mails:,} mails to begin with", flush=True
    )
    with (
        tempfile.TemporaryDirectory(prefix="desk-faults-") as home,
        dovecot.started(dovecot.Kind(**KINDS[asked.server])) as server,
        open(asked.log or "/dev/null", "w", encoding="utf-8") as log,  # noqa: PTH123 - one word for both
    ):
        server.compresses = asked.server == "deflate"
        return (
            _kills(asked, server, Path(home))
            if asked.kills
            else _run(asked, server, Path(home), log)
        )


def _run(asked, server, home, log):
    world = World(
        server,
        home,
        patience=asked.patience,
        tell=lambda line: print(f"{time.time():.3f} {line}", file=log, flush=True),
    )
    rng = random.Random(asked.seed)
    begun = told = time.monotonic()
    done = 0
    try:
        _fill(world, asked.mails)
        while _goes_on(asked, done, begun):
            name, seed = a_step(rng)
            if name == "quiet" and asked.rare and rng.random() < asked.rare:
                continue
            world.step(name, seed)
            done += 1
            if time.monotonic() - told > _TOLD_EVERY_SECONDS:
                told = time.monotonic()
                _progress(world, done, begun)
        world.step("quiet", 0)
        _folded_again(world)
        _progress(world, done, begun)
        print("invariant I holds", flush=True)
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - whatever it was, its story is wanted
        traceback.print_exc()
        print(f"failed after {done} steps, seed {asked.seed}; the last ones:")
        print("\n".join(world.log[-_LAST_STEPS:]), flush=True)
        if asked.keep:
            import shutil

            shutil.copytree(
                world.ground.folder,
                asked.keep,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("*.wake"),
            )
        return 1
    finally:
        world.close()
    return 0


def _kills(asked, server, home):
    """Kill first syncs at random instants; every life may ask for one batch again."""
    rng = random.Random(asked.seed)
    kills, headers, bodies = 0, [0], [0]
    for number in range(asked.kills):
        if kills >= asked.kills:
            break
        user = server.new_user()
        raw = [a_mail(n, text="It fails. " * rng.randrange(1, 1_500)) for n in range(asked.mails)]
        for start in range(0, len(raw), 500):
            server.append(user, *raw[start : start + 500])
        with proxied(server.port) as proxy:
            ground = Ground(server, user, home / str(number) / "desk", proxy.address())
            ground.folder.mkdir(parents=True)
            with ground.desk() as desk:
                seed_desk(desk, ground.seed, me=ANA)
            engines = Engines(ground)
            try:
                kills += _lives(rng, engines, proxy, headers, bodies, most=asked.kills - kills)
            finally:
                engines.close()
            _whole(ground, asked.mails)
        print(
            f"{kills:4} kills  mailbox {number} of {asked.mails:,} mails whole  asked again after a "
            f"kill: headers {max(headers)}, texts {max(bodies)} at most",
            flush=True,
        )
    assert max(headers) <= plan.WINDOW, headers
    assert max(bodies) <= MOST_TEXTS_AT_ONCE, bodies
    print(f"{kills} kills: nothing lost, nothing twice", flush=True)
    return 0


def _lives(rng, engines, proxy, headers, bodies, *, most):
    """Let one first sync be killed until it is done; return how often it was."""
    kills = 0
    known = {"HEADER": set(), "TEXT": set()}
    while True:
        proxy.forget()
        engines.start("once", read=20.0)
        if kills < most:
            time.sleep(rng.uniform(0.0, 0.9))
        else:
            engines.wait(seconds=600)
        was_killed = engines.runs
        engines.kill()
        for part, again in (("HEADER", headers), ("TEXT", bodies)):
            asked = {uid for some in fetches(proxy.heard, part) for uid in some}
            again.append(len(asked & known[part]))
            known[part] |= asked
        if not was_killed:
            return kills
        kills += 1


def _whole(ground, mails):
    """Every mail is on the desk once, with its text, and nothing is left to do."""
    ground.assert_alike("INBOX")
    assert ground.count("message") == ground.count("message", "has_body=1") == mails
    texts = {text[-12:] for (text,) in ground.rows("SELECT body FROM message_text")}
    assert len(texts) == mails, "a mail lies on the desk twice"


def _goes_on(asked, done, begun):
    if asked.hours:
        return time.monotonic() - begun < asked.hours * 3600
    return done < asked.steps


def _fill(world, mails):
    """Put a large mailbox there before anything happens."""
    for start in range(0, mails, 500):
        some = range(10_000_000 + start, 10_000_000 + min(start + 500, mails))
        world.client.multiappend("INBOX", [{"msg": a_mail(n), "flags": ()} for n in some])
    if mails:
        begun = time.monotonic()
        told = world.engines.once(seconds=3_600)
        assert not told["error"], told["error"]
        print(f"first sync of {mails:,}: {time.monotonic() - begun:.0f} s", flush=True)


def _folded_again(world):
    """What is shown of tickets is what folding every fact and mail anew gives."""
    tables = ("ticket", "ticket_link", "note", "alias")
    before = {one: _rows(world, one) for one in tables}
    world.desk.rebuild()
    after = {one: _rows(world, one) for one in tables}
    changed = [one for one in tables if before[one] != after[one]]
    for one in changed:
        print(one, sorted(set(before[one]) ^ set(after[one]))[:6])
    assert not changed, f"folding again changes {changed}"


def _rows(world, table):
    """Return the rows of a table but for their numbers, which folding gives anew."""
    names = [name for _, name, *_ in world.ground.rows(f"PRAGMA table_info({table})")]
    kept = ", ".join(name for name in names if name != "id")
    return sorted(map(repr, world.ground.rows(f"SELECT {kept} FROM {table}")))  # noqa: S608 - names of ours


def _progress(world, done, begun):
    copies = len(world.sink.mails)
    messages = world.ground.rows("SELECT count(*) FROM message")[0][0]
    print(
        f"{time.monotonic() - begun:6.0f} s  {done:6,} steps  {world.quiets:4} quiet  "
        f"{world.kills:4} kills  {messages:6,} mails  {len(world.ledger.replies):4} replies, "
        f"{copies} left  slowest end {world.engines.slowest_end:.1f} s",
        flush=True,
    )


def _asked():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--hours", type=float, default=0.0)
    parser.add_argument("--kills", type=int, default=0, help="of first syncs; --mails each")
    parser.add_argument("--mails", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--server", choices=list(KINDS), default="all")
    parser.add_argument("--patience", type=float, default=120.0)
    parser.add_argument(
        "--rare", type=float, default=0.0, help="leave out this share of quiet points"
    )
    parser.add_argument("--log", default="", help="write every step there, as it happens")
    parser.add_argument("--keep", default="", help="copy the desk there after a failure")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
