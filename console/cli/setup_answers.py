"""What `setup` asks, and the answers so far: proposals on the first pass, kept on the next."""

import shlex
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

import click

from console.cli import texts
from console.config import Config
from console.config_file import Setting
from storage.mail import profiles
from storage.mail.profiles import Profile, Tokens
from storage.records.account import Account, Oauth, Security, ServerAddress
from storage.records.desk import DeskSettings

_EVERYTHING: Final = "everything"
_PRINTS_IT: Final = "The command that prints it, such as: pass show support"
_PRINTS_A_FRESH_ONE: Final = (
    "The command that prints an access token, such as: oama access support@example.com"
)
_DAYS: Final = 14
"A rotation is a week or two: older mail is history, not work."
_PORTS: Final = {
    ("imap", Security.TLS): 993,
    ("imap", Security.STARTTLS): 143,
    ("imap", Security.NONE): 143,
    ("smtp", Security.TLS): 465,
    ("smtp", Security.STARTTLS): 587,
    ("smtp", Security.NONE): 25,
}


@dataclass(slots=True, kw_only=True)
class Answers:
    """Everything that `config.toml` needs of a person."""

    address: str = ""
    my_name: str = ""
    my_email: str = ""
    username: str = ""
    imap: ServerAddress | None = None
    smtp: ServerAddress | None = None
    oauth: Oauth = Oauth.NO
    password_command: tuple[str, ...] = ()
    password_env: str = ""
    secret: str = field(default="", repr=False)
    "Typed for the keyring; put there once the servers took it."
    since: date | None = None
    sent: str = ""

    @classmethod
    def of_config(cls, config: Config) -> "Answers":
        """Return what a configuration answers already."""
        account = config.account
        return cls(
            address=account.address if account else "",
            my_name=config.me.name,
            my_email=config.me.email,
            username=account.username if account else "",
            imap=account.imap if account else None,
            smtp=account.smtp if account else None,
            oauth=account.oauth if account else Oauth.NO,
            password_command=config.password_command,
            password_env=config.password_env,
            since=config.seed.since,
            sent=config.seed.sent,
        )

    def account(self) -> Account:
        if self.imap is None or self.smtp is None:
            raise TypeError("the servers are asked for first")
        return Account(
            address=self.address,
            username=self.username,
            imap=self.imap,
            smtp=self.smtp,
            my_name=self.my_name,
            oauth=self.oauth,
        )

    def seed(self) -> DeskSettings:
        return DeskSettings(address=self.address, since=self.since, sent=self.sent)

    def settings(self) -> dict[str, Setting]:
        """Return the keys of `config.toml` that were answered."""
        account = self.account()
        told: dict[str, Setting] = {
            "me.name": self.my_name,
            "me.email": self.my_email,
            "account.address": self.address,
            "account.username": self.username,
            "account.oauth": self.oauth.value,
            "account.password_command": self.password_command,
            "account.password_env": self.password_env,
            "account.since": self.since.isoformat() if self.since else "",
        }
        for name, server in (("imap", account.imap), ("smtp", account.smtp)):
            told[f"account.{name}.host"] = server.host
            told[f"account.{name}.port"] = server.port
            told[f"account.{name}.security"] = server.security.value
        return told


def who(answers: Answers) -> None:
    """Ask who is answered, and who answers."""
    answers.address = _address("The support address, what customers write to", answers.address)
    answers.my_name = _asked("Your name, as customers read it", answers.my_name)
    mine = answers.my_email or answers.address
    answers.my_email = _address("Your own address, by which colleagues know you", mine)


def servers(answers: Answers) -> None:
    """Ask where mail is read and sent; a known provider answers both."""
    known = profiles.of_address(answers.address)
    if known is None and answers.imap is None:
        known = _provider()
    if known is not None and known.imap and known.smtp and _takes(known):
        answers.imap, answers.smtp = known.imap, known.smtp
    else:
        domain = answers.address.rpartition("@")[2]
        answers.imap = _server("imap", "reads", answers.imap, f"imap.{domain}")
        answers.smtp = _server("smtp", "sends", answers.smtp, f"smtp.{domain}")
    answers.username = _asked("The name to log in with", answers.username or answers.address)


