"""The engine as a process beside a mailbox: started, watched from the desk, measured, ended."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from ground.mailbox import SUPPORT

CONFIG = """\
[me]
name = "Ana"
email = "ana@desk.example"
[account]
address = "{support}"
username = "{user}"
password_env = "DESK_PASSWORD"
[account.imap]
host = "localhost"
port = {port}
security = "none"
[account.smtp]
host = "localhost"
port = 1
security = "none"
"""
_TICKS = os.sysconf("SC_CLK_TCK")


class Engine:
    """One desk in `folder`, for one user's mailbox."""

    def __init__(self, folder, *, user, port, password, desk=None):
        self.desk = desk or folder / "desk"
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(support=SUPPORT, user=user, port=port))
        self.config.chmod(0o600)
        self._environ = os.environ | {"DESK_PASSWORD": password}
        self._conn = None
        self.process = None

    def start(self, *words):
        argv = [sys.executable, "-P", "-m", "console", "--config", self.config, "--desk", self.desk]
        self.process = subprocess.Popen(
            [*argv, "sync", *words], env=self._environ, cwd="/",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return self.process

    def end(self, how=signal.SIGTERM):
        """End it; return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(30)

    # -- what the desk says: no more than a console would read

    def rows(self, sql, *values):
        """Return rows of the desk; none while it is not there yet."""
        try:
            if self._conn is None:
                self._conn = sqlite3.connect(f"file:{self.desk / 'desk.db'}?mode=ro", uri=True)
            return self._conn.execute(sql, values).fetchall()
        except sqlite3.OperationalError:
            self._conn = None
            return []

    def count(self, table, where="1"):
        found = self.rows(f"SELECT count(*) FROM {table} WHERE {where}")  # noqa: S608 - ours
        return found[0][0] if found else 0

    def status(self):
        found = self.rows("SELECT status FROM engine")
        return json.loads(found[0][0]) if found else {}

    def reached(self, holds, *, most=600.0, every=0.005):
        """Return the seconds until `holds()`; None where it did not come, or the engine ended."""
        begun = time.perf_counter()
        while not holds():
            if time.perf_counter() - begun > most or self.process.poll() is not None:
                return None
            time.sleep(every)
        return time.perf_counter() - begun

    def is_idle(self):
        return self.status().get("state") == "idle"

    def rest(self, *, quiet=1.0):
        """Wait until it says that it is idle, and does nothing any more."""
        since, spent = time.monotonic(), -1.0
        while time.monotonic() - since < quiet:
            now = self.cpu_seconds()
            if now != spent or not self.is_idle():
                since, spent = time.monotonic(), now
            time.sleep(0.05)

    def ask(self):
        """Ask it to look now, as a key in the console does."""
        self.process.send_signal(signal.SIGHUP)

    @contextlib.contextmanager
    def deaf(self, *, seconds=0.0):
        """Stop the process for the block; it then finds all that happened at once."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
            time.sleep(seconds)
        finally:
            self.process.send_signal(signal.SIGCONT)

    # -- what it takes

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def memory_mb(self):
        """Return the most memory that the process has held."""
        return _status_mb(self.process.pid, "VmHWM")

    def forget_peak(self):
        """Let the peak begin anew; return what is held now, MB."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        return _status_mb(self.process.pid, "VmRSS")


def cpu_seconds(pid):
    """Return the CPU seconds of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(fields[at]) for at in (11, 12, 13, 14)) / _TICKS


def _status_mb(pid, name):
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(one.split()[1]) / 1000 for one in lines if one.startswith(name + ":")), 0.0)
