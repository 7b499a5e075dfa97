"""What config.toml may say, and what is said about its mistakes."""

import pytest

from console import config, config_file
from storage.records.account import Security

GOOD = """\
[me]
name = "Ana"
email = "Ana@example.com"

[account]
address = "support@example.com"
username = "support@example.com"
password_command = ["pass", "show", "support"]
since = "2025-01-31"

[account.imap]
host = "imap.example.com"

[account.smtp]
host = "smtp.example.com"
port = 587
security = "starttls"

[keys]
"inbox.close_ticket" = "x"
inbox.take = ["a", "ctrl+t"]
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config.toml"


def mistakes(path, text):
    with pytest.raises(config.ConfigError) as caught:
        config.parse(text.encode(), path=path)
    return str(caught.value)


def test_a_whole_file_is_read(path):
    read = config.parse(GOOD.encode(), path=path)

    assert read.me.email == "ana@example.com"
    assert read.account.imap.port == 993
    assert read.account.smtp.security is Security.STARTTLS
    assert read.seed.since.isoformat() == "2025-01-31"
    assert read.password_command == ("pass", "show", "support")
    assert read.keys == {"inbox.close_ticket": ("x",), "inbox.take": ("a", "ctrl+t")}


def test_s3_a_file_of_authorities_is_for_both_servers(path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ana")
    text = GOOD.replace("since =", 'ca_file = "~/own.pem"\nsince =')

    read = config.parse(text.encode(), path=path)

    assert read.account.imap.ca_file == read.account.smtp.ca_file == "/home/ana/own.pem"
    assert config.parse(GOOD.encode(), path=path).account.imap.ca_file == ""


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ('host = "imap', 'hots = "imap', 12, "did you mean account.imap.host?"),
        ("port = 587", "port = 70000", 16, "allowed is a number from 1 to 65535"),
        ("port = 587", 'port = "587"', 16, "allowed is a number from 1 to 65535"),
        ('"starttls"', '"ssl"', 17, 'one of "tls", "starttls", "none"'),
        ('"starttls"', '"none"', 17, "only towards this very machine"),
        ('"2025-01-31"', '"soon"', 9, "a day such as 2025-01-31"),
        ("password_command =", "password_comand =", 8, "did you mean account.password_command?"),
        ('["pass", "show", "support"]', '"pass"', 8, "a list of texts"),
        ("[account.imap]", "[account.imp]", 11, "did you mean account.imap"),
        ('inbox.take = ["a", "ctrl+t"]', "inbox.take = 7", 21, "one key or a list of keys"),
        ('email = "Ana@example.com"', "", 1, "me.email is missing"),
    ],
)
def test_a_mistake_names_file_line_key_and_what_is_allowed(path, before, after, line, said):
    told = mistakes(path, GOOD.replace(before, after, 1))

    assert f"{path}:{line}: " in told
    assert said in told


def test_a_password_in_the_file_is_refused_and_not_repeated(path):
    told = mistakes(path, GOOD.replace("since =", 'password = "hunter2"\nsince =', 1))

    assert config.NO_PASSWORDS_HERE in told
    assert "hunter2" not in told


def test_all_mistakes_are_told_at_once(path):
    told = mistakes(path, GOOD.replace("587", "0").replace("[me]", "[me]\nnickname = 1"))

    assert len(told.splitlines()) == 2


def test_what_is_not_toml_names_its_line(path):
    assert "line 2" in mistakes(path, "[me]\nname = \n")


def test_a_missing_file_names_the_next_step(path):
    with pytest.raises(config.ConfigError, match="rotadesk setup"):
        config.load(path)


def test_a_file_that_others_can_read_is_mended_and_said(path):
    path.write_text(GOOD)
    path.chmod(0o644)

    read = config.load(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read.mended) == 1


def test_plain_talk_to_this_very_machine_is_allowed(path):
    text = GOOD.replace("smtp.example.com", "127.0.0.1").replace("starttls", "none")

    assert config.parse(text.encode(), path=path).account.smtp.security is Security.NONE


def test_a_new_file_is_private_and_reads_back(path):
    config_file.write(
        path,
        {
            "me.email": "ana@example.com",
            "account.address": "support@example.com",
            "account.username": "support",
            "account.imap.host": "imap.example.com",
            "account.smtp.host": "smtp.example.com",
            "account.intake": ("INBOX", "Support"),
        },
    )

    assert path.stat().st_mode & 0o777 == 0o600
    assert config.load(path).seed.intake == ("INBOX", "Support")


def test_writing_keeps_what_a_person_wrote(path):
    path.write_text("# mine\n" + GOOD.replace('host = "imap', '# the old one died\nhost = "imap'))

    config_file.write(path, {"account.imap.host": "mail.example.com"})

    written = path.read_text()
    assert "# mine" in written
    assert "# the old one died" in written
    assert config.load(path).account.imap.host == "mail.example.com"


def test_acting_as_somebody_else_changes_who_i_am(path):
    read = config.parse(GOOD.encode(), path=path)

    assert read.acting_as("Ben@example.com").me.email == "ben@example.com"
