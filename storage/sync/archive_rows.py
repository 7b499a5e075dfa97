"""The rows of closed tickets whose mail is to be archived, and what is known of that mail."""

import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from storage import local
from storage.queries import archiving as queries
from storage.queries.archiving import Copy, Leaving
from storage.records.local import ArchiveBegun, ArchiveOver
from storage.sync.box import Box
from storage.sync.kit import Kit

GRACE_SECONDS: Final = 30.0
_MOST_TRIES: Final = 3


class ArchiveRows:
    """The rows, as one session works on them."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._tries: dict[str, int] = defaultdict(int)
        self.grace = GRACE_SECONDS
        "Seconds after a close in which its mail stays."

    def tried(self, one: Leaving, *, times: int = 1) -> None:
        """Count an attempt: after three a ticket waits for the next connection."""
        self._tries[one.ticket_uid] += times

    def given_up(self, some: Iterable[Leaving]) -> None:
        for one in some:
            self.tried(one, times=_MOST_TRIES)

    def wanted(self) -> list[Leaving]:
        if self._kit.is_readonly:
            return []
        return [
            one
            for one in self._kit.desk.hot(queries.wanted())
            if self._tries[one.ticket_uid] < _MOST_TRIES
        ]

    def left(self, one: Leaving) -> float:
        if one.archive_id is not None or not one.is_closed:
            return 0.0  # it has been begun, or it was taken back
        since = self._kit.archive_since.setdefault(one.ticket_uid, time.monotonic())
        return since + self.grace - time.monotonic()

    def copies(self, one: Leaving) -> list[Copy]:
        return self._kit.desk.hot(queries.in_intake(one.now))

    def lies_in(self, archive: Box, one: Leaving, copy: Copy) -> bool:
        """Return whether a copy that we may have made lies in the archive."""
        if one.archive_id != archive.folder.id or one.from_uid is None:
            return False
        found = queries.copied(archive.folder.id, copy.message_id, from_uid=one.from_uid)
        return bool(self._kit.desk.hot(found))

    def begin(self, begun: Iterable[Leaving], archive: Box) -> None:
        """Note where the archive ends, before anything is put there."""
        with self._kit.writing() as conn:
            for one in begun:
                if one.archive_id != archive.folder.id:
                    row = ArchiveBegun(
                        ticket_uid=one.ticket_uid,
                        archive_id=archive.folder.id,
                        from_uid=archive.folder.high_uid + 1,
                    )
                    local.write(conn, row)

    def over(self, some: Iterable[Leaving]) -> None:
        ended = list(some)
        if not ended:
            return
        with self._kit.writing() as conn:
            for one in ended:
                local.write(conn, ArchiveOver(ticket_uid=one.ticket_uid))
        for one in ended:
            self._kit.archive_since.pop(one.ticket_uid, None)
