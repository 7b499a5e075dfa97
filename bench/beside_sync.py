"""A key in the console while mail is parsed and stored beside it, against a desk at rest.

    .venv/bin/python bench/beside_sync.py [--times 60]

Beside the console a process parses mails of 12 KB and brings them in through the intake, batch
after batch, at full speed: what the engine does during a first sync, without waiting for a
server. Rest and load take turns on one console. Reach: 1.3 times the key at rest, by the median.
With two cores that others use too, the load itself takes one of them.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import on_screen
from ground import big_desk, numbers

TURNS = 3
BATCH = 50
REACH = 1.3
KEYS = {"j": b"j", "page": b" "}


def write_mail(folder):
    """Bring mail in until the standard input ends, saying how much."""
    import select

    from parse import a_mail

    from storage.db import wake
    from storage.db.blobs import Blobs
    from storage.intake import arrivals
    from storage.mail.parse import parse_mail
    from storage.store import Desk

    chance, number = random.Random(time.monotonic_ns()), 0
    with Desk(folder) as desk:
        while not select.select([sys.stdin], [], [], 0)[0]:
            batch = [a_mail(chance, number + one) for one in range(BATCH)]
            mails = [(raw, parse_mail(raw)) for raw in batch]
            with desk.writing() as conn:
                arrivals.whole(conn, mails, prove=lambda _: False, blobs=Blobs(folder))
            wake.knock(folder, wake.CONSOLE)
            number += BATCH
    print(number)


def pressed(terminal, times):
    """Return {key: answers}, from the top of the list."""
    terminal.press(b"gg")
    sign = on_screen.BAR.encode()
    return {
        name: [terminal.press(key, sign=sign).sign_ms for _ in range(times)]
        for name, key in KEYS.items()
    }


@contextmanager
def writer_on(folder):
    """Run the writer for the block; the list gets how many mails it brought in."""
    written = []
    process = subprocess.Popen(
        [sys.executable, __file__, "--write", str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield written
    finally:
        written.append(int(process.communicate(input="\n")[0]))


def measure(folder, times, loaded=writer_on):
    """Return the keys at rest, those while `loaded(folder)` runs, and its mails a second."""
    terminal = on_screen.start_ours(folder)
    rest, load = {one: [] for one in KEYS}, {one: [] for one in KEYS}
    written, seconds = 0, 0.0
    try:
        terminal.read_until(on_screen.ROWS, times=on_screen.ROWS_SEEN)
        terminal.read_until_silent(silence=on_screen.SETTLED, most=15)
        for _ in range(TURNS):
            for name, took in pressed(terminal, times).items():
                rest[name] += took
            started = time.perf_counter()
            with loaded(folder) as brought:
                time.sleep(2.0)  # its imports
                for name, took in pressed(terminal, times).items():
                    load[name] += took
            written += sum(brought)
            seconds += time.perf_counter() - started
    finally:
        terminal.end()
    return rest, load, written / seconds


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--times", type=int, default=40)
    options.add_argument("--write", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.write:
        write_mail(Path(asked.write))
        return
    with tempfile.TemporaryDirectory(prefix="rotadesk-bench-") as folder:
        desk = Path(folder) / "desk"
        shutil.copytree(big_desk.kept(), desk, ignore=shutil.ignore_patterns("peer", "*.wake"))
        rest, load, rate = measure(desk, asked.times)
    print(numbers.machine())
    print(f"{rate:.0f} mails/s written beside it")
    for name in KEYS:
        still, busy = numbers.median(rest[name]), numbers.median(load[name])
        told = numbers.verdict(round(busy / still, 2), REACH, "times")
        print(
            f"{name:6} p50 {still:6.1f} -> {busy:6.1f} ms   p95 {numbers.p95(rest[name]):6.1f}"
            f" -> {numbers.p95(load[name]):6.1f} ms   ratio {busy / still:5.2f}   {told}"
        )


if __name__ == "__main__":
    main()
