"""The first sync of a mailbox, from a throw-away Dovecot on this machine.

    .venv/bin/python bench/sync.py [--mails 20000]

Reach at 20,000 mails of 12 KB: the newest 200 on the desk after 2 s, all headers after 20 s,
all parsed and searchable after 90 s, 150 MB of memory. Counted from the start of the
engine's process; its own CPU seconds stand beside, so that a busy machine shows. A second
sync, with nothing new, stands below.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ground import mailbox, numbers  # noqa: E402 - beside this script
from ground.engine import Engine  # noqa: E402 - as above

from tests.imap import dovecot  # noqa: E402 - the test suite's own server


def run(engine, *, count):
    """Run the engine once; return when what was reached (wall, CPU) and its memory."""
    started = time.monotonic()
    process = engine.start("--once")
    moments, peak, cpu = {}, 0, 0
    while process.poll() is None:
        now, cpu = time.monotonic() - started, engine.cpu_seconds() or cpu
        headers = engine.count("place") if "headers" not in moments else count
        bodies = headers - engine.count("message", "has_body=0") if headers >= count else 0
        for name, reached in (
            ("first 200", headers >= min(200, count)),
            ("headers", headers >= count),
            ("searchable", bodies >= count),
        ):
            if reached:
                moments.setdefault(name, (now, cpu))
        peak = max(peak, engine.memory_mb())
        time.sleep(0.01 if "first 200" not in moments else 0.1)
    moments["whole run"] = (time.monotonic() - started, cpu)
    if process.returncode:
        raise SystemExit(f"the engine ended with {process.returncode}")
    return moments, peak


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--mails", type=int, default=20_000)
    count = options.parse_args().mails
    print(numbers.machine())
    with dovecot.started(dovecot.Kind()) as server, tempfile.TemporaryDirectory() as folder:
        user = server.new_user()
        size = mailbox.fill(server, user, count)
        print(f"{count:,} mails, {size / count / 1000:.1f} KB each")
        engine = Engine(Path(folder), user=user, port=server.port, password=dovecot.PASSWORD)
        moments, peak = run(engine, count=count)
        for name, reach in (("first 200", 2), ("headers", 20), ("searchable", 90)):
            at, cpu = moments.get(name, moments["whole run"])
            print(f"{name:12} {at:7.1f} s   CPU {cpu:5.1f} s  {numbers.verdict(at, reach, 's')}")
        print(f"{'memory':12} {peak:7.0f} MB               {numbers.verdict(peak, 150, 'MB')}")
        at, cpu = moments["whole run"]
        size = (engine.desk / "desk.db").stat().st_size / 1e6
        print(f"{'whole run':12} {at:7.1f} s   CPU {cpu:5.1f} s  desk {size:.0f} MB")
        again, peak = run(engine, count=count)
        at, cpu = again["whole run"]
        print(f"{'nothing new':12} {at:7.1f} s   CPU {cpu:5.1f} s  {peak:.0f} MB")
        print(f"load {numbers.load()}")


if __name__ == "__main__":
    main()
