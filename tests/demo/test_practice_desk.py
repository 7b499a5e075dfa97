"""The practice desk as a place: prepared, kept, started over, open once."""

import signal
import socket
import subprocess
import sys

import pytest
from imapclient import IMAPClient

from console import config, passwords
from console.demo import place, run
from console.demo.run import practice
from storage.errors import DeskUnavailableError, UsageError
from storage.queries import articles
from storage.records.account import Security
from storage.store import Desk
from tests.demo.practice_process import mails_in

CALM = ("--hurry", "1000")
"Nothing comes in late while a test looks."


def uids_of(here):
    with IMAPClient(place.HOST, port=here.ports.imap, ssl=False) as client:
        client.login(place.USERNAME, place.PASSWORD)
        client.select_folder("INBOX")
        return {uid: mail["Message-ID"] for uid, mail in mails_in(client).items()}


def test_its_configuration_is_an_ordinary_one(tmp_path):
    with practice(tmp_path, options=CALM) as here:
        read = config.load(here.config)

        assert read.me == place.ME
        assert read.mail_account().imap.port == here.ports.imap
        assert read.mail_account().smtp.port == here.ports.smtp
        assert read.mail_account().imap.security is Security.NONE
        assert passwords.password(read) == place.PASSWORD
        assert here.config.stat().st_mode & 0o077 == 0


def test_its_desk_knows_what_the_team_did(tmp_path):
    with practice(tmp_path, options=CALM) as here, Desk(here.desk) as desk:
        assert here.is_new
        assert len(desk.hot(articles.articles())) >= 15


def test_it_resumes_as_it_was_left(tmp_path):
    with practice(tmp_path, options=CALM) as here:
        uids, begun = uids_of(here), here.begun

    with practice(tmp_path, options=CALM) as here:
        assert not here.is_new
        assert here.begun == begun
        assert uids_of(here) == uids


def test_starting_over_forgets_what_was_practised_and_nothing_else(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with practice(tmp_path, options=CALM) as here:
        begun = here.begun
        (here.desk / "practised").touch()

    with practice(tmp_path, fresh=True, options=CALM) as here:
        assert here.is_new
        assert here.begun >= begun
        assert not (here.desk / "practised").exists()
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_two_terminals_do_not_share_it(tmp_path):
    with (
        practice(tmp_path, options=CALM),
        pytest.raises(DeskUnavailableError, match="another terminal"),
        practice(tmp_path, options=CALM),
    ):
        pass


def test_its_server_ends_with_it(tmp_path):
    with practice(tmp_path, options=CALM) as here:
        port = here.ports.imap

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.HOST, port), timeout=5)


def test_a_server_that_does_not_start_says_why(tmp_path):
    with (
        pytest.raises(DeskUnavailableError, match=r"could not be started: .*--nonsense"),
        practice(tmp_path, options=["--nonsense"]),
    ):
        pass


def test_a_missing_package_is_named_with_its_cure(monkeypatch):
    monkeypatch.setattr(run, "PACKAGES", ("pymap", "no_such_package_here"))

    with pytest.raises(UsageError, match=r"no_such_package_here.*rotadesk\[demo\]"):
        run.check_packages()


def test_leaving_it_ends_its_engine(tmp_path):
    with practice(tmp_path, options=CALM) as here:
        engine = subprocess.Popen([sys.executable, "-c", ENGINE, here.desk], stdout=subprocess.PIPE)
        assert engine.stdout.readline() == b"at work\n"

    assert engine.wait(5) == -signal.SIGTERM
    engine.stdout.close()


ENGINE = """
import json, os, signal, sys
from dataclasses import asdict
from pathlib import Path
from storage.db.locks import RoleLock
from storage.records.desk import EngineStatus
from storage.records.local import EngineSaid
from storage.store import Desk
folder = Path(sys.argv[1])
lock = RoleLock(folder, "sync.lock")
assert lock.take()
with Desk(folder) as desk:
    desk.write(EngineSaid(status=json.dumps(asdict(EngineStatus(pid=os.getpid())))))
print("at work", flush=True)
signal.pause()
"""
