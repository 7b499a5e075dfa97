"""What `doctor` looks at: each check says one sentence about one thing, and changes nothing."""

import importlib.util
import os
import platform
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Final

from console import passwords
from console.config import Config
from console.engine_watch import own_version, stranger
from storage.db.readonly import DATABASE, Reader
from storage.errors import DeskError, DeskUnavailableError, NotNowError, ServerError, UsageError
from storage.mail.profiles import Profile
from storage.queries import archiving, health, hot
from storage.queries import sync as sync_queries
from storage.queries.health import Queues
from storage.records.account import Account, ServerAddress
from storage.records.desk import EngineStatus
from storage.records.words import OutboxState
from storage.rules import skipping
from storage.rules.safe_text import one_line
from widgets import times

PACKAGES: Final = ("console", "widgets", "storage", "themes")
_RECENTLY: Final = timedelta(days=2)
_OLDEST_SQLITE: Final = (3, 37)
_MOST_EXPLAINED: Final = 20
_MOST_NAMED: Final = 5


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    told: str
    error: DeskError | None = None
    "What failed, for the exit status."
    profile: Profile | None = None
    "Whose server it is, where one let us in."


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCount:
    """A folder of the server beside what the desk has of it."""

    name: str
    role: str
    server: int
    imported: int
    skipped: int
    skipped_why: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return self.server == self.imported + self.skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedMail:
    """A mail that the server has and the desk has not."""

    folder: str
    uid: int
    why: str
    advice: str


def installation() -> Check:
    """Return whether the four packages are ours: their names are common."""
    found = {name: importlib.util.find_spec(name) for name in PACKAGES}
    places = {
        name: Path(spec.origin).parents[1] for name, spec in found.items() if spec and spec.origin
    }
    owners = metadata.packages_distributions()
    strangers = [name for name in PACKAGES if set(owners.get(name, ())) - {"rotadesk"}]
    if len(places) < len(PACKAGES) or len(set(places.values())) > 1 or strangers:
        parted = ", ".join(f"{name} in {place}" for name, place in places.items())
        told = f"Another package took a name of ours: {parted}. Install rotadesk on its own: pipx install rotadesk."
        return Check(name="installation", state=State.FAILED, told=told, error=DeskError(told))
    return _fine("installation", f"All four packages in {next(iter(places.values()))}.")


def versions(sqlite: str) -> Check:
    told = f"rotadesk {own_version() or '(not installed)'}, Python {platform.python_version()}, SQLite {sqlite}."
    number = tuple(int(part) for part in sqlite.split(".")[:2])
    if number < _OLDEST_SQLITE:
        return Check(
            name="versions",
            state=State.FAILED,
            told=f"{told} SQLite 3.37 is the oldest that will do.",
            error=DeskError(told),
        )
    return _fine("versions", told)


def desk(reader: Reader, folder: Path) -> Iterator[Check]:
    """Yield what can be said of the desk itself."""
    damage = reader.run(health.damage())
    if damage:
        told = f"The desk {folder / DATABASE} is damaged: {damage[0]}. Restore a copy, or move it away and sync again."
        broken = DeskUnavailableError(told)
        yield Check(name="desk", state=State.FAILED, told=told, error=broken)
    else:
        size = (folder / DATABASE).stat().st_size / 1_000_000
        schema = reader.run(health.schema())[0]
        tickets = reader.run(hot.count("1"))[0]
        yield _fine(
            "desk",
            f"{folder / DATABASE}: sound, schema {schema}, {tickets} tickets, {size:.0f} MB.",
        )
    if opened := reader.run(health.open_gates()):
        told = f"Closed without category or KB link: {', '.join(uid[:8] for uid in opened)}. Run doctor --rebuild."
        yield Check(name="gate", state=State.FAILED, told=told, error=DeskError(told))
    else:
        yield _fine("gate", "Every closed ticket has a category and a KB link.")
    yield _modes(folder)


def decisions(reader: Reader) -> Iterator[Check]:
    """Yield whether everything that was decided can be read here."""
    made = reader.run(health.unread_decisions())
    unread = Counter(filter(None, made))
    if unread:
        who = ", ".join(one_line(actor, limit=80) for actor, _ in unread.most_common(_MOST_NAMED))
        told = (
            f"{unread.total():,} of {len(made):,} are not understood and passed over (of {who})."
            " They are kept: a newer rotadesk may know them."
        )
        yield Check(name="decisions", state=State.WARNING, told=told)
    else:
        yield _fine("decisions", f"{len(made):,}, all understood.")
    if left_out := "".join(reader.run(hot.view_state(health.LEFT_OUT))):
        told = f"{int(left_out):,} came from colleagues that no desk can hold; they were left out."
        yield Check(name="decisions", state=State.WARNING, told=told)


