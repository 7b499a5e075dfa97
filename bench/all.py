"""Every bench, one after the other, and what missed its reach: `make bench`.

.venv/bin/python bench/all.py [NAME ...]
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from ground import numbers

BENCHES = ("on_screen", "beside_sync", "list", "cli", "search", "parse", "fetch", "sync")


def main():
    chosen = sys.argv[1:] or BENCHES
    summary = []
    for name in chosen:
        path = Path(__file__).with_name(f"{name}.py")
        if not path.exists():
            raise SystemExit(f"There is no bench {name}; there are {', '.join(BENCHES)}.")
        print(f"\n== {name} ==", flush=True)
        load, started = numbers.load(), time.perf_counter()
        ran = subprocess.Popen(
            ["nice", sys.executable, str(path)],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        missed = 0
        for line in ran.stdout:
            print(line, end="", flush=True)
            missed += "MISSED" in line
        told = "failed" if ran.wait() else f"{missed} missed" if missed else "all reached"
        summary.append((name, told, time.perf_counter() - started, load))
    print(f"\n{'bench':14}{'result':14}{'took':>8}   load at its start")
    for name, told, took, load in summary:
        print(f"{name:14}{told:14}{took:6.0f} s   {load}")


if __name__ == "__main__":
    main()
