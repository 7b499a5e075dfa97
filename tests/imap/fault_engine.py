"""Engines as processes that can be killed at any instant, quickly started.

A mother process that has imported everything is forked for each engine. It holds no desk
and no connection, so what it forks is as new as a program that was just started. Run as a
module it is that mother: a line of JSON in, the engine's process id out.
"""

import contextlib
import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from storage.mail import imap_session
from storage.mail.transport import Timeouts
from storage.records.account import Security, ServerAddress
from storage.records.desk import DeskSettings
from storage.sync import runner
from storage.sync.once import once
from storage.sync.session import Terms
from storage.sync.stop import Stop, Stopped
from storage.sync.summary import GaveUpError
from tests.imap.engine_ground import SUPPORT, Ground, wait_until

TIMEOUTS = Timeouts(connect=3.0, read=1.5, accept=1.5)
_IMPATIENT = {
    "storage.sync.waiting._SHORTEST": 0.05,
    "storage.sync.waiting._LONGEST": 0.5,
    "storage.sync.outbound._FIRST_PAUSE_MS": 200,
    "storage.sync.outbound._LONGEST_PAUSE_MS": 1_000,
    "storage.sync.runner._RENEW_SECONDS": 1.0,
    "storage.sync.runner._POLL_SECONDS": 0.7,
    "storage.sync.runner._BACKGROUND_POLL_SECONDS": 0.7,
    "storage.sync.session._NEWS_SECONDS": 0.5,
    "storage.sync.session._ALL_FLAGS_SECONDS": 3.0,
}
"What takes minutes in life: tests have seconds."


class Engines:
    """Starts engines, one at a time, and ends them as life does."""

    def __init__(self, ground):
        self._ground = ground
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "tests.imap.fault_engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            text=True,
        )
        self._pid = 0
        self._lives = 0
        self.slowest_end = 0.0
        "Seconds that the slowest engine took to end when it was asked to."

    @property
    def runs(self):
        if self._pid and not _lives(self._pid):
            self._pid = 0
        return bool(self._pid)

    def start(self, mode="run", **changes):
        """Start an engine; `mode` is 'run' or 'once'."""
        assert not self.runs
        self._lives += 1
        order = {
            "mode": mode,
            "folder": str(self._ground.folder),
            "user": self._ground.user,
            "imap": self._ground.imap.port,
            "smtp": self._ground.smtp.port,
            "archive": self._ground.seed.archive,
            "told": str(self._told),
            "read": TIMEOUTS.read,
            "compresses": getattr(self._ground.server, "compresses", False),
            **changes,
        }
        self._told.unlink(missing_ok=True)
        self._mother.stdin.write(json.dumps(order) + "\n")
        self._mother.stdin.flush()
        self._pid = int(self._mother.stdout.readline())

    def kill(self):
        self._end(signal.SIGKILL)

    def stop(self, *, seconds=10.0):
        """Ask it to end, as a system does that shuts down."""
        begun = time.monotonic()
        self._end(signal.SIGTERM, seconds=seconds)
        self.slowest_end = max(self.slowest_end, time.monotonic() - begun)

    def once(self, *, seconds=120.0, **changes):
        """Run one to its end; return what it told."""
        self.start("once", **changes)
        self.wait(seconds=seconds)
        assert self._told.exists(), "the engine ended without a word"
        return json.loads(self._told.read_text())

    def wait(self, *, seconds):
        """Wait until a single run has ended by itself."""
        wait_until(lambda: not self.runs, seconds=seconds)

    def fault(self):
        """Return what broke inside an engine that ended by a fault of ours."""
        found = json.loads(self._told.read_text()) if self._told.exists() else {}
        return found.get("fault", "")

    def close(self):
        self.kill()
        self._mother.stdin.close()
        self._mother.stdout.close()
        self._mother.wait(10)

    @property
    def _told(self):
        return self._ground.folder.parent / f"told-{self._lives}.json"

    def _end(self, number, *, seconds=10.0):
        if not self.runs:
            return
        pid = self._pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        wait_until(lambda: not _lives(pid), seconds=seconds)
        self._pid = 0


def _lives(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def main():
    for name, value in _IMPATIENT.items():
        module, _, constant = name.rpartition(".")
        assert hasattr(importlib.import_module(module), constant), name
        setattr(importlib.import_module(module), constant, value)
    # what ended is forgotten at once: its id is free for nobody to wait for
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _live(json.loads(line))
        print(pid, flush=True)  # noqa: T201 - the answer


def _live(order):
    status = 1
    try:
        # ends with its mother, whatever became of her
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(0)
        os.open(os.devnull, os.O_RDONLY)
        _tell(order, _work(order))
        status = 0
    except Stopped:
        status = 0
    except BaseException as error:  # noqa: BLE001 - told to whoever looks
        import traceback

        _tell(order, {"fault": traceback.format_exc(), "error": str(error)})
    finally:
        os._exit(status)


def _work(order):
    ground = Ground(
        None,
        order["user"],
        Path(order["folder"]),
        ServerAddress("localhost", order["imap"], Security.NONE),
        ServerAddress("localhost", order["smtp"], Security.NONE),
        seed=DeskSettings(address=SUPPORT, archive=order["archive"]),
    )
    if order["compresses"]:
        # else only a far server is worth it
        imap_session._NEAR_SECONDS = 0
    timeouts = Timeouts(connect=3.0, read=order["read"], accept=order["read"])
    orders = ground.orders(terms=Terms(timeouts=timeouts))
    stop = Stop()
    with stop.by_signals():
        if order["mode"] == "run":
            runner.run(ground.folder, orders, stop)
            return {}
        try:
            return asdict(once(ground.folder, orders, stop)) | {"error": ""}
        except GaveUpError as error:
            return asdict(error.summary) | {"error": str(error)}


def _tell(order, told):
    path = Path(order["told"])
    path.with_suffix(".new").write_text(json.dumps(told))
    path.with_suffix(".new").replace(path)


if __name__ == "__main__":
    main()
