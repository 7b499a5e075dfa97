"""Faults of ours, of the engine, of the disk and of the configuration: what a person is told."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hostile.desks import CONFIG, a_plain_desk
from hostile.terminal import ROTADESK, Terminal, environment, run, wait_until
from imap.smtp_sink import sunk

from tests.imap.scripted import scripted

CTRL_Q = "\x11"
MARKS = ("XSECRETPASSWORDX", "XBODYMARKX", "XSUBJECTMARKX", "xrefusedx", "XSAIDBYSERVERX")
BREAKS = """
import sys
from console import __main__
from console.panes.inbox import InboxPane

def action_assign_me(self):
    letter, password = "XBODYMARKX", "XSECRETPASSWORDX"
    raise ValueError(letter + password)

InboxPane.action_assign_me = action_assign_me
__main__.main()
"""
FULL = """
import resource, signal
from console import __main__
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (33_000, 33_000))
__main__.main()
"""
"No file may grow past what the index of the WAL needs."
TYPOS = [
    ('[me]\nname = "A"\nemial = "a@b.example"\n', ":3: me.emial is no key; did you mean me.email?"),
    ('[mee]\nname = "A"\n', ":1: mee is no key; did you mean me?"),
    ("me = 1\n", ":1: me is a table: its keys stand below [me]"),
    ('[me]\nname = 1\nemail = "a@b.example"\n', ":2: me.name: allowed is a text"),
    ('[me]\nname = "A"\nemail = "a"\n', ":3: me.email: allowed is an address"),
    ('[me]\nname = "A\n', "not TOML"),
    (CONFIG + '[look]\nthme = "x"\n', ":5: look.thme is no key; did you mean look.theme?"),
    (
        CONFIG + '[account]\npassword = "XSECRETPASSWORDX"\n',
        ":5: account.password: a password does",
    ),
    (CONFIG + "[account.imap]\nport = 99999\n", ":5: account.imap.port: allowed is a number"),
    (
        CONFIG + '[account.imap]\nsecurity = "none"\nhost = "mail.example"\n',
        "only towards this very",
    ),
]
CONSOLE_TYPOS = [
    (CONFIG + '[look]\ntheme = "x"\n', ":5: look.theme: allowed is one of"),
    (
        CONFIG + '[keys]\n"inbox.close_tikcet" = "e"\n',
        ":5: keys.inbox.close_tikcet: there is no such",
    ),
    (CONFIG + '[keys]\n\n"inbox.close_ticket" = "nokey"\n', ":6: keys.inbox.close_ticket: 'nokey'"),
]


@pytest.mark.parametrize(("text", "said"), TYPOS)
def test_a_typo_names_file_line_key_and_the_nearest_one(tmp_path, config, text, said):
    config.write_text(text)

    told = run("--config", config, "--desk", tmp_path / "desk", "list")

    assert told.returncode == 2
    assert str(config) in told.stderr.decode()
    assert said in told.stderr.decode()
    assert b"XSECRETPASSWORDX" not in told.stderr


@pytest.mark.parametrize(("text", "said"), CONSOLE_TYPOS)
def test_a_typo_that_only_the_console_sees_names_its_line_too(
    console, tmp_path, config, text, said
):
    a_plain_desk(tmp_path / "desk")
    config.write_text(text)

    terminal = console(columns=250)

    assert terminal.status() == 2
    assert f"{config}{said}" in terminal.text


def test_a_byte_order_mark_is_no_mistake(tmp_path, config):
    a_plain_desk(tmp_path / "desk")
    config.write_bytes(b"\xef\xbb\xbf" + CONFIG.encode())

    assert run("--config", config, "--desk", tmp_path / "desk", "list").returncode == 0


def test_a_fault_of_ours_is_one_sentence_and_a_log_without_values(tmp_path, config):
    a_plain_desk(tmp_path / "desk", "XSUBJECTMARKX")
    argv = (sys.executable, "-P", "-c", BREAKS, "--config", config, "--desk", tmp_path / "desk")

    with Terminal(*map(str, argv), cwd=tmp_path, columns=250) as terminal:
        terminal.wait_for("XSUBJECTMARKX", "Reply")
        before = len(terminal.drawn)
        terminal.type("a")
        assert terminal.status() == 1
        said = terminal.drawn[before:].rpartition(b"\x1b[?1049l")[2].decode()

    log = tmp_path / "desk" / "rotadesk.log"
    assert "Something in rotadesk itself broke" in said
    assert str(log) in said
    assert "Traceback" not in said
    assert "ValueError" in log.read_text()
    assert not any(mark in said + log.read_text() for mark in MARKS)
    assert log.stat().st_mode & 0o777 == 0o600


def account(imap, smtp):
    server = '[account.{}]\nhost = "localhost"\nport = {}\nsecurity = "none"\n'
    return (
        f'{CONFIG}[account]\naddress = "support@desk.example"\nusername = "support"\n'
        f'password_env = "PW"\n{server.format("imap", imap)}{server.format("smtp", smtp)}'
    )


def test_a_wrong_password_stops_asks_and_is_in_no_log(console, tmp_path, config):
    a_plain_desk(tmp_path / "desk", "XSUBJECTMARKX")

    def refuse(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        peer.expect(b"LOGIN", words=b"NO \x1b]0;x\x07 XSAIDBYSERVERX XSECRETPASSWORDX")
        peer.line()

    with scripted(refuse) as server, sunk() as sink:
        config.write_text(account(server.port, sink.port))
        terminal = console(columns=200, environ={"PW": "XSECRETPASSWORDX"})
        terminal.wait_for("XSUBJECTMARKX")
        wait_until(
            lambda: (
                state(tmp_path) in {"stopped", "login", "asks", "refused"}
                or "assword" in terminal.text
            )
        )
        terminal.settle()
        logins = sum(b"LOGIN" in line for line in server.heard)
        terminal.press("j", "k")

        assert sum(b"LOGIN" in line for line in server.heard) == logins == 1
        assert "XSECRETPASSWORDX" not in terminal.text
        terminal.type(CTRL_Q)
        terminal.status()
    logged = (tmp_path / "desk" / "rotadesk.log").read_text()
    assert not any(mark in logged for mark in MARKS)


def state(tmp_path, name="state"):
    with sqlite3.connect(tmp_path / "desk" / "desk.db") as conn:
        found = conn.execute("SELECT status FROM engine").fetchall()
    return json.loads(found[0][0])[name] if found else 0


def test_a_killed_engine_is_replaced_and_a_killed_console_leaves_none(console, tmp_path, config):
    a_plain_desk(tmp_path / "desk", "one")
    config.write_text(account(1, 1))
    terminal = console(environ={"PW": "x"})
    terminal.wait_for("Cannot reach localhost:1")
    first = state(tmp_path, "pid")

    os.kill(first, signal.SIGKILL)
    wait_until(lambda: state(tmp_path, "pid") != first)
    second = state(tmp_path, "pid")
    terminal.wait_for("OFFLINE")
    os.kill(terminal.pid, signal.SIGKILL)

    wait_until(lambda: not Path(f"/proc/{second}").exists())


@pytest.fixture
def unprivileged():
    """Return the words that make a command an ordinary user's; root may write everywhere."""
    if os.getuid() == 0:
        return ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    return ()


