"""What an engine is asked to do, and the desk it does it on."""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from storage import local
from storage.db import wake
from storage.db.blobs import Blobs
from storage.db.engine import Transaction
from storage.db.locks import ENGINE, RoleLock
from storage.errors import DeskUnavailableError
from storage.queries import outbox as queries
from storage.records.local import OutboxMoved
from storage.records.words import OutboxState
from storage.store import Desk
from storage.sync.kit import VERSION, Kit, Log
from storage.sync.pulse import Pulse
from storage.sync.session import Terms
from storage.sync.setup import GiveSetup
from storage.sync.status import Show, StatusRow, unseen
from storage.sync.stop import Stop

T = TypeVar("T")
P = ParamSpec("P")
_CACHE_MB: Final = 32
"The engine lives beside the console and writes in small batches."
_LOOKS: Final = 5
_BETWEEN_LOOKS_SECONDS: Final = 0.05


def _unsaid(_event: str, /, **_counts: int) -> None:
    """Tell nobody."""


def _unfelt() -> None:
    """Let nobody feel it."""


def _unchanging() -> Hashable:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    give_setup: GiveSetup
    "Asked before each login."
    prove: Callable[[str], bool]
    "Whether a Message-ID carries a valid MAC of this team."
    fingerprint: Callable[[], Hashable] = _unchanging
    "Changes when the configuration does."
    terms: Terms = field(default_factory=Terms)
    is_readonly: bool = False
    is_child: bool = False
    "Ends once no console lives and nothing is due."
    looks_on_hangup: bool = False
    "SIGHUP: look now, read the configuration anew. Else it ends: its terminal was closed."
    log: Log = _unsaid
    on_status: Show = unseen
    "Shown each new state or error at once; counts as they are written."
    on_beat: Callable[[], None] = _unfelt
    "Called every few seconds while the engine works or waits as it should; in a thread."


@contextmanager
def engine_on(folder: Path, orders: Orders, stop: Stop) -> Iterator[Kit]:
    """Open the desk as its one engine.

    Raises:
        DeskUnavailableError: another engine holds it, or it cannot be opened.
    """
    # the folder may not be there yet: opening the desk makes it
    with _EnginesDesk(folder, stop=stop) as desk:
        lock = RoleLock(folder, ENGINE)
        _take(lock)
        pulse = Pulse(lock, stop, on_beat=orders.on_beat)
        pulse.start()
        try:
            yield _kit(desk, orders, stop)
        finally:
            pulse.stop()
            lock.release()


class _EnginesDesk(Desk):
    """A desk whose transactions no signal tears.

    What a signal raises inside one makes SQLAlchemy close the connection, and it is the only
    one: not even the last words could be written.
    """

    def __init__(self, folder: Path, *, stop: Stop) -> None:
        super().__init__(folder, wakes=(wake.CONSOLE,), cache_mb=_CACHE_MB)
        self._stop = stop

    def read(
        self, query: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with self._stop.shielded():
            return super().read(query, *args, **kwargs)

    @contextmanager
    def writing(self, *, is_forced: bool = True) -> Iterator[Transaction]:
        with self._stop.shielded(), super().writing(is_forced=is_forced) as conn:
            yield conn


def _take(lock: RoleLock) -> None:
    """Become the desk's one engine.

    Raises:
        DeskUnavailableError: another one is.
    """
    for _ in range(_LOOKS):
        if lock.take():
            return
        # somebody who only asks whether it is held holds it for an instant
        time.sleep(_BETWEEN_LOOKS_SECONDS)
    raise DeskUnavailableError(
        "Another engine runs on this desk already: it does what there is to do."
    )


def _kit(desk: Desk, orders: Orders, stop: Stop) -> Kit:
    mode = "readonly" if orders.is_readonly else "full"
    kit = Kit(
        desk=desk,
        prove=orders.prove,
        blobs=Blobs(desk.folder),
        status=StatusRow(
            desk, mode=mode, version=VERSION, show=orders.on_status, shielded=stop.shielded
        ),
        stop=stop,
        log=orders.log,
        is_readonly=orders.is_readonly,
    )
    if not orders.is_readonly:
        _take_claims_back(kit)
    return kit


def _take_claims_back(kit: Kit) -> None:
    """Queue again what a dead engine had only claimed: nobody has it."""
    for one in kit.desk.hot(queries.under_way()):
        row = kit.desk.hot(queries.leaving(one))[0]
        if row.state is OutboxState.SENDING:
            moved = OutboxMoved(id=row.id, ticket_uid=row.ticket_uid, state=OutboxState.QUEUED)
            with kit.writing() as conn:
                local.note_touched(conn, local.write(conn, moved))
