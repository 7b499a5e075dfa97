"""The engine once: until nothing is left to do, or the server will not have it."""

import time
from pathlib import Path
from typing import Final

from storage.errors import ConnectionLostError, NotNowError, ServerError
from storage.mail.transport import Timeouts
from storage.queries import outbox as outbox_queries
from storage.queries import sync as queries
from storage.sync.kit import Kit
from storage.sync.orders import Orders, engine_on
from storage.sync.session import Session
from storage.sync.stop import Stop
from storage.sync.summary import GaveUpError, Summary, summarize

TIMEOUTS: Final = Timeouts(connect=20.0, read=20.0, accept=90.0)
_LOST_AT_MOST: Final = 3
_PATIENCE_SECONDS: Final = 90.0


def once(folder: Path, orders: Orders, stop: Stop | None = None) -> Summary:
    """Do everything that is left to do, then tell what it was.

    Raises:
        GaveUpError: the server did not let us finish; holds the summary.
        DeskUnavailableError: another engine holds the desk, or it cannot be opened.
        UsageError: the configuration is wrong.
    """
    begun = time.monotonic()
    with engine_on(folder, orders, stop or Stop()) as kit:
        kit.command_seconds = _PATIENCE_SECONDS
        failure = _until_done(kit, orders)
        kit.status.say(
            "off" if failure is None else "stopped", error=str(failure or ""), progress=""
        )
        kit.status.write()
        summary = summarize(
            kit.desk,
            kit.desk.hot(queries.folders()),
            kit.tally,
            seconds=time.monotonic() - begun,
        )
        if failure is not None:
            raise GaveUpError(str(failure), summary, code=failure.code) from failure
        return summary


def _until_done(kit: Kit, orders: Orders) -> ServerError | None:
    """Return why it could not be finished; None once it was."""
    for lost in range(1, _LOST_AT_MOST + 1):
        try:
            _everything(kit, orders)
        except ConnectionLostError as error:
            kit.log(f"connection lost, {lost} of {_LOST_AT_MOST}")
            failure: ServerError = error
        except NotNowError as error:
            failure = error
            if not error.wait_seconds:
                return error
        except ServerError as error:
            return error
        else:
            return None
        if failure.wait_seconds and not _waited(kit, failure.wait_seconds):
            return failure
    return failure


def _waited(kit: Kit, seconds: float) -> bool:
    """Leave a server that throttles alone as long as it asked; return False: that is too long."""
    kit.pace.throttled()
    if seconds > _PATIENCE_SECONDS:
        return False
    kit.log(f"again in {seconds:.0f} s: not_now")
    kit.stop.pause(seconds)
    kit.tally.progress()
    return True


def _everything(kit: Kit, orders: Orders) -> None:
    kit.status.say("connecting", error="", progress="")
    session = Session(kit, orders.give_setup(), orders.terms)
    try:
        session.moving.hurry()
        kit.log("connected")
        kit.status.say("syncing")
        session.look()
        is_last = False
        while True:
            while session.step():
                is_last = False
                _check_patience(kit)
            if _waited_for_undo(kit):
                continue
            if is_last and not session.bodies.ask_again():
                break
            session.look(all_flags=True)
            is_last = True
            _check_patience(kit)
        if kit.send_refusal:
            raise kit.send_refusal
        if session.reckoning.complaint:
            raise ServerError(session.reckoning.complaint)
    finally:
        session.close()


def _waited_for_undo(kit: Kit) -> bool:
    """Wait until a reply that was just written may leave; return whether there was one."""
    if kit.is_readonly or kit.send_refusal:
        return False
    (due_ms,) = kit.desk.hot(outbox_queries.next_first_try())
    if due_ms is None:
        return False
    kit.stop.pause((due_ms - kit.desk.now_ms()) / 1000)
    kit.tally.progress()
    return True


def _check_patience(kit: Kit) -> None:
    kit.stop.check()
    if time.monotonic() - kit.tally.progress_at > _PATIENCE_SECONDS:
        raise ServerError(f"Nothing has moved for {_PATIENCE_SECONDS:.0f} s: given up.")
