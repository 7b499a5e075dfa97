"""What others committed: the console's wake-up pipe, and a look at the file itself.

Every commit writes what it touched in its own transaction; a reader that slept through more
than is kept re-reads everything. `data_version` catches a writer that did not knock.
"""

import sqlite3
from pathlib import Path
from typing import Self, TypeVar

from storage.db import engine, wake
from storage.records.facts import Touched
from storage.records.query import Query

T = TypeVar("T")
_KINDS = {"ticket": "tickets", "bug": "bugs", "feature": "features", "article": "articles"}


class Watch:
    """One reader's place in what changed. Not for two threads."""

    def __init__(self, folder: Path, path: Path) -> None:
        self._wake = wake.Wake(folder, wake.CONSOLE)
        # a connection of its own: `data_version` is compared only with itself
        self._conn = engine.reading(path)
        self._version = -1
        self._seq = self._newest()

    def fileno(self) -> int:
        """Readable once somebody committed and knocked."""
        return self._wake.fileno()

    def look(self) -> Touched:
        """Return what was touched since the last look; empty where nothing was."""
        self._wake.drain()
        try:
            (version,) = self._conn.execute("PRAGMA data_version").fetchone()
            if version == self._version:
                return Touched()
            touched = self._touched()
        except sqlite3.DatabaseError:
            # a desk that is damaged or gone is told by whoever reads what a person wants
            return Touched()
        self._version = version
        return touched

    def _touched(self) -> Touched:
        oldest = next(iter(self._run(touched_range())), (0, 0))[0]
        if oldest > self._seq + 1:
            self._seq = self._newest()
            return Touched(everything=True)
        found: dict[str, set[str]] = {}
        while rows := self._run(touched_since(self._seq)):
            for seq, kind, uid in rows:
                self._seq = seq
                found.setdefault(_KINDS.get(kind, kind), set()).add(uid)
        everything = found.pop("everything", None) is not None
        others = frozenset(found.pop("other", ()))
        return Touched(
            **{kind: frozenset(uids) for kind, uids in found.items()},
            others=others,
            everything=everything,
        )

    def _newest(self) -> int:
        return next(iter(self._run(touched_range())), (0, 0))[1]

    def _run(self, query: Query[T]) -> list[T]:
        return [query.make(row) for row in self._conn.execute(query.sql, query.values)]

    def close(self) -> None:
        self._conn.close()
        self._wake.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def touched_since(seq: int) -> Query[tuple[int, str, str]]:
    """Return (seq, kind, uid) of what changed after `seq`, oldest first, at most 2,000."""
    return Query(
        "SELECT seq, kind, uid FROM touched WHERE seq > ? ORDER BY seq LIMIT 2000",
        (seq,),
        lambda row: (row[0], row[1], row[2]),
    )


def touched_range() -> Query[tuple[int, int]]:
    """Return the (oldest, newest) sequence number kept; (0, 0) where there is none."""
    return Query(
        "SELECT coalesce(min(seq), 0), coalesce(max(seq), 0) FROM touched",
        (),
        lambda row: (row[0], row[1]),
    )
