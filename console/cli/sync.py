"""The engine in the foreground, as the console's child, or once."""

import contextlib
import dataclasses
import os
import sys
import time
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console import logs, passwords, paths
from console.cli import shapes, table
from console.cli.frame import DONE, INTERRUPTED, Run, Verb
from console.service import Service, is_journal

if TYPE_CHECKING:
    from storage.sync.kit import Log
    from storage.sync.orders import Orders
    from storage.sync.status import Show
    from storage.sync.stop import Stop
    from storage.sync.summary import Summary

_RECENT_DAYS = 90
_DAY_MS = 86_400_000


@click.command("sync", cls=Verb)
@click.option("--once", is_flag=True, help="Until nothing is left to do, then a summary.")
@click.option(
    "--bodies",
    type=click.Choice(["all", "recent"]),
    default="all",
    show_default=True,
    help=f"Texts of all mails, or of the last {_RECENT_DAYS} days.",
)
@click.option("--child", is_flag=True, hidden=True, help="End when no console lives.")
@click.pass_obj
def sync(this: Run, *, once: bool, bodies: str, child: bool) -> int:
    """Keep the desk and the mailbox alike.

    One line an event on standard output. SIGTERM ends it within two seconds, SIGHUP has it look
    now and read the configuration anew.
    """
    from storage.sync.stop import Stop, Stopped  # noqa: PLC0415 - only here

    stop = Stop()
    ended = INTERRUPTED if once else DONE
    try:
        with stop.by_signals(status=ended):
            if once:
                return _run_once(this, _orders(this, bodies=bodies, is_once=True), stop)
            _run(this, bodies, stop, is_child=child)
    except Stopped:
        return ended
    except Exception as error:
        # torn by the signal itself; the desk survives more than that
        if not stop.was_asked:
            raise
        logs.record_fault(error, folder=this.desk_folder())
        return ended
    return DONE


def _run(this: Run, bodies: str, stop: "Stop", *, is_child: bool) -> None:
    from storage.sync import runner  # noqa: PLC0415 - SQLAlchemy and IMAPClient

    service = Service.of(os.environ)
    orders = dataclasses.replace(
        _orders(this, bodies=bodies, is_child=is_child),
        # one without a terminal cannot lose it
        looks_on_hangup=is_child or not sys.stdin.isatty(),
        on_status=service.show,
        on_beat=service.beat,
    )
    try:
        runner.run(this.desk_folder(), orders, stop)
    finally:
        service.stopping()


def fetch(this: Run, stop: "Stop", *, show: "Show") -> None:
    """Do once what there is to do; `show` is told how far it is.

    Raises:
        ServerError: the server did not let us finish.
    """
    from storage.sync.once import once  # noqa: PLC0415 - SQLAlchemy and IMAPClient

    orders = dataclasses.replace(_orders(this, bodies="all", is_once=True), on_status=show)
    once(this.desk_folder(), orders, stop)


def _run_once(this: Run, orders: "Orders", stop: "Stop") -> int:
    from storage.sync.once import once  # noqa: PLC0415 - SQLAlchemy and IMAPClient
    from storage.sync.summary import GaveUpError  # noqa: PLC0415 - as above

    try:
        _show(this, once(this.desk_folder(), orders, stop))
    except GaveUpError as error:
        _show(this, error.summary)
        this.refused(error)
    return this.status


def _orders(this: Run, *, bodies: str, is_once: bool = False, is_child: bool = False) -> "Orders":
    from storage.mail.ids import proven_ticket  # noqa: PLC0415 - SQLAlchemy and IMAPClient
    from storage.store import Desk  # noqa: PLC0415 - as above
    from storage.sync.once import TIMEOUTS  # noqa: PLC0415 - as above
    from storage.sync.orders import Orders  # noqa: PLC0415 - as above
    from storage.sync.session import Terms  # noqa: PLC0415 - as above
    from storage.sync.setup import Setup, seed_desk  # noqa: PLC0415 - as above

    config = this.config()
    config.mail_account()
    folder = this.desk_folder()
    key = passwords.team_key(config, folder)
    with Desk(folder) as desk:
        seed_desk(desk, config.seed, me=config.me)

    def give_setup() -> Setup:
        read = this.config()
        return Setup(
            account=read.mail_account(),
            give_secret=passwords.secret(read),
            most_file_bytes=read.most_file_mb * 1_000_000,
        )

    def prove(message_id: str) -> bool:
        return proven_ticket(message_id, key=key) is not None

    terms = Terms(since_ms=_recent_ms() if bodies == "recent" else None)
    if is_once:
        terms = dataclasses.replace(terms, timeouts=TIMEOUTS)
    return Orders(
        give_setup=give_setup,
        prove=prove,
        fingerprint=_fingerprint(config.path),
        terms=terms,
        is_readonly=this.readonly,
        is_child=is_child,
        log=_log(folder, _teller(this, is_once=is_once, is_child=is_child)),
    )


def _fingerprint(path: Path) -> Callable[[], Hashable]:
    def of_file() -> Hashable:
        try:
            found = path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    return of_file


def _log(folder: Path, tell: "Log") -> "Log":
    log = logs.open_log(paths.make_private_folder(folder))

    def line(event: str, /, **counts: int) -> None:
        log.info("engine: %s", _line(event, **counts))
        # whoever read it may be gone: the mail goes on
        with contextlib.suppress(OSError):
            tell(event, **counts)

    line(f"started, process {os.getpid()}")
    return line


def _teller(this: Run, *, is_once: bool, is_child: bool) -> "Log":
    """Return how an event is told: of a service on standard output, else beside the summary."""
    has_clock = not is_once and is_journal(1, os.environ)

    def tell(event: str, /, **counts: int) -> None:
        line = _line(event, **counts)
        dated = line if has_clock else f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}"
        if is_child:
            return
        if is_once:
            this.say(dated)
        elif this.as_json:
            this.emit({"at": shapes.instant(datetime.now(UTC)), "event": event, **counts})
        else:
            this.tell(dated)

    return tell


def _line(event: str, /, **counts: int) -> str:
    numbers = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return f"{event}: {numbers}" if numbers else event


def _recent_ms() -> int:
    return time.time_ns() // 1_000_000 - _RECENT_DAYS * _DAY_MS


def _show(this: Run, summary: "Summary") -> None:
    if this.as_json:
        this.emit(dataclasses.asdict(summary))
        return
    table.show(
        [
            table.Column("folder", gives_way=True),
            table.Column("server", is_number=True),
            table.Column("desk", is_number=True),
            table.Column("skipped", is_number=True),
        ],
        [
            (one.name, str(one.server), str(one.imported), str(one.skipped))
            for one in summary.folders
        ],
    )
    click.echo(
        f"{summary.fetched_headers} headers and {summary.fetched_bodies} texts fetched, "
        f"{summary.sent} sent, {summary.held} held, {summary.failed} failed, "
        f"{summary.seconds:.1f} s"
    )
