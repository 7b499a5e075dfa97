"""The recipes for access tokens are true: what they say is read as they mean it."""

import re
from pathlib import Path

import pytest

from console.config import parse
from storage.mail import profiles
from storage.mail.profiles import Tokens
from storage.records.account import Oauth

PAGE = Path(__file__).parents[2] / "docs" / "oauth.md"
SNIPPETS = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
WHOLE = [one for one in SNIPPETS if "[me]" in one]


def account(snippet):
    return parse(snippet.encode(), path=Path("config.toml"))


def test_there_is_a_recipe_for_each_provider_that_takes_tokens():
    hosts = {account(one).account.imap.host for one in WHOLE}

    for profile in profiles.PROFILES:
        if profile.tokens is not Tokens.NEVER:
            assert profile.imap.host in hosts


@pytest.mark.parametrize("snippet", WHOLE, ids=lambda one: account(one).account.imap.host)
def test_a_recipe_is_a_configuration_and_its_servers_are_the_providers(snippet):
    read = account(snippet)

    known = profiles.detected(
        chosen=read.account.profile, host=read.account.imap.host, capabilities=()
    )

    assert read.password_command
    assert known.tokens is not Tokens.NEVER
    if read.account.oauth:
        assert read.account.oauth is Oauth.AUTO
        assert (read.account.imap, read.account.smtp) == (known.imap, known.smtp)
    assert known.files_sent(smtp_host=read.account.smtp.host)


def test_the_short_recipe_names_keys_that_exist():
    (short,) = [one for one in SNIPPETS if one not in WHOLE]
    servers = '[account.imap]\nhost = "a.example"\n[account.smtp]\nhost = "a.example"\n'
    who = '[me]\nemail = "ana@acme.example"\n'
    added = 'address = "support@acme.example"\nusername = "x"\n'

    read = account(f"{who}{short}{added}{servers}")

    assert read.account.oauth is Oauth.AUTO
    assert read.password_command[0] == "oama"
