"""The practice desk on this machine: its folder, its mail server, its configuration.

Everything lies in one folder and is kept: `mailbox/` (what has happened to the mailbox),
`desk/` (an ordinary desk), `config.toml` (an ordinary configuration, its ports new each time).
"""

import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import platformdirs

from console import config_file
from console.demo import place
from console.demo.child import MailServer, Ports
from console.demo.kept import Diary
from console.paths import make_private_folder
from storage.db.locks import RoleLock, is_held
from storage.db.readonly import DATABASE, Reader
from storage.errors import DeskUnavailableError, UsageError
from storage.queries import hot
from storage.records.mail import Address

PACKAGES: Final = ("pymap", "aiosmtpd")
"What the extra `demo` brings."
_TOLD: Final = "told"
"Lies there once the desk knows what its team did before."
_PATIENCE_SECONDS: Final = 5.0
_KEPT: Final = ("mailbox", "desk", "config.toml", _TOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlace:
    """Where the practice desk is and how its mail server is reached."""

    folder: Path
    desk: Path
    config: Path
    me: Address
    ports: Ports
    begun: datetime
    "When it was first started, UTC."
    is_new: bool


@contextmanager
def practice(
    folder: Path, *, fresh: bool = False, options: Sequence[str] = ()
) -> Iterator[DemoPlace]:
    """Run the practice mail server and give the place of the desk that belongs to it.

    Args:
        folder: Made where it is missing; nothing of the practice desk lies outside it.
        fresh: Start over; what was practised so far is deleted.
        options: For the mail server, such as `--answer-after 0`.

    Raises:
        UsageError: the extra `demo` is not installed.
        DeskUnavailableError: another terminal has it open, or its server does not start.
    """
    check_packages()
    make_private_folder(folder)
    open_here = RoleLock(folder, "demo.lock")
    if not open_here.take():
        raise DeskUnavailableError("The practice desk is open in another terminal already.")
    try:
        if fresh:
            _forget(folder)
        mailbox = folder / "mailbox"
        begun = Diary(mailbox).begun() or datetime.now(UTC).replace(microsecond=0)
        server = MailServer(mailbox, begun=begun, options=options)
        try:
            yield _prepared(folder, server, begun=begun)
        finally:
            _end_engine(folder / "desk")
            server.stop()
    finally:
        open_here.release()


def default_folder() -> Path:
    """Return where the practice desk is kept, whether or not it is there."""
    return platformdirs.user_data_path("rotadesk") / "demo"


def check_packages() -> None:
    """Refuse where the extra `demo` is missing.

    Raises:
        UsageError: says what to install.
    """
    if missing := [one for one in PACKAGES if find_spec(one) is None]:
        names = " and ".join(missing)
        raise UsageError(
            f"The practice desk needs {names}: pipx install 'rotadesk[demo]' brings what is missing."
        )


def _prepared(folder: Path, server: MailServer, *, begun: datetime) -> DemoPlace:
    desk, config = folder / "desk", folder / "config.toml"
    is_new = not (folder / _TOLD).exists()
    if is_new:  # while the server starts
        _tell(desk, begun=begun)
        (folder / _TOLD).touch(mode=0o600)
    ports = server.ports()
    config_file.write(config, _settings(ports))
    # The engine, a child of the console, finds the password there as it would a real one.
    os.environ[place.PASSWORD_ENV] = place.PASSWORD
    return DemoPlace(
        folder=folder,
        desk=desk,
        config=config,
        me=place.ME,
        ports=ports,
        begun=begun,
        is_new=is_new,
    )


def _settings(ports: Ports) -> dict[str, config_file.Setting]:
    return {
        "me.name": place.ME.name,
        "me.email": place.ME.email,
        "account.address": place.ADDRESS,
        "account.username": place.USERNAME,
        "account.password_env": place.PASSWORD_ENV,
        "account.intake": ("INBOX",),
        "account.sent": "Sent",
        "account.imap.host": place.HOST,
        "account.imap.port": ports.imap,
        "account.imap.security": "none",
        "account.smtp.host": place.HOST,
        "account.smtp.port": ports.smtp,
        "account.smtp.security": "none",
    }


def _tell(folder: Path, *, begun: datetime) -> None:
    from console.demo import story  # noqa: PLC0415 - once in a desk's life, and slow to import
    from storage.mail.headers import parse_headers  # noqa: PLC0415 - as above
    from storage.store import Desk  # noqa: PLC0415 - as above

    with Desk(folder) as desk:
        story.tell(desk, begun=begun, key_of=lambda raw: parse_headers(raw).key)


def _forget(folder: Path) -> None:
    """Delete what the practice desk kept, and nothing else that may lie in the folder."""
    _end_engine(folder / "desk")
    for name in _KEPT:
        if (kept := folder / name).is_dir():
            shutil.rmtree(kept)
        else:
            kept.unlink(missing_ok=True)


def _end_engine(desk: Path) -> None:
    """End the desk's engine: whatever is due, there is no server any more to take it.

    Raises:
        DeskUnavailableError: it does not end.
    """
    patience = time.monotonic() + _PATIENCE_SECONDS
    while (desk / DATABASE).exists() and is_held(desk, "sync.lock"):
        if time.monotonic() > patience:
            raise DeskUnavailableError("The practice desk's engine does not end; try again.")
        with Reader(desk) as reader:
            pid = next((one.pid for one in reader.run(hot.engine())), 0)
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        time.sleep(0.05)
