"""How long a command takes, the whole process, on a desk of 100,000 tickets.

    .venv/bin/python bench/cli.py

Reach: list, show, search 150 ms; any other verb 450 ms. Beside them `python -c pass`, so that
a busy machine shows.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from ground import big_desk, numbers

RUNS = 15
ROTADESK = str(Path(sys.executable).with_name("rotadesk"))


def timed(argv, environ):
    """Return the median of the wall times and of the CPU times, in milliseconds."""
    walls, cpus = [], []
    for _ in range(RUNS):
        before, started = os.times(), time.perf_counter()
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
        walls.append((time.perf_counter() - started) * 1000)
        after = os.times()
        cpus.append((after[2] + after[3] - before[2] - before[3]) * 1000)
        if done.returncode:
            raise SystemExit(f"{argv}: {done.returncode} {done.stderr}")
    return statistics.median(walls), statistics.median(cpus)


def rows(environ):
    """Yield (name, limit in ms, argv) of what is measured."""

    def listed(*arguments):
        argv = [ROTADESK, "list", "--json", *arguments]
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    first = listed("--limit", "1")[0]["uid"]
    yield "python -c pass", None, [sys.executable, "-c", "pass"]
    yield "list", 150, [ROTADESK, "list"]
    yield "list --limit 50 --json", 150, [ROTADESK, "list", "--limit", "50", "--json"]
    yield "list --json (every open one)", None, [ROTADESK, "list", "--json"]
    yield "show T", 150, [ROTADESK, "show", first]
    yield "search billing", 150, [ROTADESK, "search", "billing"]
    yield "take T", 450, [ROTADESK, "take", first]
    yield "tag T a b", 450, [ROTADESK, "tag", first, "a", "b"]
    yield "category T abuse", 450, [ROTADESK, "category", first, "abuse"]
    yield "undo", 450, [ROTADESK, "undo"]
    yield "note T --text", 450, [ROTADESK, "note", first, "--text", "Seen it."]
    yield "bug list", 450, [ROTADESK, "bug", "list"]
    yield "kb list", 450, [ROTADESK, "kb", "list"]


def main():
    folder = big_desk.kept()
    environ = os.environ | {
        "ROTADESK_CONFIG": str(folder / "config.toml"),
        "ROTADESK_DESK": str(folder),
    }
    # an installed program has its bytecode; where none is kept each start compiles, 90 ms more
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(numbers.machine())
    print(f"{'command':<32}{'median':>10}{'CPU':>10}   reach")
    for name, limit, argv in rows(environ):
        wall, cpu = timed(argv, environ)
        told = "" if limit is None else f"{limit} ms{'' if wall <= limit else '  MISSED'}"
        print(f"{name:<32}{wall:>7.0f} ms{cpu:>7.0f} ms   {told}", flush=True)


if __name__ == "__main__":
    main()
