"""`rotadesk setup` against real servers, answered by a script."""

import io
import sys
import tomllib

import pytest

from console.cli import main
from storage.changes.desk import SetDesk
from storage.queries import hot
from storage.store import Desk
from tests.factories import ANA
from tests.imap.dovecot import PASSWORD
from tests.imap.smtp_sink import sunk

ADDRESS = "support@desk.example"


@pytest.fixture
def sink():
    with sunk(clear_login=True) as one:
        yield one


class Asked:
    """A person at the prompts of `setup`."""

    def __init__(self, tmp_path, monkeypatch, capsys):
        self.config = tmp_path / "config" / "config.toml"
        self.desk = tmp_path / "desk"
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.setenv("THE_PASSWORD", PASSWORD)
        monkeypatch.setattr("console.cli.setup._has_keyring", lambda: False)

    def answers(self, *lines):
        self._monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(map(str, lines)) + "\n"))
        options = ("--config", str(self.config), "--desk", str(self.desk))
        status = main.run((*options, "setup"))
        return status, self._capsys.readouterr().err

    def settings(self):
        with Desk(self.desk) as desk:
            return hot.settings_of(desk.hot(hot.settings_rows()))


@pytest.fixture
def person(tmp_path, monkeypatch, capsys):
    return Asked(tmp_path, monkeypatch, capsys)


def lines_for(dovecot, sink, user, *, imap_port=None, variable="THE_PASSWORD"):
    return [
        *(ADDRESS, "Ana", "ana@desk.example", "other"),
        *("localhost", "none", imap_port or dovecot.port),
        *("localhost", "none", sink.port, user),
        *("environment", variable),
    ]


def test_an_account_that_was_tried_out_is_written_and_shared(person, dovecot, sink):
    user = dovecot.new_user()
    sink.passwords[user] = PASSWORD

    status, told = person.answers(*lines_for(dovecot, sink, user), "2026-01-31")

    assert status == 0, told
    written = tomllib.loads(person.config.read_text())
    assert written["me"] == {"name": "Ana", "email": "ana@desk.example"}
    assert written["account"]["password_env"] == "THE_PASSWORD"
    assert written["account"]["imap"] == {
        "host": "localhost",
        "port": dovecot.port,
        "security": "none",
    }
    assert person.config.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in person.config.read_text() + told
    settings = person.settings()
    assert (settings.address, str(settings.since)) == (ADDRESS, "2026-01-31")
    assert settings.name_of("ana@desk.example") == "Ana"


def test_what_fails_is_said_and_mended_before_anything_is_written(person, dovecot, sink):
    user = dovecot.new_user()
    sink.passwords[user] = PASSWORD
    lines = lines_for(dovecot, sink, user, imap_port=1, variable="NOT_SET_ANYWHERE")

    status, told = person.answers(
        *(*lines, "everything"),
        *("password", "environment", "THE_PASSWORD"),
        *("server", "localhost", "none", dovecot.port, "localhost", "none", sink.port, user),
    )

    assert status == 0, told
    assert "the environment variable NOT_SET_ANYWHERE is not set" in told
    assert "Cannot reach localhost:1: nothing listens there" in told
    assert person.settings().since is None


def test_a_wrong_password_for_sending_writes_nothing(person, dovecot, sink):
    user = dovecot.new_user()
    sink.passwords[user] = "another"

    status, told = person.answers(*lines_for(dovecot, sink, user), "", "quit")

    assert status == 5
    assert "refuses the login" in told
    assert not person.config.exists()
    assert not person.desk.exists()


def test_a_desk_of_another_address_is_refused_naming_both(person, dovecot, sink):
    user = dovecot.new_user()
    sink.passwords[user] = PASSWORD
    with Desk(person.desk) as desk:
        desk.commit(SetDesk(key="address", value="help@other.example"), actor=ANA)

    status, told = person.answers(*lines_for(dovecot, sink, user), "")

    assert status == 2
    assert "help@other.example" in told
    assert ADDRESS in told
    assert not person.config.exists()


def test_a_second_setup_proposes_what_is_there_and_keeps_the_rest(person, dovecot, sink):
    user = dovecot.new_user()
    sink.passwords[user] = PASSWORD
    person.answers(*lines_for(dovecot, sink, user), "2026-01-31")
    person.config.write_text(person.config.read_text() + '\n[look]\ntheme = "rotadesk-light"\n')

    status, told = person.answers(*[""] * 20)

    assert status == 0, told
    written = tomllib.loads(person.config.read_text())
    assert written["account"]["imap"]["port"] == dovecot.port
    assert written["look"] == {"theme": "rotadesk-light"}


def test_another_day_than_the_desks_is_refused_naming_both(person, dovecot, sink):
    user = dovecot.new_user()
    sink.passwords[user] = PASSWORD
    person.answers(*lines_for(dovecot, sink, user), "2026-01-31")

    status, told = person.answers(*[""] * 12, "2026-02-15")

    assert status == 2
    assert "2026-01-31" in told.splitlines()[-1]
    assert "2026-02-15" in told.splitlines()[-1]


def test_leaving_in_the_middle_writes_nothing(person):
    status, _ = person.answers(ADDRESS)

    assert status == 130
    assert not person.config.exists()
