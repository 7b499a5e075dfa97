"""A program in a pty of 200x50: what it paints, when, and what it takes of the machine."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from dataclasses import dataclass
from pathlib import Path

import pyte

COLUMNS, LINES = 200, 50
SILENCE_SECONDS = 0.08
"This long without a byte, and a repaint is over."


@dataclass(frozen=True)
class Answer:
    """What came after a key, in milliseconds from the key."""

    sign_ms: float
    "Until the awaited sign was among the bytes; the last byte where none was awaited."
    last_ms: float
    size: int


class Terminal:
    """Starts `argv` and reads all it writes."""

    def __init__(self, argv, *, environ=None, columns=COLUMNS, lines=LINES):
        environ = {**os.environ, **(environ or {}), "TERM": "xterm-256color"}
        environ["COLORTERM"] = "truecolor"
        self.size = columns, lines
        self.chunks = []
        "(seconds since the start, bytes), all of them."
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # the child sets its own size, so that no program ever sees another
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            os.execvpe(argv[0], argv, environ)  # noqa: S606 - a bench of ours, no shell

    def read(self, seconds):
        """Return the bytes of one read, empty where none came in time."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return b""
        try:
            got = os.read(self.fd, 1 << 16)
        except OSError:
            got = b""
        if not got:
            raise SystemExit(f"The program ended: {self.text()[-2000:]}")
        self.chunks.append((time.perf_counter() - self.started, got))
        return got

    def read_until(self, pattern, *, times=1, most=60.0):
        """Return when `pattern` had come `times` times, in milliseconds since the start."""
        got, end = b"", time.perf_counter() + most
        while len(set(re.findall(pattern, got))) < times:
            if time.perf_counter() > end:
                raise SystemExit(f"No {pattern!r} in {most:.0f} s: {self.text()}")
            got += self.read(1.0)
        return self.chunks[-1][0] * 1000

    def read_until_silent(self, *, silence=SILENCE_SECONDS, most=10.0):
        """Return the chunks that came."""
        before, end = len(self.chunks), time.perf_counter() + most
        while time.perf_counter() < end and self.read(silence):
            pass
        return self.chunks[before:]

    def write(self, key):
        os.write(self.fd, key)
        return time.perf_counter() - self.started

    def press(self, key, *, sign=b""):
        """Type `key` and return its answer; `sign` is a byte string of what must be painted."""
        at = self.write(key)
        came = self.read_until_silent()
        if not came:
            return Answer(0.0, 0.0, 0)
        signs = [when for when, got in came if sign and sign in got] or [came[-1][0]]
        size = sum(len(got) for _, got in came)
        return Answer((signs[0] - at) * 1000, (came[-1][0] - at) * 1000, size)

    def screens(self):
        """Yield (milliseconds since the start, screen) after every chunk: slow, for afterwards."""
        screen = pyte.Screen(*self.size)
        stream = pyte.ByteStream(screen)
        for at, got in self.chunks:
            stream.feed(got)
            yield at * 1000, screen

    def text(self):
        """Return what stands on the screen now."""
        shown = [screen for _, screen in self.screens()]
        return "\n".join(line.rstrip() for line in shown[-1].display) if shown else ""

    def cpu_ms(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def memory_mb(self):
        """Return the proportional share of memory: shared libraries count once for all."""
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(re.search(r"Pss:\s+(\d+)", text)[1]) / 1024

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)
