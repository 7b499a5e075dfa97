"""Mail providers as data: how a person finds one, how a server shows itself, what to believe.

A person's provider is known by the domain of the address, or chosen by its name. A server is
known after login: by its capabilities, its host, or the name that it gives (RFC 2971); what no
profile knows is plain IMAP, and believed until it is caught lying.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from storage.mail.authentication import NAMELESS
from storage.records.account import Security, ServerAddress

_TLS, _STARTTLS = Security.TLS, Security.STARTTLS
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


class Tokens(StrEnum):
    """Whether logging in takes an access token (OAuth)."""

    NEVER = "never"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A provider, or a kind of server."""

    id: str
    "In config.toml."
    name: str
    domains: tuple[str, ...] = ()
    "Of addresses that it gives out itself."
    imap: ServerAddress | None = None
    smtp: ServerAddress | None = None
    note: str = ""
    "Shown before the password is asked for."
    tokens: Tokens = Tokens.NEVER

    hosts: tuple[str, ...] = ()
    "Besides the one above, where its mail is read; with a dot in front, every host below."
    capability: str = ""
    "Offered by no other server."
    server_name: str = ""
    "How the name begins that the server gives, in lower case."

    distrusts: frozenset[str] = frozenset()
    "Capabilities that it offers and does not keep: as if they were not there."
    files_what_leaves_by: tuple[str, ...] = ()
    "SMTP servers that put what they send into Sent: a copy of ours would be a second."
    connections: int = 10
    "The most that one account may have open; Dovecot's default where nothing is known."
    authserv_ids: tuple[str, ...] = ()
    "Under which it writes Authentication-Results, see `authentication.believed`."

    def files_sent(self, *, smtp_host: str) -> bool:
        """Return whether what is sent through this host comes into Sent by itself.

        A proxy on this machine stands for the provider it leads to.
        """
        host = smtp_host.lower()
        return bool(self.files_what_leaves_by) and host in {
            *self.files_what_leaves_by,
            *_THIS_MACHINE,
        }


def _at(host: str, port: int, security: Security = _TLS) -> ServerAddress:
    return ServerAddress(host, port, security)


