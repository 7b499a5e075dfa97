"""Secrets, asked for when they are needed and never kept: the password and the team's key."""

import os
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from console.config import Config, ConfigError
from console.paths import make_private_folder

KEYRING_SERVICE: Final = "rotadesk"
_PATIENCE_SECONDS: Final = 120
"A password command may ask a person to unlock something."


def secret(config: Config) -> Callable[[], str]:
    """Return what gives the account's secret.

    A password is asked for now and once, an access token at each login, for it runs out.

    Raises:
        ConfigError: there is no password; what is returned raises it where there is no token.
    """
    if config.mail_account().oauth:
        return lambda: password(config)
    word = password(config)
    return lambda: word


def password(config: Config) -> str:
    """Return the account's password, or with oauth an access token.

    Raises:
        ConfigError: the command failed, the variable is empty, the keyring has none. What the
            command printed is not repeated.
    """
    if config.password_command:
        return _printed("account.password_command", config.password_command)
    if config.password_env:
        return _from_environment("account.password_env", config.password_env)
    return _from_keyring(config)


def team_key(config: Config, folder: Path) -> bytes:
    """Return the team's key; without a command or a variable it is made in the desk folder."""
    if config.key_command:
        return _printed("team.key_command", config.key_command).encode()
    if config.key_env:
        return _from_environment("team.key_env", config.key_env).encode()
    return key_in(folder)


def key_in(folder: Path) -> bytes:
    """Return the key that lies in the desk folder, made at its first use."""
    path = make_private_folder(folder) / "team.key"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_bytes().strip()
    key = secrets.token_hex(32).encode()
    with os.fdopen(descriptor, "wb") as file:
        file.write(key + b"\n")
    return key


def _printed(name: str, argv: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, timeout=_PATIENCE_SECONDS, check=False)
    except FileNotFoundError:
        raise ConfigError(f"{name}: there is no program {argv[0]!r}.") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{name}: it did not end within {_PATIENCE_SECONDS} s.") from None
    except OSError as error:
        raise ConfigError(f"{name}: it could not be run: {error.strerror}.") from None
    if done.returncode:
        raise ConfigError(f"{name}: it ended with status {done.returncode}.")
    printed = done.stdout.decode(errors="replace").splitlines()
    if not printed or not printed[0]:
        raise ConfigError(f"{name}: it printed nothing.")
    return printed[0]


def _from_environment(name: str, variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise ConfigError(f"{name}: the environment variable {variable} is not set.")
    return value


def _from_keyring(config: Config) -> str:
    user = config.mail_account().username
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to import
        from keyring.errors import KeyringError  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise ConfigError(
            "There is no password: set account.password_command or account.password_env, "
            "or install rotadesk[keyring]."
        ) from None
    try:
        found = keyring.get_password(KEYRING_SERVICE, user)
    except KeyringError:
        raise ConfigError("The system's keyring could not be asked; is it locked?") from None
    if not found:
        raise ConfigError(
            f"The keyring has no password under {KEYRING_SERVICE!r} for this account; "
            "rotadesk setup puts it there."
        )
    return found