def test_a_desk_that_may_not_be_written_is_read_and_said(tmp_path, unprivileged):
    folder = a_plain_desk(tmp_path / "desk", "one")
    config = tmp_path / "theirs.toml"
    config.write_text(CONFIG)
    if unprivileged:
        for one in (*tmp_path.parents[:3], tmp_path, folder, *folder.iterdir(), config):
            one.chmod(one.stat().st_mode | 0o055)
    folder.chmod(0o555)
    argv = (*unprivileged, *ROTADESK, "--config", str(config), "--desk", str(folder))

    def told(*words):
        ran = subprocess.run(
            [*argv, *words], capture_output=True, env=environment(HOME="/"), cwd="/", check=False
        )
        return ran.returncode, (ran.stdout + ran.stderr).decode()

    taken, listed = told("take", "aaaa"), told("list")
    with Terminal(*argv, cwd="/", columns=250, environ={"HOME": "/"}) as terminal:
        status, said = terminal.status(), terminal.text
    folder.chmod(0o700)

    assert (taken[0], listed[0]) in {(6, 0), (6, 6)}
    assert "cannot be" in taken[1]
    assert status == 6
    assert "cannot be" in said
    assert not any("Traceback" in one for one in (said, taken[1], listed[1]))


def test_a_disk_that_takes_no_more_is_said_and_loses_nothing(tmp_path, config):
    folder = a_plain_desk(tmp_path / "desk", "one", "two")
    argv = (sys.executable, "-P", "-c", FULL, "--config", str(config), "--desk", str(folder))

    with Terminal(*argv, cwd=tmp_path, columns=250) as terminal:
        terminal.wait_for("one", "Reply")
        terminal.type("a")
        terminal.wait_for("nothing was written")
        assert "You took" not in terminal.text
        terminal.type(CTRL_Q)
        assert terminal.status() == 0

    told = run("--config", config, "--desk", folder, "list")
    assert (told.returncode, told.stderr) == (0, b"")
    assert len(told.stdout.splitlines()) == 3
