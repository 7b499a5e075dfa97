"""Where secrets come from."""

import sys
from dataclasses import replace

import pytest

from console import config, passwords
from storage.records.account import Account, Security, ServerAddress
from storage.records.mail import Address


def a_config(tmp_path, **changed):
    here = ServerAddress("127.0.0.1", 143, Security.NONE)
    account = Account(
        address="support@example.com", username="support", imap=here, smtp=here, my_name="Ana"
    )
    read = config.Config(
        path=tmp_path / "config.toml", me=Address("", "ana@x.org"), account=account
    )
    return replace(read, **changed)


def test_a_command_prints_the_password_on_its_first_line(tmp_path):
    argv = (sys.executable, "-c", "print('hunter2'); print('user: support')")

    assert passwords.password(a_config(tmp_path, password_command=argv)) == "hunter2"


def test_a_command_that_fails_is_named_and_its_output_is_not(tmp_path):
    argv = (sys.executable, "-c", "import sys; print('hunter2'); sys.exit(3)")

    with pytest.raises(config.ConfigError, match="status 3") as caught:
        passwords.password(a_config(tmp_path, password_command=argv))
    assert "hunter2" not in str(caught.value)


def test_a_program_that_is_not_there_is_named(tmp_path):
    with pytest.raises(config.ConfigError, match="no program 'no-such-program'"):
        passwords.password(a_config(tmp_path, password_command=("no-such-program",)))


def test_an_environment_variable_holds_the_password(tmp_path, monkeypatch):
    monkeypatch.setenv("DESK_PASSWORD", "hunter2")

    assert passwords.password(a_config(tmp_path, password_env="DESK_PASSWORD")) == "hunter2"


def test_the_teams_key_is_made_once_and_private(tmp_path):
    first = passwords.team_key(a_config(tmp_path), tmp_path / "desk")
    again = passwords.team_key(a_config(tmp_path), tmp_path / "desk")

    assert first == again
    assert (tmp_path / "desk" / "team.key").stat().st_mode & 0o777 == 0o600
