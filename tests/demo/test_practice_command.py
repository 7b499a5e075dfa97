"""`rotadesk demo` as a newcomer types it, in a terminal of its own."""

import os
import pty
import select
import subprocess
import sys
import time

import pytest

from console.cli import main
from console.demo import run

PATIENCE = 20.0


class Terminal:
    """A command behind a pty; what it drew is bytes."""

    def __init__(self, *arguments, home):
        ours, theirs = pty.openpty()
        self._ours = ours
        self.drawn = b""
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "console", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=os.environ
            | {
                "XDG_DATA_HOME": str(home),
                "TERM": "xterm-256color",
                "COLUMNS": "120",
                "LINES": "40",
            },
            start_new_session=True,
        )
        os.close(theirs)

    def wait_for(self, text):
        end = time.monotonic() + PATIENCE
        while text not in self.drawn:
            assert time.monotonic() < end, "it was not drawn"
            self._read()

    def type(self, keys):
        os.write(self._ours, keys)

    def status(self):
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            self._read()
        os.close(self._ours)
        return self.process.returncode

    def _read(self):
        if select.select([self._ours], [], [], 0.05)[0]:
            try:
                self.drawn += os.read(self._ours, 65536)
            except OSError:
                return  # the other end is gone


def test_it_opens_the_console_and_keeps_the_desk(tmp_path):
    terminal = Terminal("demo", home=tmp_path)

    terminal.wait_for(b"Reply")
    terminal.type(b"\x11")

    assert terminal.status() == 0, terminal.drawn[-1500:]
    assert (tmp_path / "rotadesk" / "demo" / "desk" / "desk.db").exists()


def test_a_missing_extra_is_one_clear_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(run, "PACKAGES", ("no_such_package_here",))

    status = main.run(["--desk", str(tmp_path), "demo"])

    assert status == 2
    said = capsys.readouterr().err
    assert "The practice desk needs no_such_package_here" in said
    assert "rotadesk[demo]" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("words", [["demo", "--help"], ["--help"]])
def test_help_tells_of_it_and_starts_nothing(words, capsys):
    assert main.run(words) == 0
    assert "practice desk" in capsys.readouterr().out
