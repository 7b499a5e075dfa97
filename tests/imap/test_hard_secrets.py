"""S3, S7 to S10 and T13 with the whole program: what lies on the disk, what a process shows,
what reaches the terminal."""

import contextlib
import json
import os
import re
import ssl
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from storage.mail.transport import Timeouts
from storage.records.account import Account, Security
from storage.sync.setup import Setup
from tests.hostile.terminal import ROTADESK, Terminal, environment
from tests.imap.dovecot import PASSWORD
from tests.imap.engine_ground import ANA, KEY, SUPPORT, Ground, a_mail, wait_until
from tests.imap.outbox_ground import queue
from tests.imap.scripted import scripted
from tests.imap.smtp_sink import sunk

SECRET = "XSECRETPASSWORDX"
MAIL = "XBODYMARKX"
ACTS = b"\x1b]0;PWNED\x07\x1b[2J\x1b]52;c;UFdORUQ=\x1b\\\xc2\x9b31m"


def write_config(folder, imap, smtp, *, command, ca_file="", security=Security.NONE):
    """Write a configuration whose password comes from a command, as on a person's machine."""
    path = folder / "config.toml"
    path.touch(0o600)
    servers = "".join(
        f'[account.{kind}]\nhost = "localhost"\nport = {port}\nsecurity = "{security}"\n'
        for kind, port in (("imap", imap), ("smtp", smtp))
    )
    path.write_text(
        f'[me]\nname = "Ana"\nemail = "{ANA.email}"\n[account]\naddress = "{SUPPORT}"\n'
        f'username = "user"\npassword_command = {json.dumps(command)}\n'
        f'ca_file = "{ca_file}"\n{servers}'
    )
    return path


