"""One connection from login to its end: what is done over it, and in which order.

Every piece of work is short, and after each the most urgent one is chosen anew: a reply
that is due, a body that somebody waits for, new mail, older headers, bodies.
"""

import ssl
import time
from dataclasses import dataclass, field
from typing import Final

from storage.intake import folders
from storage.mail import login
from storage.mail.transport import Timeouts
from storage.queries import sync as queries
from storage.queries import tickets
from storage.records.desk import DeskSettings
from storage.records.mail import Folder
from storage.records.remote import IdleEvent
from storage.records.words import FolderRole
from storage.sync.bodies import Bodies
from storage.sync.box import Box
from storage.sync.filing import Filing
from storage.sync.inbound import Inbound
from storage.sync.kit import Kit
from storage.sync.moving import Moving
from storage.sync.outbound import Outbound
from storage.sync.reckoning import Reckoning
from storage.sync.room import Room
from storage.sync.setup import Setup
from storage.sync.upkeep import Upkeep
from storage.sync.watched import watched

_NEWS_SECONDS: Final = 2.0
"While there is other work, the server is asked for news so often."
_ALL_FLAGS_SECONDS: Final = 600.0
_WAL_LIMIT_BYTES: Final = 256 << 20
_HELD_UP_SECONDS: Final = 1.1
"A little longer than the desk waits between two looks for a checkpoint."


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the engine speaks to servers; tests give their own."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    context: ssl.SSLContext | None = None
    since_ms: int | None = None
    "Bodies of mail that arrived before are left on the server; None: all are fetched."


