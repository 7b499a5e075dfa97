"""Every key of `config.toml`, once: what it takes, what it means, what it is without.

Reading, the file that `setup` writes and `docs/config.md` all come from this table.
"""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final


class Kind(StrEnum):
    TEXT = auto()
    ADDRESS = auto()
    HOST = auto()
    PORT = auto()
    SECONDS = auto()
    MEGABYTES = auto()
    CHOICE = auto()
    WORDS = auto()
    "A list of text; an argv where it is a command."
    DAY = auto()


ALLOWED: Final = {
    Kind.TEXT: "a text",
    Kind.ADDRESS: "an address such as support@example.com",
    Kind.HOST: "the name of a server, such as imap.example.com",
    Kind.PORT: "a number from 1 to 65535",
    Kind.SECONDS: "a whole number of seconds from 0 to 600",
    Kind.MEGABYTES: "a whole number of megabytes from 0 to 10000000",
    Kind.WORDS: 'a list of texts, such as ["pass", "show", "support"]',
    Kind.DAY: "a day such as 2025-01-31",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigKey:
    """One key: its dotted name, what it takes, and its sentence for people."""

    name: str
    kind: Kind
    help: str
    default: str | int | tuple[str, ...] | None = None
    "None: required as soon as its table is there."
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        if self.choices:
            return "one of " + ", ".join(f'"{one}"' for one in self.choices)
        return ALLOWED[self.kind]


PROFILES: Final = (
    *("plain", "dovecot", "cyrus", "exchange"),
    *("gmail", "microsoft365", "icloud", "fastmail", "yahoo"),
)
"Ids of `storage.mail.profiles` that differ; written here too, for a list needs no profiles."
_SECURITY: Final = ("tls", "starttls", "none")

CONFIG_KEYS: Final = (
    ConfigKey(name="me.name", kind=Kind.TEXT, default="", help="My name, as customers read it."),
    ConfigKey(name="me.email", kind=Kind.ADDRESS, help="Who I am: author and assignee."),
    ConfigKey(
        name="account.address",
        kind=Kind.ADDRESS,
        help="What customers write to; a desk belongs to one address.",
    ),
    ConfigKey(name="account.username", kind=Kind.TEXT, help="The name to log in with."),
    ConfigKey(
        name="account.password_command",
        kind=Kind.WORDS,
        default=(),
        help="A command that prints the password; with `oauth` an access token, asked for at each login.",
    ),
    ConfigKey(
        name="account.password_env",
        kind=Kind.TEXT,
        default="",
        help="The environment variable that holds the password. Neither of the two: the keyring.",
    ),
    ConfigKey(
        name="account.oauth",
        kind=Kind.CHOICE,
        default="",
        choices=("", "auto", "xoauth2", "oauthbearer"),
        help="How to log in with an access token, auto: as the server offers; empty: with a password. ROTADESK_OAUTH overrides it.",
    ),
    ConfigKey(
        name="account.profile",
        kind=Kind.CHOICE,
        default="",
        choices=("", *PROFILES),
        help="Whose server it is, where rotadesk doctor names the wrong one; empty: found out after login.",
    ),
    ConfigKey(
        name="account.intake",
        kind=Kind.WORDS,
        default=("INBOX",),
        help="The folders that customers' mail comes into; several are one desk.",
    ),
    ConfigKey(
        name="account.archive",
        kind=Kind.TEXT,
        default="",
        help="The archive; empty: found by itself where the team uses it.",
    ),
    ConfigKey(
        name="account.sent",
        kind=Kind.TEXT,
        default="",
        help="Where sent mail is kept; empty: found by itself.",
    ),
    ConfigKey(
        name="account.aliases",
        kind=Kind.WORDS,
        default=(),
        help="Other addresses of the same desk.",
    ),
    ConfigKey(
        name="account.since",
        kind=Kind.DAY,
        default="",
        help="The day from which mail is work; empty: everything.",
    ),
    ConfigKey(
        name="account.ca_file",
        kind=Kind.TEXT,
        default="",
        help="A PEM file of authorities to trust besides the system's, for servers of your own.",
    ),
    ConfigKey(name="account.imap.host", kind=Kind.HOST, help="The server that mail is read from."),
    ConfigKey(name="account.imap.port", kind=Kind.PORT, default=993, help="Its port."),
    ConfigKey(
        name="account.imap.security",
        kind=Kind.CHOICE,
        default="tls",
        choices=_SECURITY,
        help='How it is spoken to; "none" only towards this very machine.',
    ),
    ConfigKey(
        name="account.smtp.host", kind=Kind.HOST, help="The server that mail is sent through."
    ),
    ConfigKey(name="account.smtp.port", kind=Kind.PORT, default=465, help="Its port."),
    ConfigKey(
        name="account.smtp.security",
        kind=Kind.CHOICE,
        default="tls",
        choices=_SECURITY,
        help='How it is spoken to; "none" only towards this very machine.',
    ),
    ConfigKey(
        name="account.smtp.undo_seconds",
        kind=Kind.SECONDS,
        default=10,
        help="How long a reply waits, so that it can be taken back.",
    ),
    ConfigKey(
        name="team.key_command",
        kind=Kind.WORDS,
        default=(),
        help="A command that prints the team's key.",
    ),
    ConfigKey(
        name="team.key_env",
        kind=Kind.TEXT,
        default="",
        help="The environment variable that holds it. Neither: team.key in the desk folder.",
    ),
    ConfigKey(
        name="files.most_mb",
        kind=Kind.MEGABYTES,
        default=2_000,
        help="What attachments may take of the disk; those unused for longest that the server has "
        "are put away, and fetched again when opened. 0: all stay.",
    ),
    ConfigKey(name="look.theme", kind=Kind.TEXT, default="rotadesk-dark", help="The colours."),
)
BY_NAME: Final = {one.name: one for one in CONFIG_KEYS}
TABLES: Final = tuple(dict.fromkeys(one.name.rpartition(".")[0] for one in CONFIG_KEYS))
KEYS_TABLE: Final = "keys"
"[keys]: action = one key or a list; its names are those of docs/keys.md."
