"""The engine: connects, works, waits, comes back; or does everything once.

It never gives up on a server and never tries a refused password twice. Whatever ends it,
the desk goes on without it.
"""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from storage import local
from storage.db import wake
from storage.db.blobs import Blobs
from storage.db.locks import RoleLock
from storage.errors import (
    ConnectionLostError,
    DeskUnavailableError,
    LoginRefusedError,
    ServerError,
    UsageError,
)
from storage.mail.transport import Timeouts
from storage.queries import outbox as outbox_queries
from storage.queries import sync as queries
from storage.records.local import OutboxMoved
from storage.records.remote import IdleEvent
from storage.records.words import OutboxState
from storage.store import Desk
from storage.sync.kit import VERSION, Kit
from storage.sync.session import Session, Terms
from storage.sync.setup import GiveSetup
from storage.sync.status import StatusRow
from storage.sync.stop import Stop, Stopped
from storage.sync.summary import GaveUpError, Summary, summarize
from storage.sync.waiting import ConsoleWatch, Ear, Pauses

LOCK: Final = "sync.lock"
_RENEW_SECONDS: Final = 540.0
_POLL_SECONDS: Final = 60.0
_BACKGROUND_POLL_SECONDS: Final = 300.0
_GRACE_FOR_A_CONSOLE: Final = 10.0
_LOST_AT_MOST: Final = 3
_PATIENCE_SECONDS: Final = 90.0
ONCE_TIMEOUTS: Final = Timeouts(connect=20.0, read=20.0, accept=90.0)


def _nothing(_: str) -> None:
    """Tell nobody."""


