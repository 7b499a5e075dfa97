"""`rotadesk` alone: the console on the desk that the configuration names."""

import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from console import keys, passwords, paths
from console.app import Setup, open_console
from console.cli.frame import Run
from console.config import Config, place
from console.engine import Engine, command
from console.reading_only import SECOND, TRIAL
from storage.db.locks import CONSOLE, ENGINE, RoleLock, is_held
from storage.db.readonly import Reader
from storage.errors import DeskUnavailableError, NotFoundError, UsageError
from storage.queries import hot
from themes import palettes


def open_desk(run: Run) -> int:
    """Open the console; a second one on the same desk only reads, and says so.

    Raises:
        UsageError: there is no terminal to draw on.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The console needs a terminal; rotadesk list and its like do not.")
    config = run.config()
    folder = paths.make_private_folder(run.desk_folder())
    themes = [theme.name for theme in palettes.THEMES]
    if config.theme not in themes:
        raise UsageError(
            f"{place(config, 'look.theme')}: look.theme: allowed is one of {', '.join(themes)}."
        )
    lock = RoleLock(folder, CONSOLE)
    try:
        return open_console(setup_for(run, config, folder, is_first=lock.take()))
    finally:
        lock.release()


def setup_for(run: Run, config: Config, folder: Path, *, is_first: bool) -> Setup:
    """Return how the console opens on this desk; a second console only reads.

    Raises:
        UsageError: `[keys]` has a mistake.
        DeskUnavailableError: `--readonly`, and an engine that sends is running.
    """
    notices = list(config.mended)
    if not is_first:
        notices.append("Another console has this desk open: this one only reads.")
    is_running = partial(is_held, folder, ENGINE)
    if is_running():
        notices += _beside(_engine_mode(folder), readonly=run.readonly)
    argv = command(config=config.path, desk=folder, readonly=run.readonly)
    engine = Engine(argv, is_running, time.monotonic)
    return Setup(
        me=config.me,
        folder=folder,
        engine=engine if config.account is not None and is_first else None,
        keymap=_keymap(config),
        theme=config.theme,
        team_key=partial(passwords.team_key, config, folder),
        undo=timedelta(seconds=config.account.undo_seconds if config.account else 10),
        reads_only=TRIAL if run.readonly else None if is_first else SECOND,
        notices=tuple(notices),
    )


def _engine_mode(folder: Path) -> str:
    try:
        with Reader(folder) as reader:
            status = reader.run(hot.engine())
    except NotFoundError:
        return ""
    return status[0].mode if status else ""


def _beside(mode: str, *, readonly: bool) -> list[str]:
    """Return what to say of the engine that runs already; refuse one that would send."""
    if readonly and mode == "full":
        raise DeskUnavailableError(
            "An engine that sends is running on this desk: --readonly would promise what it breaks."
        )
    if mode == "readonly" and not readonly:
        return ["The engine that runs only reads: nothing is sent until it ends."]
    return []


def _keymap(config: Config) -> keys.Keymap:
    try:
        return keys.DEFAULT.remapped(config.keys)
    except UsageError as error:
        name = str(error).partition(":")[0]
        raise UsageError(f"{place(config, name)}: {error}") from None