class Session:
    """A mailbox that let us in."""

    def __init__(self, kit: Kit, setup: Setup, terms: Terms) -> None:
        self._kit = kit
        account = setup.account
        self.mailbox = login.mailbox(
            account, setup.secret, timeouts=terms.timeouts, context=terms.context
        )
        try:
            if kit.is_readonly:
                self.mailbox.only_read()
            settings = kit.desk.read(tickets.settings)
            self._folders = _folders_of(settings)
            self.watched = watched(settings, self.mailbox.folders())
            self.inbound = Inbound(kit, self.mailbox, self._known())
        except BaseException:
            self.mailbox.close()
            raise
        ids, most = [box.folder.id for box in self.inbound.boxes], setup.most_file_bytes
        self._room = Room(kit, most_bytes=most, folders=ids, look=self._look_at_all)
        self.bodies = Bodies(kit, self.mailbox, self.inbound, since_ms=terms.since_ms)
        self._upkeep = Upkeep(kit, self.mailbox, self.inbound)
        filing = Filing(
            kit, self.mailbox, self.inbound, watched=self.watched, smtp_host=account.smtp.host
        )
        self.outbound = Outbound(kit, setup, filing, timeouts=terms.timeouts, context=terms.context)
        self.moving = Moving(
            kit,
            self.mailbox,
            self.inbound,
            look_at=self._look_at,
            is_wanted=settings.archive_closed,
        )
        self.reckoning = Reckoning(kit, self.mailbox, self.inbound, junk=self.watched.junk)
        self.looked_at = 0.0
        "Monotonic seconds."
        self._news_at = time.monotonic()
        self._flags_at = 0.0
        self._lay_nowhere: frozenset[int] = frozenset()

    @property
    def has_idle(self) -> bool:
        return "IDLE" in self.mailbox.capabilities

    def look(self, *, all_flags: bool = False) -> None:
        """Ask every folder what is new, what went, what was marked.

        Raises:
            ServerError: a folder is missing.
        """
        if not self._kit.is_readonly:
            self.outbound.resume()
        now = time.monotonic()
        is_time = now - self._flags_at >= _ALL_FLAGS_SECONDS
        everything = all_flags or bool(self.reckoning.complaint) or is_time
        if is_time:
            self.bodies.ask_again()
        complaints = self._look_at_all(everything=everything)
        if everything and self.inbound.is_read:
            self._flags_at = now
        self.reckoning.judge(complaints)
        if all(box.is_read for box in self.inbound.boxes):
            self._give_up_on_what_went()
        self.looked_at = time.monotonic()
        self._say_counts()

    def is_outdated(self) -> bool:
        """Return whether the team has named other folders since we began."""
        return _folders_of(self._kit.desk.read(tickets.settings)) != self._folders

    def step(self) -> bool:
        """Do the most urgent piece of work; return False when nothing is left."""
        if self._send_one() or self.bodies.wished():
            return True
        if time.monotonic() - self._news_at > _NEWS_SECONDS:
            self._look_for_news()
        # a large text takes minutes: beside each of its pieces there is room for other work
        has_more = self.bodies.wished_piece()
        if self._is_held_up():
            return True
        if self._backfill():
            self._say_counts()
            return True
        if has_more and not self.bodies.is_waiting:
            return True
        has_more = self.bodies.next_batch() or self.bodies.compare_copies() or has_more
        return has_more or self._archive() or self._room.make()

    def idle(self, seconds: float, *, wake_fd: int) -> IdleEvent:
        """Wait in the first folder for news, a wake-up, or the end of the time.

        What changed before a folder was last opened, the server tells nobody any more: then
        a look is due at once.
        """
        self.inbound.ensure_open(self.inbound.boxes[0])
        if any(self._upkeep.is_behind(box) for box in self.inbound.boxes):
            return IdleEvent.CHANGED
        return self.mailbox.idle(seconds, wake_fd=wake_fd)

    def close(self) -> None:
        self.mailbox.close()

    def _send_one(self) -> bool:
        due = self.outbound.due()
        if not due or not self.inbound.is_read:
            return False
        # what came while the reply was written must be known before it leaves
        for box in self.inbound.boxes:
            if box.folder.role in {FolderRole.INTAKE, FolderRole.SENT}:
                self.inbound.open(box)
        self.outbound.send(due[0])
        return True

    def _look_at_all(self, *, everything: bool = False) -> list[str]:
        # the folder that is waited on stays selected: it is looked at last
        return [self._look_at(box, everything=everything) for box in reversed(self.inbound.boxes)]

    def _look_at(self, box: Box, *, everything: bool = False) -> str:
        """Take in what is new, gone and marked in a folder; return what does not fit together."""
        self.inbound.open(box)
        if not box.is_read:
            return ""
        self.inbound.ask_again(box)
        complaint = self._upkeep.check_count(box)
        self._upkeep.scan_flags(box, everything=everything)
        box.is_unlooked = False
        return complaint

    def _give_up_on_what_went(self) -> None:
        """Say so where a mail left the mailbox before its text was read.

        Only what lies nowhere at two looks in a row: it may be on its way between folders.
        """
        nowhere = frozenset(self._kit.desk.hot(queries.without_place()))
        self.bodies.give_up(sorted(nowhere & self._lay_nowhere))
        self._lay_nowhere = nowhere

    def _is_held_up(self) -> bool:
        """Wait a moment where a reader keeps the WAL from being moved into the desk."""
        if self._kit.desk.wal_bytes() <= _WAL_LIMIT_BYTES:
            return False
        self._kit.status.say(
            "syncing", progress="", error="Fetching waits: the desk is being read for very long."
        )
        self._kit.stop.pause(_HELD_UP_SECONDS)
        # a write moves what can be moved by now, the next one begins the WAL anew
        self._kit.status.write(again=True)
        return True

    def _look_for_news(self) -> None:
        self._news_at = time.monotonic()
        if self.mailbox.noop():
            for box in self.inbound.boxes:
                self.inbound.open(box)

    def _archive(self) -> bool:
        """Move mail of closed tickets; return whether there was any."""
        has_moved = self.moving.next_one()
        if has_moved:
            self._say_counts()
        return has_moved

    def _backfill(self) -> bool:
        """Take in a window of older headers of each folder in turn."""
        worked = [self.inbound.backfill(box) for box in self.inbound.boxes]
        return any(worked)

    def _say_counts(self) -> None:
        asked = (self.watched.question, self.moving.question)
        self.reckoning.say(question=" ".join(filter(None, asked)))

    def _known(self) -> list[Folder]:
        """Return the folders that are read, the one to wait in first."""
        wanted = dict(self.watched.folders)
        known = {one.name: one.role for one in self._kit.desk.hot(queries.folders())}
        new = {name: role for name, role in wanted.items() if known.get(name) is not role}
        if new:
            with self._kit.writing() as conn:
                for name, role in new.items():
                    folders.watch(conn, name, role)
        by_name = {one.name: one for one in self._kit.desk.hot(queries.folders())}
        return [by_name[name] for name in wanted]


def _folders_of(settings: DeskSettings) -> tuple[object, ...]:
    return (
        *(settings.intake, settings.sent, settings.archive, settings.archive_closed),
        settings.authserv,
    )