PLAIN: Final = Profile(id="plain", name="plain IMAP")
PROFILES: Final = (
    Profile(
        id="gmail",
        name="Gmail",
        domains=("gmail.com", "googlemail.com"),
        imap=_at("imap.gmail.com", 993),
        smtp=_at("smtp.gmail.com", 465),
        note="It takes an app password, not yours (https://myaccount.google.com/apppasswords), or a token.",
        tokens=Tokens.MAY,
        hosts=("imap.gmail.com", "imap.googlemail.com"),
        capability="X-GM-EXT-1",
        distrusts=frozenset({"QRESYNC"}),
        files_what_leaves_by=("smtp.gmail.com", "smtp.googlemail.com"),
        connections=15,
        authserv_ids=("mx.google.com",),
    ),
    Profile(
        id="microsoft365",
        name="Microsoft 365",
        domains=("outlook.com", "hotmail.com", "live.com", "msn.com"),
        imap=_at("outlook.office365.com", 993),
        smtp=_at("smtp.office365.com", 587, _STARTTLS),
        note="It takes no passwords any more, only access tokens.",
        tokens=Tokens.MUST,
        hosts=(".office365.com", ".outlook.com"),
        distrusts=frozenset({"CONDSTORE", "QRESYNC"}),
        files_what_leaves_by=(
            "smtp.office365.com",
            "outlook.office365.com",
            "smtp-mail.outlook.com",
            "smtp-legacy.office365.com",
        ),
        connections=16,
        authserv_ids=(NAMELESS,),
    ),
    Profile(
        id="icloud",
        name="iCloud",
        domains=("icloud.com", "me.com", "mac.com"),
        imap=_at("imap.mail.me.com", 993),
        smtp=_at("smtp.mail.me.com", 587, _STARTTLS),
        note="It takes an app-specific password: https://account.apple.com, Sign-In and Security",
        hosts=(".mail.me.com", ".mail.icloud.com"),
        # it has told of mails as gone that lay there
        distrusts=frozenset({"QRESYNC"}),
        authserv_ids=(".icloud.com",),
    ),
    Profile(
        id="fastmail",
        name="Fastmail",
        domains=("fastmail.com", "fastmail.fm"),
        imap=_at("imap.fastmail.com", 993),
        smtp=_at("smtp.fastmail.com", 465),
        note="It takes an app password: Settings, Privacy & Security, Manage app passwords",
        hosts=(".fastmail.com", ".messagingengine.com"),
        authserv_ids=(".messagingengine.com",),
    ),
    Profile(
        id="yahoo",
        name="Yahoo",
        domains=("yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.co.uk", "ymail.com", "rocketmail.com"),
        imap=_at("imap.mail.yahoo.com", 993),
        smtp=_at("smtp.mail.yahoo.com", 465),
        note="It takes an app password: Account security, Generate app password",
        hosts=(".mail.yahoo.com",),
        connections=5,
        authserv_ids=(".yahoo.com",),
    ),
    Profile(
        id="gmx",
        name="GMX",
        domains=("gmx.de", "gmx.net", "gmx.at", "gmx.ch"),
        imap=_at("imap.gmx.net", 993),
        smtp=_at("mail.gmx.net", 465),
        note="IMAP has to be switched on: Settings, POP3/IMAP",
    ),
    Profile(
        id="gmx-com",
        name="GMX.com",
        domains=("gmx.com", "gmx.us", "gmx.co.uk"),
        imap=_at("imap.gmx.com", 993),
        smtp=_at("mail.gmx.com", 465),
        note="IMAP has to be switched on: Settings, POP3/IMAP",
    ),
    Profile(
        id="web-de",
        name="WEB.DE",
        domains=("web.de",),
        imap=_at("imap.web.de", 993),
        smtp=_at("smtp.web.de", 587, _STARTTLS),
        note="IMAP has to be switched on: Settings, POP3/IMAP",
    ),
    Profile(
        id="mailbox-org",
        name="mailbox.org",
        domains=("mailbox.org",),
        imap=_at("imap.mailbox.org", 993),
        smtp=_at("smtp.mailbox.org", 465),
    ),
    Profile(
        id="posteo",
        name="Posteo",
        domains=("posteo.de", "posteo.net", "posteo.org"),
        imap=_at("posteo.de", 993),
        smtp=_at("posteo.de", 465),
        authserv_ids=("posteo.de",),
    ),
    Profile(
        id="proton",
        name="Proton Bridge",
        domains=("proton.me", "protonmail.com", "pm.me"),
        imap=_at("127.0.0.1", 1143, Security.NONE),
        smtp=_at("127.0.0.1", 1025, Security.NONE),
        note="The bridge has to run on this machine; it shows the user name and password to take.",
    ),
    Profile(
        id="zoho",
        name="Zoho",
        domains=("zoho.com", "zohomail.com"),
        imap=_at("imap.zoho.com", 993),
        smtp=_at("smtp.zoho.com", 465),
        note="Paid plans: imappro.zoho.com and smtppro.zoho.com. IMAP has to be switched on.",
    ),
    Profile(
        id="zoho-eu",
        name="Zoho Europe",
        domains=("zoho.eu",),
        imap=_at("imap.zoho.eu", 993),
        smtp=_at("smtp.zoho.eu", 465),
        note="Paid plans: imappro.zoho.eu and smtppro.zoho.eu. IMAP has to be switched on.",
    ),
    Profile(
        id="aol",
        name="AOL",
        domains=("aol.com",),
        imap=_at("imap.aol.com", 993),
        smtp=_at("smtp.aol.com", 465),
        note="It takes an app password: Account security, Generate app password",
        connections=5,
        authserv_ids=(".yahoo.com",),
    ),
    Profile(
        id="yandex",
        name="Yandex",
        domains=("yandex.ru", "yandex.com", "ya.ru"),
        imap=_at("imap.yandex.com", 993),
        smtp=_at("smtp.yandex.com", 465),
        note="It takes an app password, and IMAP has to be switched on.",
    ),
    Profile(
        id="migadu",
        name="Migadu",
        domains=(),
        imap=_at("imap.migadu.com", 993),
        smtp=_at("smtp.migadu.com", 465),
    ),
    Profile(
        id="ovh",
        name="OVHcloud",
        domains=("ovh.net",),
        imap=_at("ssl0.ovh.net", 993),
        smtp=_at("ssl0.ovh.net", 465),
    ),
    Profile(
        id="ionos",
        name="IONOS",
        domains=("online.de",),
        imap=_at("imap.ionos.de", 993),
        smtp=_at("smtp.ionos.de", 465),
    ),
    Profile(id="dovecot", name="Dovecot", server_name="dovecot"),
    Profile(id="cyrus", name="Cyrus", server_name="cyrus"),
    Profile(
        id="exchange",
        name="Exchange Server",
        server_name="microsoft.exchange",
        distrusts=frozenset({"CONDSTORE", "QRESYNC"}),
    ),
)


def of_address(address: str) -> Profile | None:
    """Return the provider that gave the address out; None for a domain of one's own."""
    domain = address.rpartition("@")[2].lower()
    return next((one for one in PROFILES if domain in one.domains), None)


def named(typed: str) -> Profile | None:
    """Return the provider whose name begins with what was typed; None where none or several do."""
    wanted = typed.strip().lower()
    known = providers() if wanted else []
    found = [one for one in known if one.name.lower().startswith(wanted)]
    exact = [one for one in found if one.name.lower() == wanted]
    return (exact or found)[0] if len(exact or found) == 1 else None


def providers() -> list[Profile]:
    """Return those with servers of their own."""
    return [one for one in PROFILES if one.imap and one.smtp]


def ids() -> tuple[str, ...]:
    return (PLAIN.id, *(one.id for one in PROFILES))


def detected(
    *, chosen: str = "", host: str, capabilities: Iterable[str], server_name: str = ""
) -> Profile:
    """Return the profile of a server that let us in.

    Args:
        chosen: The id that the configuration names; counts most.
        host: As we connected to it.
        capabilities: After login, upper case.
        server_name: As it calls itself (ID); empty where it does not say.
    """
    offered = set(capabilities)
    if chosen:
        return next((one for one in PROFILES if one.id == chosen), PLAIN)
    for one in PROFILES:
        if one.capability and one.capability in offered:
            return one
    for one in PROFILES:
        if _is_at(one, host.lower()):
            return one
    name = server_name.lower()
    for one in PROFILES:
        if one.server_name and name.startswith(one.server_name):
            return one
    return PLAIN


def _is_at(profile: Profile, host: str) -> bool:
    own = (profile.imap.host,) if profile.imap and profile.imap.host not in _THIS_MACHINE else ()
    return any(
        host.endswith(one) if one.startswith(".") else host == one for one in (*own, *profile.hosts)
    )
