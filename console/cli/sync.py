"""The engine in the foreground, as the console's child, or once."""

import dataclasses
import os
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console import logs, passwords, paths
from console.cli import table
from console.cli.frame import INTERRUPTED, Run, Verb

if TYPE_CHECKING:
    from storage.sync.orders import Orders
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
    """Keep the desk and the mailbox alike."""
    from storage.sync import runner  # noqa: PLC0415 - SQLAlchemy and IMAPClient
    from storage.sync.stop import Stop, Stopped  # noqa: PLC0415 - as above

    stop = Stop()
    with stop.by_signals():
        try:
            orders = _orders(this, bodies=bodies, is_once=once, is_child=child)
            if once:
                return _run_once(this, orders, stop)
            runner.run(this.desk_folder(), orders, stop)
        except Stopped:
            return INTERRUPTED if once else 0
    return 0


def _run_once(this: Run, orders: "Orders", stop: "Stop") -> int:
    from storage.sync.once import once  # noqa: PLC0415 - SQLAlchemy and IMAPClient
    from storage.sync.summary import GaveUpError  # noqa: PLC0415 - as above

    try:
        _show(this, once(this.desk_folder(), orders, stop))
    except GaveUpError as error:
        _show(this, error.summary)
        this.refused(error)
    return this.status


def _orders(this: Run, *, bodies: str, is_once: bool, is_child: bool) -> "Orders":
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
        return Setup(account=read.mail_account(), give_secret=passwords.secret(read))

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
        log=_log(this, folder, is_child=is_child),
    )


def _fingerprint(path: Path) -> Callable[[], Hashable]:
    def of_file() -> Hashable:
        try:
            found = path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    return of_file


def _log(this: Run, folder: Path, *, is_child: bool) -> Callable[[str], None]:
    log = logs.open_log(paths.make_private_folder(folder))

    def line(said: str) -> None:
        log.info("engine: %s", said)
        if not is_child:
            this.say(f"{time.strftime('%H:%M:%S')} {said}")

    log.info("engine: started, process %d", os.getpid())
    return line


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
