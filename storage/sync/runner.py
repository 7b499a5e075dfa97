"""The engine for ever: connects, works, waits, comes back.

It never gives up on a server and never tries a refused password twice. Whatever ends it,
the desk goes on without it.
"""

import dataclasses
import math
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from storage.errors import (
    DeskUnavailableError,
    LoginRefusedError,
    NotNowError,
    ServerError,
    UsageError,
)
from storage.queries import outbox as queries
from storage.records.remote import IdleEvent
from storage.store import Desk
from storage.sync.kit import Kit, Tally
from storage.sync.orders import Orders, engine_on
from storage.sync.session import Session
from storage.sync.stop import Stop, Stopped
from storage.sync.travelling import Journey
from storage.sync.waiting import ConsoleWatch, Ear, Pauses, Rhythm, stated_wait

_RENEW_SECONDS: Final = 540.0
"NATs forget a silent connection after ten minutes and more."
_POLL_SECONDS: Final = 60.0
_BACKGROUND_POLL_SECONDS: Final = 300.0
_GRACE_FOR_A_CONSOLE: Final = 3.0
_AGAIN_SECONDS: Final = 1.0
"Before numbers that disagree are compared anew: mail may be on its way."


def run(folder: Path, orders: Orders, stop: Stop | None = None) -> None:
    """Keep desk and server alike until asked to stop; a child also ends with its console.

    Raises:
        DeskUnavailableError: another engine holds the desk, or it cannot be opened.
    """
    stop = stop or Stop()
    with engine_on(folder, orders, stop) as kit:
        runner = Runner(kit, orders)
        try:
            runner.run()
        except Stopped:
            pass
        finally:
            stop.calm()
            runner.close()


class Runner:
    """One engine's life."""

    def __init__(self, kit: Kit, orders: Orders) -> None:
        self._kit = kit
        self._orders = orders
        self._pauses = Pauses()
        self._born = time.monotonic()
        self._ear = Ear(kit.desk, fingerprint=orders.fingerprint)
        self._watch = ConsoleWatch(kit.desk)
        self._told = Tally()
        self._journey = Journey(kit)
        kit.stop.on_hangup = self._ear.nudge if orders.looks_on_hangup else None

    def run(self) -> None:
        if self._orders.is_child:
            self._watch.start()
        while not self._is_over():
            self._connection()

    def close(self) -> None:
        self._watch.stop()
        self._kit.status.say("stopped", next_try=None, progress="", connections=0)
        self._kit.status.write()
        self._tell_progress("until then")
        self._kit.log("stopped")
        self._ear.close()

    def _connection(self) -> None:
        """Connect and work until the connection ends, then wait as long as is right."""
        kit = self._kit
        kit.status.say("connecting", next_try=None, progress="", connections=0)
        # what was asked for up to here is being done
        self._ear.was_asked()
        self._ear.has_new_config()
        try:
            session = Session(kit, self._orders.give_setup(), self._orders.terms)
            try:
                kit.log("connected")
                self._serve(session)
            finally:
                session.close()
        except (LoginRefusedError, UsageError) as error:
            kit.log(f"stopped: {error.code}")
            kit.status.say("stopped", error=str(error), progress="", connections=0)
            self._wait(until=None)
        except (ServerError, DeskUnavailableError) as error:
            self._wait_after(error)

    def _wait_after(self, error: ServerError | DeskUnavailableError) -> None:
        """Come back after a while; never sooner than the server asked, whoever wishes it."""
        kit, pause, stated = self._kit, self._pauses.after(error), stated_wait(error)
        if stated or isinstance(error, NotNowError):
            kit.pace.throttled()
        kit.log(f"again in {pause:.0f} s: {error.code}")
        self._journey.lost()
        at = datetime.fromtimestamp(kit.desk.now_ms() // 1000 + math.ceil(pause), UTC)
        kit.status.say("waiting", error=str(error), next_try=at, progress="", connections=0)
        now = time.monotonic()
        self._wait(until=now + pause, not_before=now + stated)

    def _wait(self, *, until: float | None, not_before: float = 0.0) -> None:
        ear, is_over = self._ear, self._is_over
        if ear.wait_for_person(until=until, is_over=is_over, not_before=not_before):
            self._kit.send_refusal = None

    def _serve(self, session: Session) -> None:
        kit = self._kit
        kit.status.say("syncing", connections=1)
        session.look()
        must_look = False
        while not self._is_over():
            self._ear.drain()
            if self._ear.was_asked():
                must_look = True
                is_refused, kit.send_refusal = kit.send_refusal, None
                if is_refused or self._ear.has_new_config():
                    return  # with a new login the configuration is read anew
            while session.step():
                kit.stop.check()
            if must_look:
                session.look()
                must_look = False
                continue
            if session.reckoning.is_first_time:
                self._kit.stop.pause(_AGAIN_SECONDS)
                must_look = True
                continue
            self._pauses.reset()
            if session.is_outdated():
                return
            self._tell_progress("alike")
            self._journey.at_rest()
            kit.status.say(
                "idle" if session.has_idle else "polling",
                error=str(kit.send_refusal or session.reckoning.trouble),
                progress="",
            )
            kit.status.write()
            must_look = self._rest(session)

    def _tell_progress(self, event: str) -> None:
        """Log what was done since this was told last, if anything was."""
        now, before = self._kit.tally, self._told
        self._told = dataclasses.replace(now)
        done = {
            name: getattr(now, name) - getattr(before, name)
            for name in ("headers", "bodies", "sent", "held", "failed")
        }
        if any(done.values()):
            self._kit.log(event, **{name: count for name, count in done.items() if count})

    def _rest(self, session: Session) -> bool:
        """Wait for news; return whether to look at every folder now."""
        rhythm = Rhythm(
            renew=_RENEW_SECONDS, poll=_POLL_SECONDS, background_poll=_BACKGROUND_POLL_SECONDS
        )
        look_at = rhythm.look_at(
            looked_at=session.looked_at,
            has_idle=session.has_idle,
            folders=len(session.inbound.boxes),
            has_console=self._watch.has_console,
        )
        due_in = session.moving.due_in()
        may_send = not self._kit.is_readonly and not self._kit.send_refusal
        if may_send:
            due_in = min(due_in, _until_due(self._kit.desk))
        now = time.monotonic()
        seconds = rhythm.rest(now=now, look_at=look_at, due_in=due_in, has_idle=session.has_idle)
        if session.has_idle:
            event = session.idle(seconds, wake_fd=self._ear.fileno())
            is_renewed = event is IdleEvent.TIMEOUT and seconds < due_in
            return event is IdleEvent.CHANGED or is_renewed or time.monotonic() >= look_at
        self._ear.wait(seconds)
        return time.monotonic() >= look_at

    def _is_over(self) -> bool:
        """Return whether a child's console is gone and nothing is left that only we can do.

        Raises:
            Stopped: we were asked to end.
        """
        self._kit.stop.check()
        if not self._orders.is_child:
            return False
        if self._ear.wanted_mode() not in {"", self._kit.status.now.mode}:
            return True
        if self._watch.has_console:
            return False
        if time.monotonic() - self._born < _GRACE_FOR_A_CONSOLE:
            return False
        return not self._kit.desk.hot(queries.unfinished())[0]


def _until_due(desk: Desk) -> float:
    (due_ms,) = desk.hot(queries.next_due())
    return float("inf") if due_ms is None else max(0.0, (due_ms - desk.now_ms()) / 1000)
