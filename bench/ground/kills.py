"""`kill -9` at random instants of a first sync, again and again, until the desk is there.

The desk must be the one of a sync that nobody disturbed: the same mails on the same tickets
with the same content. What is asked for twice is counted at a proxy before the server.
"""

import random
import shutil
import signal
import subprocess
import time

from ground.rows import Row
from storage.mail import plan
from tests.imap.engine_ground import fetches
from tests.imap.proxy import proxied

LOADING = 0.1
"How often it is killed while it only loads; else within a third of a whole sync after that."
BATCHES = {"HEADER": plan.WINDOW, "TEXT": plan.BATCH_MAILS}
EVERYTHING = (
    "SELECT hex(m.key), m.ticket_uid, hex(m.content_hash), m.has_body, p.uid, length(t.body)"
    " FROM message m LEFT JOIN place p ON p.message_id=m.id LEFT JOIN message_text t ON t.id=m.id"
)


def rows(ground, *, kills):
    """Yield what was lost or doubled, and what was fetched again."""
    with proxied(ground.server.port) as proxy:
        undisturbed = ground.engine()
        begun = time.monotonic()
        undisturbed.start("--once").wait()
        latest = (time.monotonic() - begun) / 3
        expected = sorted(undisturbed.rows(EVERYTHING), key=str)
        chance, killed, wrong, syncs = random.Random(9), 0, 0, 0
        again = {"HEADER": 0, "TEXT": 0}
        while killed < kills:
            engine = ground.engine(port=proxy.port)
            killed += _one_sync(engine, proxy, chance, again, most=kills - killed, latest=latest)
            syncs += 1
            wrong += len(set(expected) ^ set(engine.rows(EVERYTHING)))
            wrong += engine.rows("PRAGMA integrity_check") != [("ok",)]
            shutil.rmtree(engine.desk)
    told = f"{killed} kills in {syncs} first syncs of {len(expected):,} mails"
    yield Row(step="kill -9: mails lost or doubled", ours=[wrong], unit="mails", reach=0, note=told)
    for part, batch in BATCHES.items():
        said = {"HEADER": "headers", "TEXT": "texts"}[part]
        yield Row(
            step=f"kill -9: {said} asked for again, at most",
            ours=[again[part]],
            unit=said,
            reach=batch,
        )


def _one_sync(engine, proxy, chance, again, *, most, latest):
    """Sync until it ends by itself; return how often it was killed."""
    asked, killed = {"HEADER": set(), "TEXT": set()}, 0
    while True:
        proxy.heard.clear()
        process = engine.start("--once")
        if chance.random() > LOADING:
            engine.reached(lambda: proxy.heard)
        try:
            process.wait(None if killed == most else chance.uniform(0, latest))
        except subprocess.TimeoutExpired:
            engine.end(signal.SIGKILL)
            killed += 1
        for part, earlier in asked.items():
            now = {uid for some in fetches(proxy.heard, part) for uid in some}
            again[part] = max(again[part], len(now & earlier))
            earlier.update(now)
        if process.returncode == 0:
            return killed