def password(answers: Answers, *, has_keyring: bool) -> None:
    """Ask how the program gets the password; it is never written into a file."""
    if _by_token(answers):
        command = shlex.join(answers.password_command)
        answers.password_command, answers.password_env, answers.secret = (), "", ""
        answers.password_command = _argv(_PRINTS_A_FRESH_ONE, command)
        return
    ways = ["command", "environment", *(["keyring"] if has_keyring else [])]
    now = "environment" if answers.password_env else "command"
    how = click.prompt("How to get the password", type=click.Choice(ways), default=now, err=True)
    command, variable = shlex.join(answers.password_command), answers.password_env
    answers.password_command, answers.password_env, answers.secret = (), "", ""
    match how:
        case "command":
            answers.password_command = _argv(_PRINTS_IT, command)
        case "environment":
            answers.password_env = _asked(
                "The environment variable", variable or "ROTADESK_PASSWORD"
            )
        case _:
            answers.secret = click.prompt("The password", hide_input=True, err=True)


def since(answers: Answers, *, today: date) -> None:
    """Ask from which day mail is work; what ended before it is history."""
    proposed = answers.since or today - timedelta(days=_DAYS)
    while True:
        said = _asked(f"The day from which mail is work, or {_EVERYTHING}", proposed.isoformat())
        if said.lower() == _EVERYTHING:
            answers.since = None
            return
        try:
            answers.since = date.fromisoformat(said)
        except ValueError:
            click.echo(f"'{said}' is no day; write it as {proposed}.", err=True)
            continue
        return


def today() -> date:
    return datetime.now(UTC).date()


def _provider() -> Profile | None:
    names = ", ".join(one.name for one in profiles.providers())
    said = _asked(f"The provider ({names}), or other", "other")
    return profiles.named(said)


def _takes(known: Profile) -> bool:
    servers = " and ".join(_shown(one) for one in (known.imap, known.smtp) if one)
    told = f"{known.name}: {servers}"
    if known.note:
        click.echo(known.note, err=True)
    return click.confirm(f"{told}. Right", default=True, err=True)


def _server(kind: str, does: str, before: ServerAddress | None, proposed: str) -> ServerAddress:
    host = _asked(
        f"The server that {does} mail ({kind.upper()})", before.host if before else proposed
    )
    security = Security(
        click.prompt(
            "Its encryption (none: only on this very machine)",
            type=click.Choice([one.value for one in Security]),
            default=before.security.value if before else Security.TLS.value,
            err=True,
        )
    )
    port = before.port if before and before.security is security else _PORTS[kind, security]
    port = click.prompt("Its port", type=click.IntRange(1, 65535), default=port, err=True)
    return ServerAddress(host, port, security)


def _by_token(answers: Answers) -> bool:
    """Ask whether to log in with an access token, where the provider takes one."""
    host = answers.imap.host if answers.imap else ""
    takes = profiles.detected(host=host, capabilities=()).tokens
    if takes is Tokens.NEVER and not answers.oauth:
        return False
    now = "token" if answers.oauth or takes is Tokens.MUST else "password"
    ways = click.Choice(["password", "token"])
    how = click.prompt("To log in with", type=ways, default=now, err=True)
    if how == "password":
        answers.oauth = Oauth.NO
    else:
        answers.oauth = answers.oauth or Oauth.AUTO
    return bool(answers.oauth)


def _argv(question: str, before: str) -> tuple[str, ...]:
    while True:
        said = _asked(question, before)
        try:
            return tuple(shlex.split(said))
        except ValueError:
            click.echo("That is no command: a quote is not closed.", err=True)


def _address(question: str, before: str) -> str:
    while True:
        said = _asked(question, before).lower()
        local, _, domain = said.rpartition("@")
        if local and domain and not set(said) & set(" <>,;"):
            return said
        click.echo(f"'{said}' is no address such as support@example.com.", err=True)


def _asked(question: str, before: str) -> str:
    said: str = click.prompt(question, default=before or None, err=True)
    return texts.line(said)


def _shown(server: ServerAddress) -> str:
    return f"{server.host}:{server.port}"
