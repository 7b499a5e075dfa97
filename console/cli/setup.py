"""`setup`: from an address to a configuration that was tried out.

Nothing is written before both servers let us in; what fails is said precisely, and the person
mends that answer alone.
"""

import importlib.util
from typing import Final

import click

from console import config_file, passwords, paths, probe
from console.cli import setup_answers as ask
from console.cli.frame import Run, Verb
from console.cli.setup_answers import Answers
from console.config import Config, ConfigError, load
from storage.errors import LoginRefusedError, RuleBrokenError, ServerError, UsageError
from storage.queries import hot
from storage.records.address import Address

_MEND: Final = ("address", "server", "password", "quit")


@click.command("setup", cls=Verb)
@click.pass_obj
def setup(this: Run) -> None:
    """Set up this machine: asks, tries the account, then writes config.toml."""
    if this.readonly:
        raise RuleBrokenError("With --readonly nothing is set up.")
    path = paths.config_file(this.config_path)
    answers = _begun(this)
    ask.who(answers)
    ask.servers(answers)
    ask.password(answers, has_keyring=_has_keyring())
    ask.since(answers, today=ask.today())
    found = _tried(this, answers)
    if not found.sent:
        this.say("No folder says that it holds sent mail; rotadesk makes one called Sent.")
    _share(this, answers)
    if answers.secret:
        _keep_secret(answers)
    config_file.write(path, answers.settings())
    folder = this.desk_folder()
    this.say(f"Written: {path}. The desk is in {folder}. Now: rotadesk")
    if this.as_json:
        this.emit({"config": str(path), "desk": str(folder), "address": answers.address})


def _begun(this: Run) -> Answers:
    """Return the answers of a configuration that is there; one with mistakes answers nothing."""
    path = paths.config_file(this.config_path)
    if not path.exists():
        return Answers()
    try:
        return Answers.of_config(load(path))
    except ConfigError as error:
        raise ConfigError(f"{error}\nMend it or move it away, then run setup again.") from None


def _tried(this: Run, answers: Answers) -> probe.Mailbox:
    """Try both servers until they let us in.

    Raises:
        ServerError: they do not, and the person gave up.
    """
    while True:
        try:
            return _once(this, answers)
        except (ServerError, ConfigError) as error:
            click.echo(f"rotadesk: {error}", err=True)
            is_login = isinstance(error, LoginRefusedError | ConfigError)
            what = click.prompt(
                "What to mend",
                type=click.Choice(_MEND),
                default="password" if is_login else "server",
                err=True,
            )
            if what == "quit":
                raise
            _mend(answers, what)


def _once(this: Run, answers: Answers) -> probe.Mailbox:
    account = answers.account()
    typed = answers.secret
    secret = (lambda: typed) if typed else passwords.secret(_config(this, answers))
    this.say(f"Reading mail at {account.imap.host} …")
    found = probe.mailbox(account, secret)
    this.say(f"In: {found.mails} mails in the inbox, {len(found.folders)} folders.")
    this.say(f"Sending mail at {account.smtp.host} …")
    probe.post_office(account, secret)
    this.say("In.")
    return found


def _mend(answers: Answers, what: str) -> None:
    if what == "address":
        ask.who(answers)
    elif what == "password":
        ask.password(answers, has_keyring=_has_keyring())
    else:
        ask.servers(answers)


def _config(this: Run, answers: Answers) -> Config:
    """Return a configuration of the answers, for whoever asks for the password."""
    return Config(
        path=paths.config_file(this.config_path),
        me=Address(answers.my_name, answers.my_email),
        account=answers.account(),
        password_command=answers.password_command,
        password_env=answers.password_env,
    )


def _share(this: Run, answers: Answers) -> None:
    """Give a new desk its address and day; refuse one that belongs to another address."""
    from storage.store import Desk  # noqa: PLC0415 - SQLAlchemy, after the questions
    from storage.sync.setup import seed_desk  # noqa: PLC0415 - SQLAlchemy, after the questions

    folder = paths.make_private_folder(this.desk_folder())
    with Desk(folder) as desk:
        shared = hot.settings_of(desk.hot(hot.settings_rows()))
        if shared.address == answers.address and shared.since != answers.since:
            raise UsageError(
                f"On this desk mail is work from {shared.since or 'its beginning'} on, not from "
                f"{answers.since or 'its beginning'}: rotadesk team edit changes it for everybody."
            )
        seed_desk(desk, answers.seed(), me=Address(answers.my_name, answers.my_email))


def _has_keyring() -> bool:
    return importlib.util.find_spec("keyring") is not None


def _keep_secret(answers: Answers) -> None:
    import keyring  # noqa: PLC0415 - an extra, and slow to import
    from keyring.errors import KeyringError  # noqa: PLC0415 - an extra, and slow to import

    try:
        keyring.set_password(passwords.KEYRING_SERVICE, answers.username, answers.secret)
    except KeyringError:
        raise ConfigError("The system's keyring did not take the password; is it locked?") from None