def counts(reader: Reader) -> list[FolderCount]:
    """Return for each watched folder what the server has, and what the desk has of it."""
    found = []
    for one in reader.run(sync_queries.folders()):
        imported, skipped = reader.run(sync_queries.counts(one.id))[0]
        found.append(
            FolderCount(
                name=one.name,
                role=one.role.value,
                server=one.server_count,
                imported=imported,
                skipped=skipped,
                skipped_why=tuple(reader.run(sync_queries.skipped_why(one.id))),
            )
        )
    return found


def mail(reader: Reader, folders: Sequence[FolderCount]) -> Check:
    """Return whether all the server has is on the desk."""
    if not folders:
        return Check(
            name="mail", state=State.WARNING, told="No folder was read yet: rotadesk sync."
        )
    told = ", ".join(
        f"{one.name}: server {one.server:,} = desk {one.imported:,} + skipped {one.skipped:,}"
        if one.is_complete
        else f"{one.name}: server {one.server:,}, desk {one.imported:,}, skipped {one.skipped:,}"
        for one in folders
    )
    waiting = reader.run(health.waiting_texts())[0]
    texts = f"; {waiting} texts still to come" if waiting else ""
    is_whole = all(one.is_complete for one in folders)
    state = State.OK if is_whole and not waiting else State.WARNING
    return Check(name="mail", state=state, told=f"{told}{texts}.")


def skipped(reader: Reader) -> list[SkippedMail]:
    """Return every mail that the server has and the desk has not, with the reason."""
    return [
        SkippedMail(folder=folder, uid=uid, why=why, advice=skipping.what_to_do(why))
        for folder, uid, why in reader.run(sync_queries.skipped())
    ]


def explained(mails: Sequence[SkippedMail]) -> Iterator[Check]:
    """Yield a line for each of the first skipped mails, and how many more there are."""
    for one in mails[:_MOST_EXPLAINED]:
        told = f"{one.folder}, UID {one.uid}: {one.why} {one.advice}"
        yield Check(name="skipped", state=State.WARNING, told=told)
    if (more := len(mails) - _MOST_EXPLAINED) > 0:
        told = f"{more:,} more: rotadesk doctor --json lists them all."
        yield Check(name="skipped", state=State.WARNING, told=told)


def mailbox(reader: Reader) -> Iterator[Check]:
    """Yield what only a person can say about the folders, and what lies in Junk."""
    status = _status(reader)
    if status.question:
        yield Check(name="folders", state=State.WARNING, told=status.question)
    if misled := "".join(reader.run(hot.view_state(sync_queries.DISTRUSTED))):
        told = f"Done without {misled}: the server named mails as gone that were there."
        yield Check(name="trust", state=State.WARNING, told=told)
    if status.junk:
        told = f"{status.junk:,} mails, not read here. One that is none: move it to the inbox."
        yield _fine("junk", told)
    if waiting := len(reader.run(archiving.wanted())):
        yield _fine("archive", f"Mail of {waiting:,} closed tickets is still to be archived.")


def _status(reader: Reader) -> EngineStatus:
    return next(iter(reader.run(hot.engine())), EngineStatus.off())


def engine(status: EngineStatus, queues: Queues) -> Check:
    """Return how mail flows, in words."""
    now = datetime.now(UTC)
    told = " ".join(_engine_words(status, queues, now=now))
    if wrong := status.error or stranger(status):
        return Check(name="engine", state=State.WARNING, told=f"{told} {wrong}")
    return _fine("engine", told)


def _engine_words(status: EngineStatus, queues: Queues, *, now: datetime) -> Iterator[str]:
    since = f" since {times.moment(status.since, now=now)}" if status.since else ""
    if not status.pid:
        yield f"None runs{since}."
    else:
        mode = ", it only reads" if status.mode == "readonly" else ""
        lines = "1 connection" if status.connections == 1 else f"{status.connections} connections"
        yield f"It runs ({status.state}{since}, process {status.pid}, {lines}{mode})."
    if status.synced_at:
        yield f"Last complete {times.moment(status.synced_at, now=now)}."
    if status.next_try:
        yield f"Next try {times.moment(status.next_try, now=now)}."
    waiting = {
        "replies wait to leave": queues.outbox_queued + queues.outbox_leaving,
        "are held": queues.outbox_held,
        "failed": queues.outbox_failed,
        "texts are missing": queues.bodies_missing,
        "closed tickets are to be archived": queues.moves_pending,
    }
    if any(waiting.values()):
        yield f"{', '.join(f'{count} {what}' for what, count in waiting.items() if count)}."


