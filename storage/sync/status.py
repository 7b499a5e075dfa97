"""The engine's own row: what the console shows of it."""

import contextlib
import dataclasses
import json
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Final, TypeAlias

from storage.errors import DeskUnavailableError
from storage.queries import hot
from storage.records.desk import EngineStatus
from storage.records.local import EngineSaid
from storage.store import Desk

_SECONDS_BETWEEN: Final = 0.5
_STAYS: Final = (
    *("synced_at", "server_count", "desk_count", "skipped", "junk"),
    *("texts_missing", "files_missing", "bytes_missing"),
)
"What an engine knows of an earlier one until it has looked itself."


Show: TypeAlias = Callable[[EngineStatus], None]


def unseen(_status: EngineStatus) -> None:
    """Show nobody."""


class StatusRow:
    """Written as it changes: a new state or error at once, progress twice a second at most."""

    def __init__(
        self,
        desk: Desk,
        *,
        mode: str,
        version: str,
        show: Show = unseen,
        shielded: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self._desk = desk
        self._shielded = shielded
        self._show = show
        self._written = EngineStatus.off()
        self._written_at = 0.0
        before = next(iter(desk.hot(hot.engine())), EngineStatus.off())
        # without the server it is still so
        kept = {name: getattr(before, name) for name in _STAYS}
        self.now = EngineStatus(
            pid=os.getpid(),
            version=version,
            mode=mode,
            state="connecting",
            since=_now(desk),
            **kept,
        )

    def say(self, state: str = "", **changes: str | int | datetime | None) -> None:
        """Take over what changed and write it when it is time."""
        if state and state != self.now.state:
            changes |= {"state": state, "since": _now(self._desk)}
        # the fields are checked by EngineStatus itself: an unknown one is a TypeError
        self.now = dataclasses.replace(self.now, **changes)  # type: ignore[arg-type]
        is_urgent = (self.now.state, self.now.error) != (self._written.state, self._written.error)
        if is_urgent or time.monotonic() - self._written_at >= _SECONDS_BETWEEN:
            self.write()

    def write(self, *, again: bool = False) -> None:
        """Write what was not written yet, or all of it again."""
        if self.now == self._written and not again:
            return
        self._show(self.now)
        values = dataclasses.asdict(self.now)
        for name in ("since", "synced_at", "next_try"):
            if values[name] is not None:
                values[name] = int(values[name].timestamp() * 1000)
        # a full disk is told by whoever writes what matters
        with contextlib.suppress(DeskUnavailableError), self._shielded():
            self._desk.write(EngineSaid(status=json.dumps(values, ensure_ascii=False)))
            self._written, self._written_at = self.now, time.monotonic()


def _now(desk: Desk) -> datetime:
    return datetime.fromtimestamp(desk.now_ms() // 1000, UTC)
