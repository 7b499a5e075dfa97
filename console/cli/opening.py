"""`rotadesk` alone: the console on the desk that the configuration names."""

import sys
import time
from datetime import timedelta
from functools import partial

from console import keys, passwords, paths
from console.app import Setup, open_console
from console.cli.frame import Run
from console.config import Config, place
from console.engine import Engine, command
from storage.db.locks import RoleLock, is_held
from storage.errors import UsageError
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
    keymap = _keymap(config)
    lock = RoleLock(folder, "console.lock")
    is_first = lock.take()
    notices = () if is_first else ("Another console has this desk open: this one only reads.",)
    readonly = run.readonly or not is_first
    engine = Engine(
        command(config=config.path, desk=folder, readonly=run.readonly),
        partial(is_held, folder, "sync.lock"),
        time.monotonic,
    )
    setup = Setup(
        me=config.me,
        folder=folder,
        engine=engine if config.account is not None and is_first else None,
        keymap=keymap,
        theme=config.theme,
        team_key=partial(passwords.team_key, config, folder),
        undo=timedelta(seconds=config.account.undo_seconds if config.account else 10),
        readonly=readonly,
        notices=(*config.mended, *notices),
    )
    try:
        return open_console(setup)
    finally:
        lock.release()


def _keymap(config: Config) -> keys.Keymap:
    try:
        return keys.DEFAULT.remapped(config.keys)
    except UsageError as error:
        name = str(error).partition(":")[0]
        raise UsageError(f"{place(config, name)}: {error}") from None
