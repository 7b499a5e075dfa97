"""Presets of mail providers."""

import pytest

from console import providers
from storage.mail.transport import is_loopback
from storage.records.account import Security


def test_an_address_leads_to_its_provider():
    assert providers.of_address("team@Gmail.com").name == "Gmail"
    assert providers.of_address("support@example.com") is None


@pytest.mark.parametrize(
    ("typed", "name"),
    [("gmx", "GMX"), ("GMX.com", "GMX.com"), ("fast", "Fastmail"), ("zoho", "Zoho")],
)
def test_a_name_or_its_beginning_names_one(typed, name):
    assert providers.named(typed).name == name


@pytest.mark.parametrize("typed", ["", "other", "g", "nobody"])
def test_what_names_none_or_several_is_another_server(typed):
    assert providers.named(typed) is None


@pytest.mark.parametrize("one", providers.PROVIDERS, ids=lambda one: one.name)
def test_no_preset_speaks_in_clear_to_another_machine(one):
    for server in (one.imap, one.smtp):
        assert server.security is not Security.NONE or is_loopback(server.host)


def test_no_domain_and_no_name_stands_twice():
    domains = [domain for one in providers.PROVIDERS for domain in one.domains]
    names = [one.name for one in providers.PROVIDERS]

    assert len(set(domains)) == len(domains)
    assert len(set(names)) == len(names)