def outbox(reader: Reader) -> Check:
    rows = reader.run(hot.outbox())
    stuck = [one for one in rows if one.error]
    if stuck:
        told = f"{len(stuck)} of {len(rows)} replies wait for a decision: rotadesk outbox."
        return Check(name="outbox", state=State.WARNING, told=told)
    recent = datetime.now(UTC) - _RECENTLY
    for one in reader.run(hot.outbox(everything=True)):
        if one.state is OutboxState.SENT and one.error and one.not_before > recent:
            return Check(name="outbox", state=State.WARNING, told=f"Of a reply: {one.error}")
    return _fine("outbox", f"{len(rows)} replies wait to leave.")


def trial() -> Check:
    return _fine(
        "trial", "Read-only: no decision is taken, nothing on the server changes, nothing is sent."
    )


def server(config: Config, *, reads_only: bool = False) -> Iterator[Check]:
    """Yield whether both servers let us in; in a trial the one that sends is not even called."""
    from console import probe  # noqa: PLC0415 - IMAPClient, only where there is an account

    account = config.account
    if account is None:
        yield Check(name="server", state=State.WARNING, told="No mail account on this machine.")
        return
    try:
        secret = passwords.secret(config)
    except DeskError as error:
        yield Check(name="password", state=State.FAILED, told=str(error), error=error)
        return
    try:
        found = probe.mailbox(account, secret)
        told = f"{account.imap.host}: {found.mails} mails in the inbox.{_trust(account.imap)}"
        yield _fine("imap", told)
        yield _provider(found.profile, account)
    except NotNowError as error:
        # an engine that is connected may hold the only connection that is allowed
        yield Check(name="imap", state=State.WARNING, told=f"{error} Nothing is wrong with it.")
    except (ServerError, UsageError) as error:
        yield Check(name="imap", state=State.FAILED, told=str(error), error=error)
    if reads_only:
        yield _fine("smtp", f"{account.smtp.host}: not called, --readonly sends nothing.")
        return
    try:
        probe.post_office(account, secret)
        yield _fine("smtp", f"{account.smtp.host}: lets us in.{_trust(account.smtp)}")
    except (ServerError, UsageError) as error:
        yield Check(name="smtp", state=State.FAILED, told=str(error), error=error)


def _trust(server: ServerAddress) -> str:
    if not server.ca_file:
        return ""
    return f" Besides the system's authorities those in {server.ca_file} are trusted."


def _provider(profile: Profile, account: Account) -> Check:
    """Say whose server it is, and what the engine does otherwise because of it."""
    files = profile.files_sent(smtp_host=account.smtp.host)
    told = [
        f"{profile.name}{' (as config.toml says)' if account.profile else ''}",
        "it keeps what it sends in Sent by itself" if files else "a copy of what is sent is filed",
        f"at most {profile.connections} connections",
    ]
    if profile.distrusts:
        told.append(f"not believed: {', '.join(sorted(profile.distrusts))}")
    return Check(name="provider", state=State.OK, told="; ".join(told) + ".", profile=profile)


def terminal() -> Check:
    size = shutil.get_terminal_size()
    encoding = (sys.stdout.encoding or "").lower()
    told = (
        f"{os.environ.get('TERM', 'none')}, {size.columns}x{size.lines}, {encoding or 'no encoding'}"
        f"{', NO_COLOR' if os.environ.get('NO_COLOR') else ''}."
    )
    if not sys.stdout.isatty():
        return _fine("terminal", "None here.")
    if not encoding.startswith("utf") or size.columns < 40:
        told += " The console needs UTF-8 and at least 40 columns."
        return Check(name="terminal", state=State.WARNING, told=told)
    return _fine("terminal", told)


def _modes(folder: Path) -> Check:
    lax = [
        path
        for path in (folder, folder / DATABASE)
        if path.exists() and path.stat().st_mode & 0o077
    ]
    if lax:
        told = f"Others can read {', '.join(map(str, lax))}: chmod go= it."
        return Check(name="privacy", state=State.WARNING, told=told)
    return _fine("privacy", "The desk is readable by you alone.")


def _fine(name: str, told: str) -> Check:
    return Check(name=name, state=State.OK, told=told)
