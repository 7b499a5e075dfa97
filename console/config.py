"""`config.toml`: read, judged and written.

Reading uses the standard library's TOML, so that `list` stays quick; the line of a mistake is
looked for only once there is one.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

from console.config_keys import BY_NAME, CONFIG_KEYS, KEYS_TABLE, TABLES, ConfigKey, Kind
from storage.errors import UsageError
from storage.records.account import Account, Oauth, Security, ServerAddress
from storage.records.address import Address
from storage.records.desk import DeskSettings

Value = str | int | tuple[str, ...]
_THIS_MACHINE: Final = {"localhost", "127.0.0.1", "::1"}
_RANGES: Final = {
    Kind.PORT: (1, 65_535),
    Kind.SECONDS: (0, 600),
    Kind.MEGABYTES: (0, 10_000_000),
}
_ADDRESS: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+")
NO_PASSWORDS_HERE: Final = (
    "a password does not belong in a file; use password_command, password_env or the keyring"
)


class ConfigError(UsageError):
    """`config.toml` is missing or has mistakes; the sentence names file, line, key and cure."""

    code = "config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What this machine's engineer set up."""

    path: Path
    me: Address
    account: Account | None
    "None: no mail account on this machine; the desk can still be read and worked on."
    password_command: tuple[str, ...] = ()
    password_env: str = ""
    seed: DeskSettings = field(default_factory=DeskSettings)
    "What a desk without settings starts with; shared from then on."
    key_command: tuple[str, ...] = ()
    key_env: str = ""
    most_file_mb: int = 2_000
    "What attachments may take of the disk; 0: whatever they need."
    theme: str = "rotadesk-dark"
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    "Action to keys, as written; `console.keys` judges them."
    mended: tuple[str, ...] = ()
    "Sentences about what reading had to put right."

    def acting_as(self, email: str) -> Self:
        if not _ADDRESS.fullmatch(email) or not email.isprintable():
            raise UsageError(f"--as takes an address such as ana@example.com, not {email!r}.")
        name = self.me.name if email.lower() == self.me.email else ""
        return replace(self, me=Address(name, email.lower()))

    def mail_account(self) -> Account:
        if self.account is None:
            raise ConfigError(f"{self.path}: there is no [account]; rotadesk setup makes one.")
        return self.account


def load(path: Path) -> Config:
    """Read `path`, put a lax mode right, and return what it says.

    Raises:
        ConfigError: no such file, not TOML, or keys and values that are not allowed; all of them.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        message = f"There is no configuration at {path}. rotadesk setup makes one; rotadesk demo needs none."
        raise ConfigError(message) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    config = replace(parse(raw, path=path), mended=tuple(_mend_modes(path)))
    return _with_environment(config)


def _with_environment(config: Config) -> Config:
    name = "ROTADESK_OAUTH"
    said = os.environ.get(name)
    if said is None or config.account is None:
        return config
    if said not in list(Oauth):
        allowed = BY_NAME["account.oauth"].allowed
        raise ConfigError(f"The environment variable {name}: allowed is {allowed}.")
    return replace(config, account=replace(config.account, oauth=Oauth(said)))


def parse(raw: bytes, *, path: Path) -> Config:
    """Return what the text of a `config.toml` says; `path` is for the sentences."""
    try:
        text = raw.decode("utf-8-sig")
        tables = tomllib.loads(text)
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}.") from None
    read = _Reading()
    read.table("", tables)
    read.required(tables)
    if read.mistakes:
        found = (f"{path}:{_line_of(text, name)}: {said}" for name, said in read.mistakes)
        raise ConfigError("\n".join(found))
    return _config(path, read, has_account="account" in tables)


def _config(path: Path, read: "_Reading", *, has_account: bool) -> Config:
    address = read.text("account.address").lower()
    since = read.text("account.since")
    return Config(
        path=path,
        me=Address(read.text("me.name"), read.text("me.email").lower()),
        account=_account(read) if has_account else None,
        password_command=read.words("account.password_command"),
        password_env=read.text("account.password_env"),
        seed=DeskSettings(
            address=address,
            aliases=frozenset(one.lower() for one in read.words("account.aliases")),
            intake=read.words("account.intake"),
            sent=read.text("account.sent"),
            archive=read.text("account.archive"),
            since=date.fromisoformat(since) if since else None,
        ),
        key_command=read.words("team.key_command"),
        key_env=read.text("team.key_env"),
        most_file_mb=int(read.text("files.most_mb")),
        theme=read.text("look.theme"),
        keys=read.keys,
    )


def _account(read: "_Reading") -> Account:
    return Account(
        address=read.text("account.address").lower(),
        username=read.text("account.username"),
        imap=_server(read, "account.imap"),
        smtp=_server(read, "account.smtp"),
        my_name=read.text("me.name"),
        undo_seconds=int(read.text("account.smtp.undo_seconds")),
        oauth=Oauth(read.text("account.oauth")),
        profile=read.text("account.profile"),
    )


def _server(read: "_Reading", name: str) -> ServerAddress:
    port = int(read.text(f"{name}.port"))
    return ServerAddress(
        read.text(f"{name}.host"),
        port,
        Security(read.text(f"{name}.security")),
        ca_file=os.path.expanduser(read.text("account.ca_file")),  # noqa: PTH111 - empty stays empty
    )


class _Reading:
    """One pass over the tables: values that are right, sentences about those that are not."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.keys: dict[str, tuple[str, ...]] = {}
        self.mistakes: list[tuple[str, str]] = []

    def table(self, prefix: str, table: Mapping[str, Any]) -> None:
        for key, value in table.items():
            name = f"{prefix}{key}"
            if name == KEYS_TABLE and isinstance(value, dict):
                self._key_table(value)
            elif name in TABLES and isinstance(value, dict):
                self.table(f"{name}.", value)
            elif known := BY_NAME.get(name):
                self._value(known, value)
            else:
                self.mistakes.append((name, _unknown(name)))

    def required(self, tables: Mapping[str, Any]) -> None:
        for one in CONFIG_KEYS:
            top = one.name.partition(".")[0]
            is_asked = top in tables or top == "me"
            if one.default is None and is_asked and one.name not in self.values:
                named = {name for name, _ in self.mistakes}
                if one.name not in named:
                    self.mistakes.append(
                        (one.name, f"{one.name} is missing; allowed is {one.allowed}")
                    )

    def text(self, name: str) -> str:
        """Return a value that was read, or what the key is without, as text."""
        return str(self.values.get(name, BY_NAME[name].default or ""))

    def words(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name, BY_NAME[name].default)
        return value if isinstance(value, tuple) else ()

    def _value(self, known: ConfigKey, value: Any) -> None:  # noqa: ANN401 - whatever TOML holds
        read = _read(known, value)
        if read is None:
            self.mistakes.append((known.name, f"{known.name}: allowed is {known.allowed}"))
            return
        self.values[known.name] = read
        if known.name.endswith(".security") and read == "none":
            host = self.values.get(known.name.replace("security", "host"))
            if host not in _THIS_MACHINE:
                said = f'{known.name}: "none" is allowed only towards this very machine (localhost)'
                self.mistakes.append((known.name, said))

    def _key_table(self, table: Mapping[str, Any]) -> None:
        for action, value in _flat(table):
            name = f"{KEYS_TABLE}.{action}"
            keys = (
                (value,) if isinstance(value, str) else tuple(value) if _is_words(value) else None
            )
            if keys is None:
                self.mistakes.append((name, f"{name}: allowed is one key or a list of keys"))
            else:
                self.keys[action] = keys


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted names: `inbox.close_ticket = "e"` without quotes is a table to TOML."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _is_words(value: Any) -> bool:  # noqa: ANN401 - whatever TOML holds
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