def run(config, desk, *words, **environ):
    return subprocess.run(
        [*ROTADESK, "--config", str(config), "--desk", str(desk), *words],
        capture_output=True,
        check=False,
        env=environment(HOME=str(config.parent), **environ),
        cwd=config.parent,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def everything_in(folder):
    """Return what lies in each file below `folder`."""
    return {one: one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture
def secret_file(tmp_path):
    """Return a command that prints the password; the file lies outside of what is searched."""
    (tmp_path / "safe").mkdir()
    (tmp_path / "safe" / "password").write_text(f"{SECRET}\n")
    (tmp_path / "home").mkdir(0o700)
    return ["cat", str(tmp_path / "safe" / "password")]


def echoing(peer):
    """Be a mailbox that says the password back wherever it can."""
    peer.send(b"* OK [ALERT] ready")
    while line := peer.line():
        if b"LOGIN" in line and b"LOGINDISABLED" not in line:
            said = line.split()[-1].strip(b'"')
            peer.answer(
                b"* OK [ALERT] your password is " + said, words=b"NO " + said + b" is wrong"
            )
        else:
            peer.answer(b"* CAPABILITY IMAP4rev1")


# -- S8


@pytest.mark.parametrize("words", [("doctor",), ("doctor", "--json"), ("sync", "--once")])
def test_s8_a_password_that_a_server_repeats_is_nowhere(tmp_path, secret_file, words):
    home = tmp_path / "home"
    with scripted(echoing) as server, sunk() as sink:
        config = write_config(home, server.port, sink.port, command=secret_file)

        told = run(config, home / "desk", *words, PYTHONFAULTHANDLER="1")

    assert told.returncode == 5
    assert any(SECRET.encode() in line for line in server.heard)
    assert SECRET.encode() not in told.stdout + told.stderr
    assert [one for one, text in everything_in(home).items() if SECRET.encode() in text] == []


def test_s8_no_process_shows_the_password_while_it_is_used(tmp_path, secret_file):
    home, asked = tmp_path / "home", threading.Event()

    def script(peer):
        peer.send(b"* OK ready")
        peer.expect(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        peer.line()
        asked.set()
        peer.stall()

    with scripted(script) as server:
        config = write_config(home, server.port, 1, command=secret_file)
        argv = (*ROTADESK, "--config", str(config), "--desk", str(home / "desk"))
        with Terminal(*argv, cwd=home, environ={"HOME": str(home)}) as terminal:
            assert asked.wait(20)
            shown = {
                name: (Path("/proc") / str(pid) / name).read_bytes()
                for pid in family(terminal.pid)
                for name in ("cmdline", "environ")
            }
            count = len(family(terminal.pid))
            terminal.type("\x11")
            terminal.status()

    assert count >= 2  # the console and its engine
    assert not any(SECRET.encode() in text for text in shown.values())
    assert [one for one, text in everything_in(home).items() if SECRET.encode() in text] == []


def family(pid):
    """Return a process and all that descend from it."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for task in (Path("/proc") / str(one) / "task").iterdir():
                found += [int(each) for each in (task / "children").read_text().split()]
    return found


def test_s8_a_repr_shows_no_password(ground):
    account = Account(
        address=SUPPORT, username="u", imap=ground.imap, smtp=ground.imap, my_name="Ana"
    )

    assert SECRET not in repr(Setup(account=account, password=SECRET))


def test_s8_a_fault_of_ours_while_logging_in_writes_no_value(tmp_path, secret_file):
    home = tmp_path / "home"
    breaks = (
        "from console import __main__\n"
        "from storage.mail.imap_session import Session\n"
        "def login(self, username, password): raise RuntimeError(username + password)\n"
        "Session.login = login\n"
        "__main__.main()\n"
    )

    def script(peer):
        peer.send(b"* OK ready")
        while peer.line():
            peer.answer(b"* CAPABILITY IMAP4rev1")

    with scripted(script) as server:
        config = write_config(home, server.port, 1, command=secret_file)
        told = subprocess.run(
            [ROTADESK[0], "-P", "-c", breaks, "--config", str(config),
             "--desk", str(home / "desk"), "sync", "--once"],
            capture_output=True, check=False, env=environment(HOME=str(home)), timeout=60,
        )  # fmt: skip

    assert told.returncode == 1
    assert SECRET.encode() not in told.stdout + told.stderr
    assert [one for one, text in everything_in(home).items() if SECRET.encode() in text] == []


# -- S9, S10


def test_s9_s10_what_a_whole_day_leaves_is_private_and_its_log_holds_no_word_of_it(
    post, certificate_file
):
    ground, _ = post
    old = os.umask(0)
    try:
        ground.folder.parent.chmod(0o755)
        ground.server.append(
            ground.user, a_mail(1, text=MAIL, subject="XSUBJECTX", sender="xwho@acme.example")
        )
        config = ground.write_config()
        environ = {"DESK_PASSWORD": PASSWORD, "DESK_TEAM_KEY": KEY.decode()}
        trusts = {"SSL_CERT_FILE": str(certificate_file)}
        first = run(config, ground.folder, "sync", "--once", **environ, **trusts)
        queue(ground, text=MAIL)
        second = run(config, ground.folder, "sync", "--once", **environ, **trusts)
    finally:
        os.umask(old)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    lax = [one for one in (ground.folder, *ground.folder.rglob("*")) if one.lstat().st_mode & 0o077]
    assert [(str(one), stat.filemode(one.lstat().st_mode)) for one in lax] == []
    log = (ground.folder / "rotadesk.log").read_text()
    assert not re.search(f"{MAIL}|XSUBJECTX|xwho|acme|AUTH|LOGIN|{re.escape(PASSWORD)}", log)
    assert KEY.decode() not in log
    assert PASSWORD not in (first.stdout + first.stderr + second.stdout + second.stderr).decode()


# -- S3


def test_s3_doctor_says_whom_it_trusts_and_works_with_a_server_of_our_own(
    tmp_path, secret_file, certificate_file
):
    home = tmp_path / "home"
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate_file, certificate_file.with_name("key.pem"))

    def script(peer):
        peer.encrypt(serving)
        peer.greet()
        while line := peer.line():
            peer.answer(
                *([b'* LIST () "/" INBOX'] if b"LIST" in line else [b"* STATUS INBOX (MESSAGES 0)"])
            )

    with (
        scripted(script) as server,
        sunk(
            context=serving, implicit_tls=True, clear_login=True, passwords={"user": SECRET}
        ) as sink,
    ):
        how = {"command": secret_file, "security": Security.TLS}
        refused = run(write_config(home, server.port, sink.port, **how), home / "desk", "doctor")
        named = run(
            write_config(home, server.port, sink.port, **how, ca_file=certificate_file),
            home / "desk",
            "doctor",
        )

    assert refused.stdout.count(b"certificate of") == 2
    assert named.stdout.count(f"those in {certificate_file} are trusted".encode()) == 2
    assert b"lets us in" in named.stdout


# -- S7 and T13: with an engine, on a real screen


def test_s7_folders_of_any_name_make_no_file_and_change_no_screen(tmp_path):
    names = [b'"../../evil"', b'"/tmp/evil"', b"{6}\r\nx\r\n\x00y\x1b", b'"&ABs-[2J"']

    def script(peer):
        peer.greet()
        while line := peer.line():
            if b"LIST" in line:
                peer.answer(
                    *(b'* LIST (\\Sent) "/" ' + one for one in names), b'* LIST () "/" INBOX'
                )
            else:
                peer.answer(b"* 0 EXISTS", b"* OK [UIDVALIDITY 7] x", b"* OK [UIDNEXT 1] x")

    with scripted(script) as server:
        ground = Ground(None, "user", tmp_path / "a" / "b" / "desk", server.address())
        ground.folder.parent.mkdir(parents=True)
        summary = ground.once()

    assert all(one.name.isprintable() for one in summary.folders)
    assert {one.name for one in (tmp_path / "a" / "b").iterdir()} == {"desk"}
    assert [one for one in tmp_path.rglob("*") if "evil" in one.name] == []


@pytest.mark.parametrize("moment", ["greeting", "LOGIN", "LIST", "EXAMINE"])
def test_t13_a_servers_words_reach_the_screen_and_never_the_terminal(tmp_path, secret_file, moment):
    home = tmp_path / "home"

    def script(peer):
        if moment == "greeting":
            peer.send(b"* BYE [ALERT] " + ACTS + b" XSAIDX")
            return
        peer.send(b"* OK [ALERT] " + ACTS + b" ready")
        while line := peer.line():
            if moment.encode() in line:
                peer.answer(b"* OK [ALERT] " + ACTS, words=b"NO [ALERT] " + ACTS + b" XSAIDX")
            else:
                peer.answer(b"* CAPABILITY IMAP4rev1", b'* LIST () "/" INBOX')

    with scripted(script) as server:
        config = write_config(home, server.port, 1, command=secret_file)
        argv = (*ROTADESK, "--config", str(config), "--desk", str(home / "desk"))
        with Terminal(*argv, cwd=home, columns=200, environ={"HOME": str(home)}) as terminal:
            terminal.wait_for("XSAIDX")
            terminal.settle()
            drawn = terminal.drawn
            terminal.type("\x11")
            terminal.status()

    assert not re.search(rb"\x1b\]0;PWNED|\x1b\]52;c;UFd|\xc2\x9b", drawn)


def test_t13_a_sending_servers_words_reach_the_desk_made_safe(post):
    ground, sink = post
    ground.server.append(ground.user, a_mail(1))
    ground.once()
    sink.replies["MAIL"] = "550 5.7.1 \x1b[2J\x1b]0;PWNED\x07 XSAIDX"
    queue(ground)

    ground.once()

    wait_until(lambda: ground.rows("SELECT error FROM outbox"))
    ((error,),) = ground.rows("SELECT error FROM outbox")
    assert "XSAIDX" in error
    assert error.isprintable()


def test_s6_an_engine_gives_up_on_a_mailbox_that_announces_a_gigabyte(tmp_path):
    def script(peer):
        peer.greet()
        while line := peer.line():
            if b"LIST" in line:
                peer.answer(b'* LIST () "/" INBOX')
            elif b"FETCH" in line:
                peer.send_raw(b"* 1 FETCH (UID 1 BODY[HEADER] {1073741824}\r\nSubject: x\r\n")
                peer.stall()
            else:
                peer.answer(
                    b"* 1 EXISTS", b"* OK [UIDVALIDITY 7] x", b"* OK [UIDNEXT 2] x", b"* SEARCH 1"
                )

    with scripted(script) as server:
        ground = Ground(None, "user", tmp_path / "desk", server.address())
        terms = type(ground.impatient())(timeouts=Timeouts(connect=2, read=2, accept=2))
        with pytest.raises(Exception, match="announces"):
            ground.once(terms=terms)

    assert ground.count("message") == 0
