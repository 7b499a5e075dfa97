"""Terminals that go away, signals, two consoles, desks that vanish or break: one clear sentence."""

import os
import shutil
import signal
import sqlite3
import time

import pytest
from hostile.desks import a_plain_desk
from hostile.terminal import PATIENCE_SECONDS, run, wait_until

from storage.records.local import EngineSaid
from storage.store import Desk

CTRL_Q = "\x11"
RESTORED = b"\x1b[?1049l"


def opened(console, tmp_path, *words, **how):
    if not (tmp_path / "desk").exists():
        a_plain_desk(tmp_path / "desk", "one", "two")
    terminal = console(*words, **how)
    terminal.wait_for("Inbox 2", "Reply")
    return terminal


def assignees(tmp_path):
    with sqlite3.connect(tmp_path / "desk" / "desk.db") as conn:
        return {one for (one,) in conn.execute("SELECT assignee FROM ticket")}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_console_told_to_end_gives_the_terminal_back(console, tmp_path, number):
    terminal = opened(console, tmp_path)

    os.kill(terminal.pid, number)

    assert terminal.status() == 128 + number
    assert RESTORED in terminal.drawn
    assert b"Traceback" not in terminal.drawn


def test_a_console_whose_window_was_closed_does_not_stay(console, tmp_path):
    terminal = opened(console, tmp_path)

    terminal.close()

    terminal.process.wait(PATIENCE_SECONDS)


def test_bytes_that_are_no_text_are_no_key(console, tmp_path):
    terminal = opened(console, tmp_path)

    terminal.press(b"\xff\xfe\xc3(", b"\x1b[M\xe0\xff\xff", b"\x80")
    terminal.type("3")

    terminal.wait_for("Bug")
    assert terminal.process.poll() is None


@pytest.mark.parametrize(("columns", "lines"), [(40, 10), (1, 1)])
def test_a_small_terminal_is_no_fault(console, tmp_path, columns, lines):
    a_plain_desk(tmp_path / "desk", "one", "two")
    terminal = console(columns=columns, lines=lines)
    wait_until(lambda: terminal.read(0.05) and b"\x1b[?1049h" in terminal.drawn)
    terminal.settle(silence=0.3)

    terminal.press("j", "\r", "t", "\x1b", "\x1b")
    terminal.type(CTRL_Q)

    assert terminal.status() == 0


def test_without_a_terminal_one_sentence_says_so(tmp_path, config):
    a_plain_desk(tmp_path / "desk")

    told = run("--config", config, "--desk", tmp_path / "desk")

    assert told.returncode == 2
    assert told.stderr.startswith(b"rotadesk: The console needs a terminal")


def test_a_second_console_reads_and_says_so_and_a_command_is_seen_by_both(
    console, tmp_path, config
):
    first = opened(console, tmp_path)
    second = console()

    second.wait_for("Another console has this desk open: this one only reads.")
    second.type("a")
    second.wait_for("This console only reads: another")
    assert assignees(tmp_path) == {None}
    listed = run("--config", config, "--desk", tmp_path / "desk", "list").stdout.decode()
    handle = listed.splitlines()[1].split()[0]
    run("--config", config, "--desk", tmp_path / "desk", "take", handle)

    for terminal in (first, second):
        terminal.wait_for("Mine 1")


def test_a_desk_deleted_under_a_console_takes_no_decision_that_would_be_lost(console, tmp_path):
    terminal = opened(console, tmp_path, columns=200)

    shutil.rmtree(tmp_path / "desk")
    terminal.type("a")

    terminal.wait_for_any("was deleted")
    terminal.type(CTRL_Q)
    assert terminal.status() in {0, 6}
    assert not (tmp_path / "desk" / "desk.db").exists()


def test_a_decision_waits_for_another_program_that_holds_the_desk(console, tmp_path):
    terminal = opened(console, tmp_path)
    with sqlite3.connect(tmp_path / "desk" / "desk.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        held_at = time.monotonic()

        terminal.type("a")
        terminal.press("j", "k", "\r")
        assert "one" in terminal.text
        wait_until(lambda: time.monotonic() - held_at > 3)
        other.execute("COMMIT")

    terminal.wait_for("You took")
    assert assignees(tmp_path) == {None, "ana@desk.example"}


def test_a_desk_damaged_under_a_console_is_said_and_the_console_stays(console, tmp_path):
    terminal = opened(console, tmp_path, columns=200)
    path = tmp_path / "desk" / "desk.db"
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    terminal.press("3", "4", "2", "\r", "a")

    terminal.wait_for_any("is damaged")
    terminal.type(CTRL_Q)
    assert terminal.status() in {0, 6}
    assert b"Traceback" not in terminal.drawn


def test_what_an_engine_of_another_version_says_is_no_fault(console, tmp_path):
    with Desk(a_plain_desk(tmp_path / "desk", "one", "two")) as desk:
        desk.write(EngineSaid(status='{"state": "waiting", "error": "far away", "mood": 1}'))

    terminal = opened(console, tmp_path)

    terminal.wait_for("mail is off", "far away")


def _truncate(path):
    path.write_bytes(path.read_bytes()[:5000])


def _scramble(path):
    path.write_bytes(path.read_bytes()[:4096] + os.urandom(path.stat().st_size - 4096))


def _renew(path):
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA user_version=99")


def _put_another(path):
    path.unlink()
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE recipes(x)")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.write_bytes(b"x" * 9000), "is damaged"),
        (_truncate, "is damaged"),
        (_scramble, "is damaged"),
        (_renew, "newer rotadesk"),
        (_put_another, "is not a rotadesk desk"),
    ],
    ids=["garbage", "cut", "scrambled", "newer", "another"],
)
def test_a_desk_that_cannot_be_used_is_one_sentence_for_every_command(
    console, tmp_path, config, harm, said
):
    folder = a_plain_desk(tmp_path / "desk", "one")
    harm(folder / "desk.db")

    for words in (["list"], ["take", "abcd"]):
        told = run("--config", config, "--desk", folder, *words)
        assert (told.returncode, told.stdout) == (6, b""), told.stderr
        assert said in told.stderr.decode()
    terminal = console(columns=250)
    assert terminal.status() == 6
    assert said in terminal.text


@pytest.mark.parametrize("name", ["a?b", "100%25", "a#b", "dés k", "-x"])
def test_a_folder_may_be_called_anything(tmp_path, config, name):
    folder = a_plain_desk(tmp_path / name, "one")

    told = run("--config", config, "--desk", folder, "list")

    assert (told.returncode, told.stderr) == (0, b"")
    assert b"one" in told.stdout
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([name, "config.toml"])
