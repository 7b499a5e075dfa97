"""Providers: how a person finds one, how a server shows itself, what is believed of it."""

import pytest

from console.config_keys import PROFILES as CHOICES
from storage.mail import profiles
from storage.mail.transport import is_loopback
from storage.records.account import Security

GMAIL = "IMAP4REV1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS CONDSTORE"
EXCHANGE = "IMAP4 IMAP4REV1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT IDLE"
DOVECOT = "IMAP4REV1 SASL-IR ID ENABLE IDLE CONDSTORE QRESYNC SPECIAL-USE MOVE"


def detected(host="mail.acme.example", capabilities=DOVECOT, **told):
    return profiles.detected(host=host, capabilities=capabilities.split(), **told).id


def test_an_address_leads_to_its_provider():
    assert profiles.of_address("team@Gmail.com").name == "Gmail"
    assert profiles.of_address("support@example.com") is None


@pytest.mark.parametrize(
    ("typed", "name"),
    [("gmx", "GMX"), ("GMX.com", "GMX.com"), ("fast", "Fastmail"), ("zoho", "Zoho")],
)
def test_a_name_or_its_beginning_names_one(typed, name):
    assert profiles.named(typed).name == name


@pytest.mark.parametrize("typed", ["", "other", "g", "nobody", "dovecot"])
def test_what_names_none_or_several_or_no_provider_is_another_server(typed):
    assert profiles.named(typed) is None


@pytest.mark.parametrize("one", profiles.providers(), ids=lambda one: one.name)
def test_no_preset_speaks_in_clear_to_another_machine(one):
    for server in (one.imap, one.smtp):
        assert server.security is not Security.NONE or is_loopback(server.host)


def test_no_domain_no_name_and_no_id_stands_twice():
    for said in (
        [domain for one in profiles.PROFILES for domain in one.domains],
        [one.name for one in profiles.PROFILES],
        list(profiles.ids()),
    ):
        assert len(set(said)) == len(said)


def test_every_profile_that_a_configuration_may_name_is_one():
    assert set(CHOICES) <= set(profiles.ids())


def test_gmail_is_known_by_its_extension_wherever_it_is_reached():
    assert detected("imap.gmail.com", GMAIL) == "gmail"
    assert detected("localhost", GMAIL) == "gmail"


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("outlook.office365.com", "microsoft365"),
        ("OUTLOOK.OFFICE365.COM", "microsoft365"),
        ("imap-mail.outlook.com", "microsoft365"),
        ("p02-imap.mail.me.com", "icloud"),
        ("imap.mail.me.com", "icloud"),
        ("imap.fastmail.com", "fastmail"),
        ("imap.gmx.net", "gmx"),
        ("office365.com.evil.example", "plain"),
        ("notoffice365.com", "plain"),
        ("127.0.0.1", "plain"),
    ],
)
def test_a_provider_is_known_by_its_host(host, known):
    assert detected(host, "IMAP4REV1") == known


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Dovecot", "dovecot"),
        ("Dovecot (Debian)", "dovecot"),
        ("Cyrus IMAPD", "cyrus"),
        ("Microsoft.Exchange.Imap4.Imap4Server", "exchange"),
        ("RZimapd", "plain"),
        ("", "plain"),
    ],
)
def test_a_server_of_ones_own_is_known_by_the_name_it_gives(name, known):
    assert detected(server_name=name) == known


def test_what_the_configuration_names_counts_most():
    assert detected("imap.gmail.com", GMAIL, chosen="plain") == "plain"
    assert detected(chosen="microsoft365") == "microsoft365"


@pytest.mark.parametrize(
    ("known", "offered", "left"),
    [
        ("microsoft365", {"CONDSTORE", "QRESYNC", "IDLE"}, {"IDLE"}),
        ("icloud", {"CONDSTORE", "QRESYNC"}, {"CONDSTORE"}),
        ("gmail", {"CONDSTORE", "QRESYNC"}, {"CONDSTORE"}),
        ("dovecot", {"CONDSTORE", "QRESYNC"}, {"CONDSTORE", "QRESYNC"}),
        ("plain", {"CONDSTORE", "QRESYNC"}, {"CONDSTORE", "QRESYNC"}),
    ],
)
def test_13_what_a_provider_does_not_keep_is_not_believed(known, offered, left):
    profile = profiles.detected(chosen=known, host="x.example", capabilities=offered)

    assert offered - profile.distrusts == left


@pytest.mark.parametrize(
    ("known", "smtp_host", "files"),
    [
        ("gmail", "smtp.gmail.com", True),
        ("gmail", "SMTP.gmail.com", True),
        ("gmail", "localhost", True),
        ("gmail", "smtp-relay.gmail.com", False),
        ("gmail", "email-smtp.eu-west-1.amazonaws.com", False),
        ("microsoft365", "smtp.office365.com", True),
        ("microsoft365", "acme-example.mail.protection.outlook.com", False),
        ("icloud", "smtp.mail.me.com", False),
        ("plain", "localhost", False),
        ("plain", "smtp.gmail.com", False),
    ],
)
def test_38_a_provider_files_only_what_leaves_through_its_own_server(known, smtp_host, files):
    profile = profiles.detected(chosen=known, host="x.example", capabilities=())

    assert profile.files_sent(smtp_host=smtp_host) is files
