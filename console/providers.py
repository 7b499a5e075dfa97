"""Mail providers that many desks use: their servers, and what logging in to them takes.

Data alone. A provider is known by the domain of the address; a domain of one's own at one of
them is chosen by the provider's name.
"""

from dataclasses import dataclass
from typing import Final

from storage.records.account import Security, ServerAddress

_TLS, _STARTTLS = Security.TLS, Security.STARTTLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where its mail is read and sent, and what to know before the first login."""

    name: str
    domains: tuple[str, ...]
    "Of addresses that it gives out itself."
    imap: ServerAddress
    smtp: ServerAddress
    note: str = ""
    "Shown before the password is asked for."


def _at(host: str, port: int, security: Security = _TLS) -> ServerAddress:
    return ServerAddress(host, port, security)


PROVIDERS: Final = (
    Provider(
        name="Gmail",
        domains=("gmail.com", "googlemail.com"),
        imap=_at("imap.gmail.com", 993),
        smtp=_at("smtp.gmail.com", 465),
        note="It takes an app password, not yours: https://myaccount.google.com/apppasswords",
    ),
    Provider(
        name="Microsoft 365",
        domains=("outlook.com", "hotmail.com", "live.com", "msn.com"),
        imap=_at("outlook.office365.com", 993),
        smtp=_at("smtp.office365.com", 587, _STARTTLS),
        note="It takes no passwords over IMAP any more, only OAuth, unless your admin allows an app password.",
    ),
    Provider(
        name="iCloud",
        domains=("icloud.com", "me.com", "mac.com"),
        imap=_at("imap.mail.me.com", 993),
        smtp=_at("smtp.mail.me.com", 587, _STARTTLS),
        note="It takes an app-specific password: https://account.apple.com, Sign-In and Security",
    ),
    Provider(
        name="Fastmail",
        domains=("fastmail.com", "fastmail.fm"),
        imap=_at("imap.fastmail.com", 993),
        smtp=_at("smtp.fastmail.com", 465),
        note="It takes an app password: Settings, Privacy & Security, Manage app passwords",
    ),
    Provider(
        name="Yahoo",
        domains=("yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.co.uk", "ymail.com", "rocketmail.com"),
        imap=_at("imap.mail.yahoo.com", 993),
        smtp=_at("smtp.mail.yahoo.com", 465),
        note="It takes an app password: Account security, Generate app password",
    ),
    Provider(
        name="GMX",
        domains=("gmx.de", "gmx.net", "gmx.at", "gmx.ch"),
        imap=_at("imap.gmx.net", 993),
        smtp=_at("mail.gmx.net", 465),
        note="IMAP has to be switched on: Settings, POP3/IMAP",
    ),
    Provider(
        name="GMX.com",
        domains=("gmx.com", "gmx.us", "gmx.co.uk"),
        imap=_at("imap.gmx.com", 993),
        smtp=_at("mail.gmx.com", 465),
        note="IMAP has to be switched on: Settings, POP3/IMAP",
    ),
    Provider(
        name="WEB.DE",
        domains=("web.de",),
        imap=_at("imap.web.de", 993),
        smtp=_at("smtp.web.de", 587, _STARTTLS),
        note="IMAP has to be switched on: Settings, POP3/IMAP",
    ),
    Provider(
        name="mailbox.org",
        domains=("mailbox.org",),
        imap=_at("imap.mailbox.org", 993),
        smtp=_at("smtp.mailbox.org", 465),
    ),
    Provider(
        name="Posteo",
        domains=("posteo.de", "posteo.net", "posteo.org"),
        imap=_at("posteo.de", 993),
        smtp=_at("posteo.de", 465),
    ),
    Provider(
        name="Proton Bridge",
        domains=("proton.me", "protonmail.com", "pm.me"),
        imap=_at("127.0.0.1", 1143, Security.NONE),
        smtp=_at("127.0.0.1", 1025, Security.NONE),
        note="The bridge has to run on this machine; it shows the user name and password to take.",
    ),
    Provider(
        name="Zoho",
        domains=("zoho.com", "zohomail.com"),
        imap=_at("imap.zoho.com", 993),
        smtp=_at("smtp.zoho.com", 465),
        note="Paid plans: imappro.zoho.com and smtppro.zoho.com. IMAP has to be switched on.",
    ),
    Provider(
        name="Zoho Europe",
        domains=("zoho.eu",),
        imap=_at("imap.zoho.eu", 993),
        smtp=_at("smtp.zoho.eu", 465),
        note="Paid plans: imappro.zoho.eu and smtppro.zoho.eu. IMAP has to be switched on.",
    ),
    Provider(
        name="AOL",
        domains=("aol.com",),
        imap=_at("imap.aol.com", 993),
        smtp=_at("smtp.aol.com", 465),
        note="It takes an app password: Account security, Generate app password",
    ),
    Provider(
        name="Yandex",
        domains=("yandex.ru", "yandex.com", "ya.ru"),
        imap=_at("imap.yandex.com", 993),
        smtp=_at("smtp.yandex.com", 465),
        note="It takes an app password, and IMAP has to be switched on.",
    ),
    Provider(
        name="Migadu",
        domains=(),
        imap=_at("imap.migadu.com", 993),
        smtp=_at("smtp.migadu.com", 465),
    ),
    Provider(
        name="OVHcloud",
        domains=("ovh.net",),
        imap=_at("ssl0.ovh.net", 993),
        smtp=_at("ssl0.ovh.net", 465),
    ),
    Provider(
        name="IONOS",
        domains=("online.de",),
        imap=_at("imap.ionos.de", 993),
        smtp=_at("smtp.ionos.de", 465),
    ),
)


def of_address(address: str) -> Provider | None:
    """Return the provider that gave the address out; None for a domain of one's own."""
    domain = address.rpartition("@")[2].lower()
    return next((one for one in PROVIDERS if domain in one.domains), None)


def named(typed: str) -> Provider | None:
    """Return the provider whose name begins with what was typed; None where none or several do."""
    wanted = typed.strip().lower()
    found = [one for one in PROVIDERS if one.name.lower().startswith(wanted)] if wanted else []
    exact = [one for one in found if one.name.lower() == wanted]
    return (exact or found)[0] if len(exact or found) == 1 else None
