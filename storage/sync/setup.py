"""What one login needs, and what a desk starts with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from storage import journal
from storage.changes.desk import SetDesk
from storage.db.engine import Transaction
from storage.errors import UsageError
from storage.mail.login import Secret
from storage.queries import tickets
from storage.records.account import Account
from storage.records.desk import DeskSettings
from storage.records.keys import ENGINEER
from storage.records.mail import Address
from storage.store import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Asked for anew before each login: a mended configuration is read then."""

    account: Account
    password: str = field(default="", repr=False)
    give_secret: Secret | None = field(default=None, repr=False)
    "Asked at each login instead: an access token runs out."
    most_file_bytes: int = 0
    "What attachments may take of this machine's disk; 0: whatever they need."

    def secret(self) -> str:
        return self.give_secret() if self.give_secret else self.password


GiveSetup: TypeAlias = Callable[[], Setup]
_SEEDED: Final = ("address", "aliases", "intake", "sent", "archive")


def seed_desk(desk: Desk, seed: DeskSettings, *, me: Address) -> None:
    """Give a desk without settings those of this machine; they are shared from then on.

    Raises:
        UsageError: this machine's configuration names another mailbox than the desk.
    """
    settings = desk.read(tickets.settings)
    for name in _SEEDED if settings.address else ():
        here, there = getattr(settings, name), getattr(seed, name)
        if there not in (getattr(DeskSettings(), name), here):
            raise UsageError(
                f"This desk's {name} is {_shown(here)}, account.{name} in config.toml is "
                f"{_shown(there)}: put the same there, or name another desk."
            )
    missing = tuple(_missing(settings, seed, me))
    if missing:
        with desk.writing() as conn:
            _commit(conn, missing, actor=me.email, now_ms=desk.now_ms())


def _commit(conn: Transaction, changes: tuple[SetDesk, ...], *, actor: str, now_ms: int) -> None:
    # no step for undo: nobody decided it just now
    journal.commit(conn, changes, actor=actor, now_ms=now_ms)


def _missing(settings: DeskSettings, seed: DeskSettings, me: Address) -> Iterator[SetDesk]:
    if not settings.address:
        yield SetDesk(key="address", value=seed.address)
        yield SetDesk(key="intake", value=list(seed.intake))
        if seed.aliases:
            yield SetDesk(key="aliases", value=sorted(seed.aliases))
        if seed.sent:
            yield SetDesk(key="sent", value=seed.sent)
        if seed.archive:
            yield SetDesk(key="archive", value=seed.archive)
        if seed.since:
            yield SetDesk(key="since", value=seed.since.isoformat())
    if me.email and me.email not in {one.email for one in settings.engineers}:
        yield SetDesk(key=ENGINEER + me.email, value=me.name or me.email)


def _shown(value: str | frozenset[str] | tuple[str, ...]) -> str:
    return repr(value) if isinstance(value, str) else ", ".join(sorted(value)) or "empty"
