"""Numbered schema steps on `PRAGMA user_version`.

Each step is one transaction; a copy of the desk is taken first (`VACUUM INTO`). A desk that
is newer than this program is refused. No Alembic: it costs 75 ms of start and a template
language for what is a list of files.
"""

import re
import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path

from storage.errors import DeskUnavailableError

APPLICATION_ID = 0x524F5441  # "ROTA"
_NAME = re.compile(r"(\d{4})_\w+\.sql")


def steps() -> list[tuple[int, str]]:
    """Return (number, SQL) of every step, oldest first."""
    return sorted(
        (int(matched[1]), entry.read_text(encoding="utf-8"))
        for entry in resources.files("storage.db.migrations").iterdir()
        if (matched := _NAME.fullmatch(entry.name))
    )


def migrate(path: Path) -> None:
    """Bring the desk at `path` to the newest schema; make it if there is none.

    Raises:
        DeskUnavailableError: newer than this program, not a desk, damaged, or no room.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as conn:
            _migrate(conn, path)
    except sqlite3.DatabaseError as error:
        raise DeskUnavailableError(refusal(path, error)) from error


def is_current(path: Path) -> bool:
    """Return whether the desk at `path` needs no step; False where there is none."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(read_only(path), uri=True)) as conn:
            return bool(conn.execute("PRAGMA user_version").fetchone()[0] == steps()[-1][0])
    except sqlite3.DatabaseError as error:
        raise DeskUnavailableError(refusal(path, error)) from error


def read_only(path: Path) -> str:
    """Return the URI that opens the desk for reading; a folder may be named a?b or 100%."""
    return f"{path.absolute().as_uri()}?mode=ro"


def refusal(path: Path, error: sqlite3.Error) -> str:
    """Return the sentence for a database error that a person can act on."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return f"The disk that holds {path} is full: nothing was written. Free some room and try again."
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"Another program holds the desk {path}: nothing was written. Try again when it is done."
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"The desk {path} cannot be written: check its owner and its mode (0600)."
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return f"The desk {path} is damaged: restore a copy, or move it away and sync again."
    if name.startswith("SQLITE_IOERR"):
        return f"The disk that holds {path} does not answer as it should: nothing was written."
    return f"The desk {path} could not be read or written ({name or type(error).__name__})."


def _migrate(conn: sqlite3.Connection, path: Path) -> None:
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    known = steps()
    if version > known[-1][0]:
        raise DeskUnavailableError(
            f"The desk {path} was written by a newer rotadesk (schema {version}, this one knows "
            f"{known[-1][0]}): install that version."
        )
    if version == 0 and conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise DeskUnavailableError(f"{path} is not a rotadesk desk: name another folder.")
    if version and conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise DeskUnavailableError(f"{path} is not a rotadesk desk: name another folder.")
    todo = [step for step in known if step[0] > version]
    if version and todo:
        copy = path.with_name(f"{path.name}.before-{todo[0][0]:04}")
        copy.unlink(missing_ok=True)
        conn.execute("VACUUM INTO ?", (str(copy),))
    if not version:
        conn.execute("PRAGMA journal_mode=WAL")
    for number, sql in todo:
        conn.executescript(
            f"BEGIN IMMEDIATE;{sql};PRAGMA application_id={APPLICATION_ID};PRAGMA user_version={number};COMMIT;"
        )
