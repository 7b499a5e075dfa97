"""Where the processor time of a first sync goes, a mail: everything but the wire.

    .venv/bin/python bench/stages.py [--mails 3000]

The stages of the engine one after the other in this process, on the mails of the other benches.
CPU only: what waits for a server or a disk is not in it.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ground import mailbox, numbers  # noqa: E402 - beside this script

from storage.db.blobs import Blobs  # noqa: E402 - found by the line above
from storage.db.engine import driver  # noqa: E402 - as above
from storage.intake import arrivals, bodies, folders  # noqa: E402 - as above
from storage.mail.headers import parse_headers  # noqa: E402 - as above
from storage.mail.parse import parse_body  # noqa: E402 - as above
from storage.records.mail import IncomingBody, IncomingHeaders, Place  # noqa: E402 - as above
from storage.records.words import FolderRole  # noqa: E402 - as above
from storage.rules.quotes import snippet  # noqa: E402 - as above
from storage.store import Desk  # noqa: E402 - as above

HEADERS_AT_ONCE, BODIES_AT_ONCE = 100, 50


class Stages:
    def __init__(self):
        self.spent = defaultdict(float)

    @contextmanager
    def of(self, name):
        before = time.process_time()
        yield
        self.spent[name] += time.process_time() - before


def never_ours(_message_id):
    return False


def split(raw):
    end = b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n"
    head, blank, body = raw.partition(end)
    return head + blank, body


def headers(desk, folder, mails, stages):
    for start in range(0, len(mails), HEADERS_AT_ONCE):
        incoming = []
        with stages.of("headers parsed"):
            for uid, arrival, raw in mails[start : start + HEADERS_AT_ONCE]:
                head, _ = split(raw)
                at = datetime.fromtimestamp(arrival, UTC)
                place = Place(folder=folder.name, uid=uid, arrived_at=at, size=len(raw))
                parsed = parse_headers(head)
                incoming.append(IncomingHeaders(place=place, headers=parsed, raw=head))
        with stages.of("headers stored, threaded, folded"), desk.writing(is_forced=False) as conn:
            arrivals.headers(conn, folder.id, incoming, prove=never_ours)


def texts(desk, blobs, mails, stages):
    with desk.writing() as conn:
        rows = dict(driver(conn).execute("SELECT uid, message_id FROM place").fetchall())
    for start in range(0, len(mails), BODIES_AT_ONCE):
        incoming = []
        for uid, _, raw in mails[start : start + BODIES_AT_ONCE]:
            with stages.of("texts parsed"):
                body = parse_body(*split(raw))
            with stages.of("files written"):
                for part in body.parts:
                    if part.content is not None:
                        blobs.put(part.content)
            with stages.of("first words"):
                first = snippet(body.text)
            incoming.append(IncomingBody(message_id=rows[uid], body=body, snippet=first))
        with stages.of("texts stored, folded, indexed"), desk.writing(is_forced=False) as conn:
            bodies.bodies(conn, incoming, prove=never_ours, blobs=blobs)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--mails", type=int, default=3_000)
    count = options.parse_args().mails
    numbered = enumerate(mailbox.mails(count), 1)
    mails = [(uid, arrival, raw) for uid, (arrival, raw) in numbered][::-1]
    stages = Stages()
    with (
        tempfile.TemporaryDirectory(prefix="rotadesk-bench-") as folder,
        Desk(Path(folder)) as desk,
    ):
        with desk.writing() as conn:
            box = folders.watch(conn, "INBOX", FolderRole.INTAKE)
        headers(desk, box, mails, stages)
        texts(desk, Blobs(Path(folder)), mails, stages)
    print(f"{numbers.machine()}\n{count:,} mails, CPU a mail")
    for name, spent in stages.spent.items():
        print(f"{name:36}{spent / count * 1000:8.3f} ms")
    print(f"{'all':36}{sum(stages.spent.values()) / count * 1000:8.3f} ms")


if __name__ == "__main__":
    main()