def _unchanging() -> Hashable:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What an engine is asked to do, and for whom."""

    give_setup: GiveSetup
    prove: Callable[[str], bool]
    fingerprint: Callable[[], Hashable] = _unchanging
    "Changes when the configuration does."
    terms: Terms = field(default_factory=Terms)
    is_readonly: bool = False
    is_child: bool = False
    "Ends once no console lives and nothing is due."
    log: Callable[[str], None] = _nothing


class Engine:
    """One a desk; holds `sync.lock` while it lives."""

    def __init__(self, folder: Path, orders: Orders, *, stop: Stop | None = None) -> None:
        self._folder = folder
        self._orders = orders
        self._stop = stop or Stop()
        self._pauses = Pauses()
        self._poll_at = 0.0

    def run(self) -> None:
        """Keep desk and server alike until asked to stop.

        Raises:
            DeskUnavailableError: another engine holds the desk, or it cannot be opened.
        """
        with self._desk() as desk, self._kit(desk) as kit:
            ear = Ear(desk, fingerprint=self._orders.fingerprint)
            watch = ConsoleWatch(desk)
            if self._orders.is_child:
                watch.start()
            born = time.monotonic()

            def is_over() -> bool:
                return self._orders.is_child and _is_forsaken(desk, watch, born=born)

            try:
                while not is_over():
                    self._try(kit, ear, watch, is_over)
            except Stopped:
                pass
            finally:
                watch.stop()
                self._stop.calm()
                kit.status.say("stopped", next_try=None, progress="")
                kit.log("stopped")
                ear.close()

    def once(self) -> Summary:
        """Do everything that is left to do, then tell what it was.

        Raises:
            GaveUpError: the server did not let us finish; holds the summary.
            DeskUnavailableError: another engine holds the desk, or it cannot be opened.
            UsageError: the configuration is wrong.
        """
        begun, lost = time.monotonic(), 0
        with self._desk() as desk, self._kit(desk) as kit:
            kit.command_seconds = _PATIENCE_SECONDS
            while True:
                try:
                    self._everything(kit)
                except ConnectionLostError as error:
                    lost += 1
                    kit.log(f"connection lost, {lost} of {_LOST_AT_MOST}")
                    if lost < _LOST_AT_MOST:
                        continue
                    failure: ServerError | None = error
                except ServerError as error:
                    failure = error
                else:
                    failure = None
                summary = summarize(
                    desk,
                    desk.hot(queries.folders()),
                    kit.tally,
                    seconds=time.monotonic() - begun,
                )
                self._say_ended(kit, failure)
                if failure is not None:
                    raise GaveUpError(str(failure), summary, code=failure.code) from failure
                return summary

    # -- for ever

    def _try(self, kit: Kit, ear: Ear, watch: ConsoleWatch, is_over: Callable[[], bool]) -> None:
        """Connect and work until the connection ends, then wait as long as is right."""
        kit.status.say("connecting", next_try=None, progress="")
        ear.was_asked()
        ear.has_new_config()
        until: float | None = None
        try:
            session = Session(kit, self._orders.give_setup(), self._orders.terms)
            try:
                kit.log("connected")
                self._serve(session, kit, ear, watch, is_over)
            finally:
                session.close()
        except (LoginRefusedError, UsageError) as error:
            kit.log(f"stopped: {error.code}")
            kit.status.say("stopped", error=str(error), progress="")
        except (ServerError, DeskUnavailableError) as error:
            pause = self._pauses.next()
            kit.log(f"again in {pause:.0f} s: {error.code}")
            until = time.monotonic() + pause
            at = datetime.fromtimestamp(kit.desk.now_ms() // 1000 + int(pause), UTC)
            kit.status.say("waiting", error=str(error), next_try=at, progress="")
        else:
            return
        kit.status.write()
        ear.wait_for_person(until=until, is_over=is_over)

    def _serve(
        self,
        session: Session,
        kit: Kit,
        ear: Ear,
        watch: ConsoleWatch,
        is_over: Callable[[], bool],
    ) -> None:
        kit.status.say("syncing")
        session.look()
        if not kit.is_readonly:
            session.outbound.resume()
        must_look = False
        while not is_over():
            ear.drain()
            if ear.was_asked():
                must_look = True
                if session.outbound.refusal:
                    return
            while session.step():
                self._stop.check()
            if must_look:
                session.look()
                must_look = False
                continue
            self._pauses.reset()
            refusal = session.outbound.refusal
            kit.status.say(
                "idle" if session.has_idle else "polling",
                error=str(refusal) if refusal else "",
                progress="",
            )
            kit.status.write()
            must_look = self._rest(session, kit, ear, watch)

    def _rest(self, session: Session, kit: Kit, ear: Ear, watch: ConsoleWatch) -> bool:
        """Wait for news; return whether to look at every folder now."""
        every = _POLL_SECONDS if watch.has_console else _BACKGROUND_POLL_SECONDS
        if session.has_idle and len(session.inbound.boxes) == 1:
            every = _RENEW_SECONDS
        look_at = session.looked_at + every
        seconds = max(0.0, look_at - time.monotonic())
        if not kit.is_readonly and not session.outbound.refusal:
            seconds = min(seconds, _until_due(kit.desk))
        if session.has_idle:
            event = session.idle(min(seconds, _RENEW_SECONDS), wake_fd=ear.fileno())
            return event is IdleEvent.CHANGED or time.monotonic() >= look_at
        ear.wait(seconds)
        return time.monotonic() >= look_at

    # -- once

    def _everything(self, kit: Kit) -> None:
        kit.status.say("connecting", error="", progress="")
        session = Session(kit, self._orders.give_setup(), self._orders.terms)
        try:
            kit.log("connected")
            kit.status.say("syncing")
            session.look()
            if not kit.is_readonly:
                session.outbound.resume()
            is_last = False
            while True:
                while session.step():
                    is_last = False
                    _check_patience(kit)
                if self._waited_for_undo(kit, session):
                    continue
                if is_last and not session.bodies.ask_again():
                    break
                session.look(all_flags=True)
                is_last = True
                _check_patience(kit)
            if session.outbound.refusal:
                raise session.outbound.refusal
        finally:
            session.close()

    def _waited_for_undo(self, kit: Kit, session: Session) -> bool:
        """Wait until a reply that was just written may leave; return whether there is one."""
        if kit.is_readonly or session.outbound.refusal:
            return False
        (due_ms,) = kit.desk.hot(outbox_queries.next_first_try())
        if due_ms is None:
            return False
        while (left := due_ms - kit.desk.now_ms()) > 0:
            self._stop.check()
            time.sleep(min(left / 1000, 0.5))
        kit.tally.progress()
        return True

    def _say_ended(self, kit: Kit, failure: ServerError | None) -> None:
        kit.status.say(
            "off" if failure is None else "stopped", error=str(failure or ""), progress=""
        )
        kit.status.write()

    # -- both

    @contextmanager
    def _desk(self) -> Iterator[Desk]:
        lock = None
        # the folder may not be there yet: opening the desk makes it
        with Desk(self._folder, wakes=(wake.CONSOLE,)) as desk:
            lock = RoleLock(self._folder, LOCK)
            if not lock.take():
                raise DeskUnavailableError(
                    "Another engine runs on this desk already: it does what there is to do."
                )
            try:
                yield desk
            finally:
                lock.release()

    @contextmanager
    def _kit(self, desk: Desk) -> Iterator[Kit]:
        orders = self._orders
        kit = Kit(
            desk=desk,
            prove=orders.prove,
            blobs=Blobs(desk.folder),
            status=StatusRow(
                desk, mode="readonly" if orders.is_readonly else "full", version=VERSION
            ),
            stop=self._stop,
            log=orders.log,
            is_readonly=orders.is_readonly,
        )
        if not orders.is_readonly:
            _take_claims_back(kit)
        yield kit


def _take_claims_back(kit: Kit) -> None:
    """Queue again what a dead engine had only claimed: nobody has it."""
    for one in kit.desk.hot(outbox_queries.under_way()):
        row = kit.desk.hot(outbox_queries.leaving(one))[0]
        if row.state is OutboxState.SENDING:
            with kit.writing() as conn:
                moved = OutboxMoved(id=row.id, ticket_uid=row.ticket_uid, state=OutboxState.QUEUED)
                local.note_touched(conn, local.write(conn, moved))


def _is_forsaken(desk: Desk, watch: ConsoleWatch, *, born: float) -> bool:
    """Return whether no console lives and nothing is left that only the engine can do."""
    if watch.has_console or time.monotonic() - born < _GRACE_FOR_A_CONSOLE:
        return False
    return not desk.hot(outbox_queries.unfinished())[0]


def _until_due(desk: Desk) -> float:
    (due_ms,) = desk.hot(outbox_queries.next_due())
    return float("inf") if due_ms is None else max(0.0, (due_ms - desk.now_ms()) / 1000)


def _check_patience(kit: Kit) -> None:
    kit.stop.check()
    if time.monotonic() - kit.tally.progress_at > _PATIENCE_SECONDS:
        raise ServerError(f"Nothing has moved for {_PATIENCE_SECONDS:.0f} s: given up.")
