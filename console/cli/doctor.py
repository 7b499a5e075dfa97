"""`doctor`: checks installation, configuration, desk, engine, servers and terminal."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from console import checkup, file_check, paths
from console.checkup import Check, FolderCount, State
from console.cli import desks
from console.cli.frame import Plain, Run, Verb, printable, status_of
from console.cli.shapes import instant
from console.config import Config, ConfigError
from console.engine_watch import seen_once
from storage.db.readonly import Reader
from storage.errors import DeskError, RuleBrokenError
from storage.mail.profiles import Profile
from storage.queries import health, hot
from storage.records.desk import EngineStatus

_SIGNS = {State.OK: "ok  ", State.WARNING: "look", State.FAILED: "FAIL"}


@click.command("doctor", cls=Verb)
@click.option("--rebuild", is_flag=True, help="Fold every ticket, bug and article again.")
@click.option("--offline", is_flag=True, help="Do not try the servers.")
@click.pass_obj
def doctor(this: Run, *, rebuild: bool, offline: bool) -> None:
    """Check the installation, the desk, the servers and the terminal."""
    if rebuild:
        _rebuild(this)
    checks: list[Check] = []
    for check in _checks(this, is_offline=offline):
        checks.append(check)
        if not this.as_json:
            this.tell(f"{_SIGNS[check.state]}  {check.name:<13} {check.told}")
        if check.error is not None:
            this.status = max(this.status, status_of(check.error))
    if this.as_json:
        this.emit(_shaped(this, checks))


def _rebuild(this: Run) -> None:
    if this.readonly:
        raise RuleBrokenError("With --readonly nothing is folded again.")
    with desks.at_desk(this) as at, desks.alone(this.desk_folder()):
        at.desk.rebuild()
        this.say(f"Folded again: {at.desk.hot(hot.count('1'))[0]} tickets.")


def _checks(this: Run, *, is_offline: bool) -> Iterator[Check]:
    if this.readonly:
        yield checkup.trial()
    yield checkup.installation()
    config, told = _config(this)
    yield told
    yield from _of_desk(this)
    if config is not None and not is_offline:
        yield from checkup.server(config, reads_only=this.readonly)
    yield checkup.terminal()


def _config(this: Run) -> tuple[Config | None, Check]:
    try:
        config = this.config()
    except ConfigError as error:
        return None, _failed("config", error)
    path = paths.config_file(this.config_path)
    return config, Check(name="config", state=State.OK, told=f"{path}: no mistakes.")


def _of_desk(this: Run) -> Iterator[Check]:
    folder = this.desk_folder()
    try:
        with Reader(folder) as reader:
            yield checkup.versions(reader.run(health.sqlite())[0])
            yield from checkup.desk(reader, folder)
            yield from checkup.decisions(reader)
            yield checkup.mail(reader, checkup.counts(reader))
            yield from checkup.explained(checkup.skipped(reader))
            yield from checkup.mailbox(reader)
            yield checkup.engine(_engine(reader, folder), reader.run(health.queues())[0])
            yield checkup.outbox(reader)
            yield file_check.files(reader, folder)
    except DeskError as error:
        yield _failed("desk", error)


def _failed(name: str, error: DeskError) -> Check:
    return Check(name=name, state=State.FAILED, told=str(error), error=error)


def _shaped(this: Run, checks: Sequence[Check]) -> dict[str, Plain]:
    try:
        with Reader(this.desk_folder()) as reader:
            folders, skipped = checkup.counts(reader), checkup.skipped(reader)
            runs = _shaped_engine(reader, this.desk_folder())
    except DeskError:
        folders, skipped, runs = [], [], None
    return {
        "ok": all(one.state is not State.FAILED for one in checks),
        "checks": [
            {"name": one.name, "state": one.state.value, "message": printable(one.told)}
            for one in checks
        ],
        "provider": next((_provider(one.profile) for one in checks if one.profile), None),
        "folders": [_folder(one) for one in folders],
        "skipped": [
            {
                "folder": printable(one.folder),
                "uid": one.uid,
                "why": printable(one.why),
                "advice": one.advice,
            }
            for one in skipped
        ],
        "engine": runs,
    }


def _provider(profile: Profile) -> dict[str, Plain]:
    return {
        "id": profile.id,
        "name": profile.name,
        "distrusts": sorted(profile.distrusts),
        "connections": profile.connections,
    }


def _engine(reader: Reader, folder: Path) -> EngineStatus:
    return seen_once(folder, next(iter(reader.run(hot.engine())), EngineStatus.off()))


def _shaped_engine(reader: Reader, folder: Path) -> dict[str, Plain]:
    status = _engine(reader, folder)
    return {
        "state": status.state,
        "since": instant(status.since),
        "pid": status.pid or None,
        "version": status.version or None,
        "account": hot.settings_of(reader.run(hot.settings_rows())).address or None,
        "mode": status.mode,
        "connections": status.connections,
        "error": printable(status.error) or None,
        "next_try": instant(status.next_try),
        "complete_at": instant(status.synced_at),
        "progress": printable(status.progress) or None,
        "queues": dataclasses.asdict(reader.run(health.queues())[0]),
    }


def _folder(one: FolderCount) -> dict[str, Plain]:
    return {
        "name": printable(one.name),
        "role": one.role,
        "server": one.server,
        "imported": one.imported,
        "skipped": one.skipped,
        "skipped_why": one.skipped_why,
    }