def _read(known: ConfigKey, value: Any) -> Value | None:  # noqa: ANN401, PLR0911 - one way out a kind
    match known.kind:
        case Kind.WORDS:
            return tuple(value) if _is_words(value) else None
        case Kind.PORT | Kind.SECONDS | Kind.MEGABYTES:
            low, high = _RANGES[known.kind]
            is_number = isinstance(value, int) and not isinstance(value, bool)
            return value if is_number and low <= value <= high else None
        case Kind.DAY:
            return _day(value)
        case Kind.CHOICE:
            return value if value in known.choices else None
        case Kind.ADDRESS:
            return value if isinstance(value, str) and _ADDRESS.fullmatch(value) else None
        case Kind.HOST:
            is_name = isinstance(value, str) and value and not re.search(r"[\s/@]", value)
            return value if is_name else None
        case Kind.TEXT:
            return value if isinstance(value, str) and value.isprintable() else None


def _day(value: Any) -> str | None:  # noqa: ANN401 - whatever TOML holds
    if value == "":
        return ""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return None


def _unknown(name: str) -> str:
    if name.rpartition(".")[2] == "password":
        return f"{name}: {NO_PASSWORDS_HERE}"
    if name in TABLES or name == KEYS_TABLE:
        return f"{name} is a table: its keys stand below [{name}]"
    import difflib  # noqa: PLC0415 - only a mistake needs it

    near = difflib.get_close_matches(name, [*BY_NAME, *TABLES, KEYS_TABLE], 1, 0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    parent = name.rpartition(".")[0]
    siblings = [
        one.removeprefix(f"{parent}.") for one in BY_NAME if one.rpartition(".")[0] == parent
    ]
    allowed = ", ".join(siblings or [*TABLES, KEYS_TABLE])
    return f"{name} is no key; {hint}allowed here: {allowed}"


def place(config: Config, name: str) -> str:
    """Return 'file:line' of a key that whoever uses it refuses; the file alone where it is gone."""
    try:
        return f"{config.path}:{_line_of(config.path.read_text('utf-8-sig'), name)}"
    except (OSError, UnicodeDecodeError):
        return str(config.path)


def _line_of(text: str, name: str) -> int:
    """Return the line that sets `name`, or that opens the nearest table above it."""
    table, best, depth = "", 1, -1
    wanted = name.split(".")
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+([^\]]+)\]", line):
            table = header[1]
            here = table
        elif assigned := re.match(r"""\s*([\w."' -]+?)\s*=""", line):
            here = f"{table}.{assigned[1]}" if table else assigned[1]
        else:
            continue
        parts = re.sub(r"""["' ]""", "", here).split(".")
        if wanted[: len(parts)] == parts and len(parts) > depth:
            best, depth = number, len(parts)
    return best


def _mend_modes(path: Path) -> Iterator[str]:
    if path.stat().st_uid == os.getuid() and path.stat().st_mode & 0o077:
        path.chmod(0o600)
        yield f"{path} could be read by others; its mode is 0600 now."
