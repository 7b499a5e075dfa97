"""A command at the desk: opened for reading without SQLAlchemy, or for deciding.

Every verb that changes tickets goes through `Deciding.each`: all in one commit, so one undo
takes all of them back; each done or refused on its own; the changed ones printed as in `list`.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli import naming, shapes, ticket_table
from console.cli.frame import Run
from storage.db.readonly import DATABASE, Reader
from storage.errors import DeskError, DeskUnavailableError, NotFoundError, RuleBrokenError
from storage.queries import hot
from storage.records.address import Address
from storage.records.ids import TicketId

if TYPE_CHECKING:
    from console.config import Config
    from storage.changes.base import Change
    from storage.store import Desk


@contextmanager
def reading(this: Run) -> Iterator[tuple[Reader, "Config"]]:
    """Open the desk read-only; a mistake in the configuration is told all the same."""
    config = this.config()
    folder = this.desk_folder()
    _mend_modes(this, folder)
    with Reader(folder) as reader:
        yield reader, config


@dataclass(frozen=True, slots=True)
class Deciding:
    """An engineer at an open desk."""

    run: Run
    desk: "Desk"
    config: "Config"

    @property
    def me(self) -> Address:
        return self.config.me

    def commit(self, *changes: "Change") -> None:
        """Take decisions about one thing; what was refused beside what was done is told.

        Raises:
            DeskError: all of it was refused; the first one's reason.
        """
        outcome = self.desk.commit(*changes, actor=self.me.email)
        for _, error in outcome.refused:
            self.run.refused(error)

    def tickets(self, given: Sequence[str]) -> list[TicketId]:
        """Return the tickets named; what names none is told and counted."""

        def refused(error: DeskError, name: str) -> None:
            self.run.refused(error, thing=name)

        return naming.tickets(self.desk.hot, given, refused=refused)

    def each(self, given: Sequence[str], make: Callable[[TicketId], Sequence["Change"]]) -> None:
        """Decide about each ticket of `given` in one commit, then print those that changed."""
        uids = {shapes.short(uid): uid for uid in self.tickets(given)}
        wanted = [(name, change) for name, uid in uids.items() for change in make(uid)]
        self.show([uids[name] for name in self.bulk(wanted)])

    def bulk(self, wanted: Sequence[tuple[str, "Change"]]) -> list[str]:
        """Take decisions about several named things in one commit: one undo takes all back.

        Each is done or refused on its own; a refusal is told under the thing's name.

        Returns:
            The things that changed, in their order.
        """
        if not wanted:
            return []
        refused = self._refused(wanted)
        for name, error in refused:
            self.run.refused(error, thing=name)
        asked = Counter(name for name, _ in wanted)
        done = asked - Counter(name for name, _ in refused)
        return list(done)

    def show(self, uids: Sequence[TicketId]) -> None:
        around = shapes.around(self.desk.hot)
        found = [one for uid in uids for one in self.desk.hot(hot.ticket(uid))]
        ticket_table.print_tickets(self.run, found, around)

    def _refused(self, wanted: Sequence[tuple[str, "Change"]]) -> list[tuple[str, DeskError]]:
        try:
            outcome = self.desk.commit(*[one for _, one in wanted], actor=self.me.email)
        except DeskError as error:
            if len(wanted) == 1:
                return [(wanted[0][0], error)]
            return self._each_alone(wanted)
        told = {id(change): error for change, error in outcome.refused}
        return [(name, told[id(change)]) for name, change in wanted if id(change) in told]

    def _each_alone(self, wanted: Sequence[tuple[str, "Change"]]) -> list[tuple[str, DeskError]]:
        """Ask each for its own reason: a commit that refuses all of it tells only the first."""
        refused = []
        for name, change in wanted:
            try:
                self.desk.commit(change, actor=self.me.email)
            except DeskError as error:
                refused.append((name, error))
        return refused


def may_decide(this: Run) -> None:
    """Refuse in a trial, before anything else is looked at.

    Raises:
        RuleBrokenError: --readonly.
    """
    if this.readonly:
        raise RuleBrokenError("With --readonly no decision is taken: nothing was written.")


@contextmanager
def deciding(this: Run, *, may_make: bool = False) -> Iterator[Deciding]:
    """Open the desk to decide something.

    Args:
        this: The run; with --readonly it is refused.
        may_make: A desk is made where there is none; else a mistyped folder is refused.

    Raises:
        RuleBrokenError: --readonly.
        NotFoundError: no desk there.
        DeskUnavailableError: it cannot be opened.
    """
    may_decide(this)
    with at_desk(this, may_make=may_make) as at:
        yield at


@contextmanager
def at_desk(this: Run, *, may_make: bool = False) -> Iterator[Deciding]:
    """Open the desk for reads that need SQLAlchemy; see `deciding`."""
    config = this.config()
    folder = this.desk_folder()
    if not may_make and not (folder / DATABASE).exists():
        raise NotFoundError(f"There is no desk in {folder}; rotadesk setup makes one.")
    _mend_modes(this, folder)
    from storage.store import Desk  # noqa: PLC0415 - SQLAlchemy: 260 ms that reading does not need

    with Desk(folder) as desk:
        yield Deciding(run=this, desk=desk, config=config)


def _mend_modes(this: Run, folder: Path) -> None:
    """Put a mode right that lets others read the desk, and say so."""
    for path, mode in ((folder, 0o700), (folder / DATABASE, 0o600)):
        try:
            found = path.stat()
        except OSError:
            continue
        if found.st_mode & 0o077 and found.st_uid == os.getuid():
            path.chmod(mode)
            this.say(f"{path} could be read by others; its mode is {mode:04o} now.")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the desk against consoles and engines while much of it changes.

    Raises:
        DeskUnavailableError: one of them has it open.
    """
    from storage.db.locks import CONSOLE, ENGINE, RoleLock  # noqa: PLC0415 - only few verbs need it

    locks = [
        (RoleLock(folder, CONSOLE), "a console is open on it"),
        (RoleLock(folder, ENGINE), "an engine runs on it"),
    ]
    try:
        for lock, why in locks:
            if not lock.take():
                raise DeskUnavailableError(f"The desk is in use: {why}. Close it and try again.")
        yield
    finally:
        for lock, _ in locks:
            lock.release()
