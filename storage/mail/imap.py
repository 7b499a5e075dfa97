"""A mailbox over IMAP: the few things the desk does with one.

One thread owns a `Mailbox`; every method blocks, with a time limit. Whatever goes wrong
comes out as one of three errors: LoginRefusedError (ask a person), ServerError (the server
said no, the connection goes on), ConnectionLostError (the object is dead, take a new one).
The class is narrow on purpose: another transport can stand behind it.
"""

import ssl
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from imapclient import imap_utf7

from storage.errors import ServerError
from storage.mail import imap_reply, transport
from storage.mail.imap_errors import BrokenWireError, GoodbyeError
from storage.mail.imap_moves import Moves
from storage.mail.imap_reading import Reading
from storage.mail.imap_session import open_client
from storage.records.account import ServerAddress
from storage.records.remote import (
    FolderStatus,
    IdleEvent,
    RemoteFolder,
    Selected,
    Since,
)
from storage.rules import safe_text

_FLAGS_AT_ONCE: Final = 500


def connect(
    server: ServerAddress,
    *,
    timeouts: transport.Timeouts | None = None,
    context: ssl.SSLContext | None = None,
) -> "Mailbox":
    """Return a mailbox on a verified connection; nobody is logged in yet.

    Args:
        server: Where. In clear only to this machine.
        timeouts: For slow lines and for tests.
        context: None: the system's trusted authorities.

    Raises:
        ServerError: not reachable, a bad certificate, STARTTLS not offered though asked
            for, a greeting that is none.
    """
    client = open_client(server, timeouts=timeouts or transport.Timeouts(), context=context)
    return Mailbox(client, server=server)


class Mailbox(Reading, Moves):
    """What can be done once `login` (of `Session`) has let us in."""

    def folders(self) -> list[RemoteFolder]:
        """Return every folder, in the server's order.

        One whose name cannot be said back to the server as it was heard is left out.
        """
        says_roles = {"LIST-EXTENDED", "SPECIAL-USE"} <= self.capabilities
        with self._mapped():
            rows = self._wire.list_rows(*(["RETURN (SPECIAL-USE)"] if says_roles else []))
            return [one for row in imap_reply.list_rows(rows) if (one := _folder(row))]

    def create(self, name: str) -> None:
        with self._mapped():
            self._client.create_folder(name)

    def select(self, name: str, *, readonly: bool, since: Since | None = None) -> Selected:
        """Open a folder; what is fetched and searched later is in it.

        Args:
            name: As `folders` gives it.
            readonly: Nothing is marked or removed, not even by accident.
            since: What changed from then on is asked for with it, where the server can
                (QRESYNC): one round trip. A server that refuses is not asked so again.

        Raises:
            ServerError: there is no such folder, or it has no UIDVALIDITY.
        """
        since = since if "QRESYNC" in self.capabilities else None
        try:
            self._open(name, readonly=readonly, since=since)
        except ServerError:
            if since is None or self.is_dead:
                raise
            self._open(name, readonly=readonly, since=None)
            self.distrust("QRESYNC")
            since = None
        wire = self._wire
        uidvalidity, uidnext = wire.number("UIDVALIDITY"), wire.number("UIDNEXT")
        if uidvalidity is None:
            raise ServerError(f"{self._name} gives the folder no UIDVALIDITY: it cannot be read.")
        news = self.take_news()
        wire.news.has_news = False
        return Selected(
            uidvalidity=uidvalidity,
            uidnext=uidnext,
            exists=wire.news.exists,
            highestmodseq=wire.number("HIGHESTMODSEQ"),
            is_readonly=wire.read_only,
            since=since,
            vanished=news.vanished,
            flags=news.flags,
            is_vague=news.is_vague,
        )

    def status(self, name: str) -> FolderStatus:
        """Return the numbers of a folder that is not the selected one."""
        with self._mapped():
            said = self._client.folder_status(name, ["MESSAGES", "UIDNEXT", "UIDVALIDITY"])
        return FolderStatus(
            exists=said.get(b"MESSAGES"),
            uidnext=said.get(b"UIDNEXT"),
            uidvalidity=said.get(b"UIDVALIDITY"),
        )

    def append(
        self, folder: str, raw: bytes, *, flags: Iterable[str] = (), date: datetime
    ) -> int | None:
        """Put a mail into a folder; return its UID where the server says it.

        After a ConnectionLostError it may be there or not: look before trying again.
        """
        with self._mapped():
            return imap_reply.appended_uid(
                self._client.append(folder, raw, flags=tuple(flags), msg_time=date)
            )

    def add_flags(self, uids: Iterable[int], flags: Iterable[str]) -> None:
        words = f"({' '.join(flags)})"
        for some in imap_reply.windows(uids, _FLAGS_AT_ONCE):
            with self._mapped():
                self._wire.uid_rows(
                    "STORE", imap_reply.uid_set(some), "+FLAGS.SILENT", words, key="FETCH"
                )

    def idle(self, timeout_s: float, *, wake_fd: int | None = None) -> IdleEvent:
        """Wait until the folder changes, `wake_fd` is readable, or the time is up.

        News that came with an earlier command counts: it is told at once. Renewing (call
        again) is the caller's, and so is looking at the folder after each return.

        Raises:
            ServerError: the server knows no IDLE.
            ConnectionLostError: the link is dead; the server ended IDLE by itself.
        """
        if not self._news():
            with self._mapped():
                tag = self._wire.idle_begin()
                event = self._wait(timeout_s, wake_fd=wake_fd)
                self._wire.idle_end(tag)
            if not self._news() and event is not IdleEvent.CHANGED:
                return event
        return IdleEvent.CHANGED

    def noop(self) -> bool:
        """Ask for news of the folder; return whether there is any."""
        with self._mapped():
            self._wire.noop()
        return self._news()

    def _open(self, name: str, *, readonly: bool, since: Since | None) -> None:
        words = "(CONDSTORE)" if "CONDSTORE" in self.capabilities else ""
        with self._mapped():
            self._wire.open_folder(
                imap_reply.quoted(name), readonly=readonly, since=since, words=words
            )

    def _wait(self, timeout_s: float, *, wake_fd: int | None) -> IdleEvent:
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            lines, is_woken = self._wire.idle_lines(timeout=left, wake_fd=wake_fd)
            if any(_is_change(line) for line in lines):
                return IdleEvent.CHANGED
            if is_woken:
                return IdleEvent.WOKEN
        return IdleEvent.TIMEOUT

    def _news(self) -> bool:
        had, self._wire.news.has_news = self._wire.news.has_news, False
        return had


def _folder(row: imap_reply.ListRow) -> RemoteFolder | None:
    try:
        name = imap_utf7.decode(row.raw_name)
        if imap_utf7.encode(name) != row.raw_name or not name:
            return None
    except ValueError:
        return None
    return RemoteFolder(
        name=name, shown=safe_text.one_line(name), delimiter=row.delimiter, flags=row.flags
    )


def _is_change(line: bytes) -> bool:
    """Return whether a line heard while idle is news.

    Raises:
        GoodbyeError: the server leaves.
        BrokenWireError: it ended IDLE by itself, or says what is no answer.
    """
    words = line.upper().split(b" ", 3)
    if words[0] != b"*" or len(words) < 2:
        raise BrokenWireError("it ended our waiting")
    if words[1] == b"BYE":
        raise GoodbyeError(line[6:])
    return words[1] == b"VANISHED" or (
        len(words) > 2 and words[2] in {b"EXISTS", b"EXPUNGE", b"FETCH"}
    )
