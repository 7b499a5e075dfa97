"""The engine as a service: what it logs, what systemd hears, what signals do."""

import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from console.service import Service
from storage.db.locks import ENGINE, last_beat
from storage.records.desk import EngineStatus
from tests.imap.dovecot import PASSWORD
from tests.imap.engine_ground import SUPPORT, Ground, a_mail, wait_until
from tests.imap.test_bad_lines import running

UNHEARING = """
import hashlib, threading
from storage.sync.stop import Stop
with Stop().by_signals(status=7):
    threading.Timer(0.3, print, ["deaf"], {"flush": True}).start()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2_000_000_000)
"""


class Manager:
    """What a service manager hears."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.link.bind(self.path)
        self.link.settimeout(20)

    def hears(self, word):
        """Wait until a message with `word` comes."""
        while word not in (told := self.link.recv(4096).decode()):
            pass
        return told


@pytest.fixture
def manager(tmp_path_factory):
    # a socket's path is at most 107 bytes long
    found = Manager(tmp_path_factory.mktemp("n"))
    yield found
    found.link.close()


@contextmanager
def service(ground, *words, **environment):
    with ground.process("sync", *words, **environment) as process:
        yield process


def ended(process):
    process.send_signal(signal.SIGTERM)
    assert process.wait(3) == 0
    return process.stdout.read().splitlines()


def test_a_line_an_event_with_its_time_and_counts_and_no_word_of_a_mail(ground):
    ground.server.append(ground.user, a_mail(1), a_mail(2))
    with service(ground) as process:
        wait_until(lambda: ground.state() == "idle")

        lines = ended(process)

    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w", line) for line in lines)
    said = [line[20:] for line in lines]
    assert said[0].startswith("started, process ")
    assert said[1:] == ["connected", "alike: 2 headers, 2 bodies", "stopped"]
    for secret in (PASSWORD, SUPPORT, ground.user, "Question", "zoe", "acme"):
        assert secret not in "\n".join(lines)


def test_the_log_for_scripts_is_an_object_an_event(ground):
    ground.server.append(ground.user, a_mail(1))
    with service(ground, "--json") as process:
        wait_until(lambda: ground.state() == "idle")

        objects = [json.loads(line) for line in ended(process)]

    assert all(one["at"].endswith("Z") for one in objects)
    alike = next(one for one in objects if one["event"] == "alike")
    assert (alike["headers"], alike["bodies"]) == (1, 1)


def test_whoever_reads_the_log_may_go_and_the_mail_goes_on(ground):
    with service(ground) as process:
        process.stdout.readline()
        process.stdout.close()
        wait_until(lambda: ground.state() == "idle")
        ground.server.append(ground.user, a_mail(1))
        wait_until(lambda: ground.count("message", "has_body=1") == 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(3) == 0
        process.stdout = None


def test_the_manager_hears_that_it_is_up_how_it_stands_and_that_it_ends(ground, manager):
    with service(ground, NOTIFY_SOCKET=manager.path) as process:
        assert "STATUS=connecting" in manager.hears("READY=1")
        assert manager.hears("STATUS=idle") == "STATUS=idle: server 0, desk 0"

        process.send_signal(signal.SIGTERM)

        manager.hears("STOPPING=1")
        assert process.wait(3) == 0


def test_the_manager_feels_a_beat_only_while_the_engine_itself_lives(ground, manager, monkeypatch):
    monkeypatch.setattr("storage.sync.pulse.BEAT_SECONDS", 0.05)
    with running(ground, on_beat=Service(manager.path).beat):
        wait_until(lambda: ground.state() == "idle")
        manager.hears("WATCHDOG=1")
        seen = last_beat(ground.folder, ENGINE)
        wait_until(lambda: last_beat(ground.folder, ENGINE) > seen)

        monkeypatch.setattr("storage.sync.pulse._SILENT_AT_MOST", -1.0)

        manager.link.settimeout(0.5)
        with pytest.raises(TimeoutError):
            manager.hears("never said")


def test_an_abstract_socket_and_no_socket_at_all_are_both_right():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind("\0rotadesk-test")
        link.settimeout(5)
        Service("@rotadesk-test").show(EngineStatus(state="waiting", error="At mail.example: no."))

        assert link.recv(4096) == b"READY=1\nSTATUS=waiting: server 0, desk 0, trouble"

    Service("").beat()
    Service("/nowhere/at/all").beat()


def test_a_hangup_without_a_terminal_looks_now(dovecots, tmp_path):
    server = dovecots(without=("IDLE",))
    ground = Ground(server, server.new_user(), tmp_path / "desk", server.address())
    with service(ground) as process:
        wait_until(lambda: ground.state() == "polling")
        server.append(ground.user, a_mail(1))

        process.send_signal(signal.SIGHUP)

        wait_until(lambda: ground.count("message", "has_body=1") == 1)
        assert process.poll() is None


def test_a_hangup_reads_the_configuration_anew(ground):
    right, ground.user = ground.user, "user1999x"
    with service(ground) as process:
        wait_until(lambda: ground.state() == "stopped")

        ground.user = right
        ground.write_config()
        process.send_signal(signal.SIGHUP)

        wait_until(lambda: ground.state() == "idle", seconds=4)


def test_it_ends_even_where_the_main_thread_cannot_hear():
    with subprocess.Popen(
        [sys.executable, "-c", UNHEARING], stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()

        process.send_signal(signal.SIGTERM)

        assert process.wait(4) == 7
