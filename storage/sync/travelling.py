"""What the engine says before and after a time without the server."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from storage.queries import hot, offline
from storage.rules.travelling import WORTH_TELLING
from storage.sync.kit import Kit

_COUNT_SECONDS: Final = 1.0


class Luggage:
    """Counts what is not on this machine; told with the engine's status."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._counted_at = 0.0
        self.missing = offline.Missing()

    def count(self, *, again: bool = False) -> offline.Missing:
        """Return what is missing; counted once a second at most, unless it must be true now."""
        # counting costs as much as a batch: only when somebody could have read the last number
        if again or time.monotonic() - self._counted_at >= _COUNT_SECONDS:
            self._counted_at = time.monotonic()
            self.missing = self._kit.desk.hot(offline.missing())[0]
            now = self.missing
            self._kit.status.say(
                texts_missing=now.texts, files_missing=now.files, bytes_missing=now.size
            )
        return self.missing


class Journey:
    """Tells what left and what came, once after a time without the server."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        known = kit.desk.hot(hot.engine())
        self._seen = known[0].synced_at if known else None
        "When the mailbox was last known to be read; of an earlier engine at first."
        self._before = replace(kit.tally)
        self._was_lost = False

    def lost(self) -> None:
        self._was_lost = True

    def at_rest(self) -> None:
        """Everything is done for now: tell what it was, where the server was away for long."""
        now, tally = _now(self._kit), self._kit.tally
        gap = now - self._seen if self._seen else timedelta()
        sent, held = tally.sent - self._before.sent, tally.held - self._before.held
        failed = tally.failed - self._before.failed
        if gap >= WORTH_TELLING or (self._was_lost and (sent or held or failed)):
            self._kit.status.say(
                back_ms=int(now.timestamp() * 1000),
                back_sent=sent,
                back_held=held,
                back_failed=failed,
                back_came=tally.headers - self._before.headers,
            )
        self._seen, self._before, self._was_lost = now, replace(tally), False


def _now(kit: Kit) -> datetime:
    return datetime.fromtimestamp(kit.desk.now_ms() // 1000, UTC)
