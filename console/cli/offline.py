"""`offline`: before boarding. Fetches what lies on the server only, large mails and files too."""

import contextlib
import time
from pathlib import Path
from typing import Final

import click

from console.cli.frame import DONE, INTERRUPTED, Run, Verb
from console.engine_watch import EngineWatch
from storage.db.locks import ENGINE, is_held
from storage.db.readonly import Reader
from storage.errors import ServerError
from storage.queries import hot, offline
from storage.records.desk import EngineStatus
from storage.records.local import AllUnwished, AllWished
from storage.rules.travelling import asked_words, missing_words

_LOOK_SECONDS: Final = 0.5
_RESTS_AT_MOST: Final = 20
"An engine that rests for so many looks has been refused what is left."


@click.command("offline", cls=Verb)
@click.option("--stop", is_flag=True, help="Take it back: what came stays, the rest does not come.")
@click.option("--show", is_flag=True, help="Only say what is missing.")
@click.pass_obj
def command(this: Run, *, stop: bool, show: bool) -> int:
    """Fetch all that is on the server only: texts, large mails, files that were put away.

    With an engine on this desk it is the engine that fetches, and goes on when this is
    interrupted; else this does it itself. Files stay for two weeks, whatever their size.
    """
    folder = this.desk_folder()
    if stop or show:
        if stop:
            _write(folder, AllUnwished())
        _tell(this, folder)
        return DONE
    _wish(folder)
    is_done = _follow(this, folder) if is_held(folder, ENGINE) else _fetch(this, folder)
    if not is_done:
        this.say("Interrupted: what is here stays; rotadesk offline --stop takes the rest back.")
        return INTERRUPTED
    _tell(this, folder)
    return this.status


def _wish(folder: Path) -> None:
    _write(folder, AllWished(at_ms=time.time_ns() // 1_000_000))


def _is_awaited(folder: Path) -> bool:
    with Reader(folder) as desk:
        return bool(desk.run(offline.asked_for())[0])


def _write(folder: Path, row: AllWished | AllUnwished) -> None:
    from storage.store import Desk  # noqa: PLC0415 - SQLAlchemy

    with Desk(folder) as desk:
        desk.write(row)


def _follow(this: Run, folder: Path) -> bool:
    """Say how far the engine is, until it has everything; return False where it is interrupted.

    Raises:
        ServerError: the engine cannot go on.
    """
    watch, said, rests = EngineWatch(folder), "", 0
    with Reader(folder) as desk, contextlib.suppress(KeyboardInterrupt):
        while desk.run(offline.asked_for())[0] and rests < _RESTS_AT_MOST:
            status = watch.seen(next(iter(desk.run(hot.engine())), EngineStatus.off()))
            if status.state in {"waiting", "stopped", "off", "silent"}:
                why = status.error or "There is no engine any more."
                raise ServerError(f"{why} What is missing comes when it goes on.")
            rests = rests + 1 if status.state in {"idle", "polling"} else 0
            missing = desk.run(offline.missing())[0]
            words = asked_words(texts=missing.texts, files=missing.files, size=missing.size)
            line = f"{words} to come. {status.progress}".rstrip() if words else ""
            if line != said:
                this.say(line)
                said = line
            time.sleep(_LOOK_SECONDS)
        return True
    return False


def _fetch(this: Run, folder: Path) -> bool:
    from console.cli.sync import fetch  # noqa: PLC0415 - SQLAlchemy and IMAPClient
    from storage.sync.stop import Stop, Stopped  # noqa: PLC0415 - as above

    said = ""

    def show(status: EngineStatus) -> None:
        nonlocal said
        if status.progress and status.progress != said:
            said = status.progress
            this.say(said)

    stop = Stop()
    try:
        with stop.by_signals(status=INTERRUPTED):
            fetch(this, stop, show=show)
            _wish(folder)  # now that it is known what came since the last time
            if _is_awaited(folder):
                fetch(this, stop, show=show)
    except Stopped:
        return False
    return True


def _tell(this: Run, folder: Path) -> None:
    with Reader(folder) as desk:
        missing = desk.run(offline.missing())[0]
    if this.as_json:
        this.emit({"texts": missing.texts, "files": missing.files, "bytes": missing.size})
        return
    words = missing_words(texts=missing.texts, files=missing.files, size=missing.size)
    this.tell(f"{words[:1].upper()}{words[1:]}." if words else "Every text and every file is here.")
