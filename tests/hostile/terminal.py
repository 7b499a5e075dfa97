"""The real program in a real terminal: what it painted, byte for byte, and what stands there."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pyte

PATIENCE_SECONDS = 20.0
ROTADESK = (sys.executable, "-P", "-m", "console")


def wait_until(found, *, why="it did not happen"):
    """Return what `found` gives as soon as it is true."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (value := found()):
        assert time.monotonic() < end, why
        time.sleep(0.01)
    return value


class Terminal:
    """A command behind a pty."""

    def __init__(self, *argv, columns=120, lines=40, environ=None, **how):
        self._ours, theirs = pty.openpty()
        self.drawn = b""
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._size(columns, lines)
        self.process = subprocess.Popen(
            argv,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment(**(environ or {})),
            start_new_session=True,
            **how,
        )
        os.close(theirs)

    @property
    def pid(self):
        return self.process.pid

    @property
    def text(self):
        """What stands on the screen now, spaces at line ends cut."""
        self.read(0)
        return "\n".join(line.rstrip() for line in self._screen.display)

    def type(self, *keys):
        for one in keys:
            os.write(self._ours, one.encode() if isinstance(one, str) else one)

    def wait_for(self, *words):
        """Wait until every one of `words` stands on the screen; return the screen."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not all(one in self.text for one in words):
            assert time.monotonic() < end, f"{words} not on the screen:\n{self.text}"
            assert self.process.poll() is None, f"it ended: {self.text}"
            self.read(0.05)
        return self.text

    def wait_for_any(self, *words):
        wait_until(lambda: any(one in self.text for one in words), why=self.text)
        return self.text

    def settle(self, *, silence=0.05, most=4.0):
        """Read until it has painted nothing for a while; return the screen."""
        end = time.monotonic() + most
        while time.monotonic() < end and self.read(silence):
            pass
        return self.text

    def press(self, *keys):
        """Type keys one by one, each painted before the next; return the screen."""
        for one in keys:
            self.type(one)
            self.settle()
        return self.text

    def resize(self, columns, lines):
        self._size(columns, lines)
        self._screen.resize(lines, columns)
        os.kill(self.pid, signal.SIGWINCH)

    def close(self):
        """Close the window; nobody sends a signal."""
        os.close(self._ours)
        self._ours = -1

    def status(self):
        """Wait until the program has ended; return its exit status."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end:\n{self.text}"
            self.read(0.05)
        self.read(0)
        return self.process.returncode

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_SECONDS)
        if self._ours >= 0:
            os.close(self._ours)

    def read(self, seconds):
        """Read what there is, waiting so long for a first byte; return whether there was one."""
        came = False
        while self._ours >= 0 and select.select([self._ours], [], [], 0 if came else seconds)[0]:
            try:
                got = os.read(self._ours, 1 << 16)
            except OSError:
                break  # the other end is gone
            if not got:
                break
            self.drawn += got
            self._stream.feed(got)
            came = True
        return came

    def _size(self, columns, lines):
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def environment(**changes):
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"COLUMNS", "LINES", "NO_COLOR", "EDITOR", "VISUAL", "BROWSER"}
        and not name.startswith(("ROTADESK", "PYTHON", "XDG"))
    }
    return kept | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "ESCDELAY": "20"} | changes


def run(*words, **how):
    """Run the command line as a process of its own; return it, ended."""
    environ = environment(**how.pop("environ", {}))
    return subprocess.run(
        [*ROTADESK, *map(str, words)],
        capture_output=True,
        check=False,
        env=environ,
        timeout=PATIENCE_SECONDS,
        stdin=how.pop("stdin", subprocess.DEVNULL),
        **how,
    )
