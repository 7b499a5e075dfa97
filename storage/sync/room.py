"""Files beyond the cap are put away: the least recently used first, and only what the server has.

Never one that a mail needs which lies in no folder read here, that was imported or is ours,
nor one that a draft holds. The text stays; the file comes back when somebody opens it.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from storage.db.blobs import KeptFile
from storage.intake import files
from storage.queries import hot, offline
from storage.rules.travelling import FILES_STAY
from storage.sync.kit import Kit, writing_files

_AT_ONCE: Final = 100
_ENOUGH: Final = 0.9
"Of the cap: so that one more mail does not begin it all anew."
_TRY_AGAIN_SECONDS: Final = 3_600.0
_YOUNG_SECONDS: Final = 86_400.0
"A file is written before the row that needs it."


class Room:
    """The files of one desk, under one cap."""

    def __init__(
        self, kit: Kit, *, most_bytes: int, folders: Sequence[int], look: Callable[[], object]
    ) -> None:
        self._kit = kit
        self._look = look
        "Finds out what the server has by now: what went a moment ago cannot come back."
        self._most = most_bytes
        self._folders = folders
        "Ids of those that are read: what lies elsewhere cannot be fetched again."
        self._counted: int | None = None
        "Bytes there are without those that were added since this process began."
        self._oldest: list[KeptFile] = []
        "What is left of a round, the least recently used last."
        self._not_before = 0.0

    def make(self) -> bool:
        """Put some files away where they take too much; return whether it did anything."""
        if not self._most or time.monotonic() < self._not_before or self._stays():
            return False
        if not self._oldest and self._held() > self._most:
            self._begin()
        if not self._oldest:
            return False
        self._put_away(self._next())
        if self._too_much() <= 0:
            self._oldest = []
        elif not self._oldest:
            # the rest is needed here: another look later
            self._not_before = time.monotonic() + _TRY_AGAIN_SECONDS
        return True

    def _next(self) -> Sequence[KeptFile]:
        """Take the least recently used, as many as would be enough."""
        some: list[KeptFile] = []
        wanted = self._too_much()
        while self._oldest and len(some) < _AT_ONCE and wanted > 0:
            some.append(self._oldest.pop())
            wanted -= some[-1].size
        return some

    def _too_much(self) -> float:
        return self._held() - self._most * _ENOUGH

    def _held(self) -> int:
        if self._counted is None:
            self._begin()
        return (self._counted or 0) + self._kit.blobs.added

    def _begin(self) -> None:
        with writing_files():
            self._kit.blobs.sweep(older_than=self._kit.desk.now_ms() / 1000 - _YOUNG_SECONDS)
            found = sorted(self._kit.blobs.every(), key=lambda one: -one.used_at)
        total = sum(one.size for one in found)
        self._counted = total - self._kit.blobs.added
        self._oldest = found if total > self._most else []

    def _put_away(self, some: Sequence[KeptFile]) -> None:
        self._look()
        # what somebody has put into a draft meanwhile is in no row yet
        some = [one for one in some if self._kit.blobs.is_untouched(one)]
        digests = [one.sha256 for one in some]
        with self._kit.writing() as conn:
            away = files.put_away(conn, digests, folders=self._folders)
        # the rows say so before the files go: a crash in between leaves a file too many
        old = self._kit.desk.now_ms() / 1000 - _YOUNG_SECONDS
        with writing_files(), self._kit.writing() as conn:
            unneeded = files.unneeded(conn, digests)
            gone = [
                one
                for one in some
                if one.sha256 in unneeded and (one.sha256 in away or one.used_at < old)
                if self._kit.blobs.is_untouched(one)
            ]
            for one in gone:
                self._kit.blobs.remove(one.sha256)
        self._counted = (self._counted or 0) - sum(one.size for one in gone)
        if gone:
            self._kit.log("files put away", files=len(gone))

    def _stays(self) -> bool:
        """Return whether somebody has fetched everything on purpose, not long ago."""
        asked = self._kit.desk.hot(hot.view_state(offline.FETCHED))
        at_ms = int(asked[0]) if asked and asked[0].isdecimal() else 0
        return self._kit.desk.now_ms() - at_ms < FILES_STAY.total_seconds() * 1000
