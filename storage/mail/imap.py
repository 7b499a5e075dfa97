"""A mailbox over IMAP: the few things the desk does with one.

One thread owns a `Mailbox`; every method blocks, with a time limit. Whatever goes wrong
comes out as one of three errors: LoginRefusedError (ask a person), ServerError (the server
said no, the connection goes on), ConnectionLostError (the object is dead, take a new one).
The class is narrow on purpose: another transport can stand behind it.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from imapclient import imap_utf7

from storage.errors import ServerError
from storage.mail import imap_reply, transport
from storage.mail.imap_moves import Moves
from storage.mail.imap_session import open_client
from storage.mail.imap_wire import BrokenWireError, GoodbyeError
from storage.records.account import ServerAddress
from storage.records.remote import (
    FetchedHeaders,
    FetchedText,
    FolderStatus,
    IdleEvent,
    RemoteFolder,
    Selected,
)
from storage.rules import safe_text

HEADER_WINDOW = 500
TEXT_WINDOW = 50
_SEARCH_WINDOW = 100_000


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


class Mailbox(Moves):
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

    def select(self, name: str, *, readonly: bool) -> Selected:
        """Open a folder; what is fetched and searched later is in it.

        Raises:
            ServerError: there is no such folder, or it has no UIDVALIDITY.
        """
        with self._mapped():
            self._wire.read_only = readonly
            self._wire.select(imap_reply.quoted(name), readonly)
            uidvalidity = self._wire.number("UIDVALIDITY")
            selected = Selected(
                uidvalidity=uidvalidity or 0,
                uidnext=self._wire.number("UIDNEXT"),
                exists=self._wire.exists,
                highestmodseq=self._wire.number("HIGHESTMODSEQ"),
                is_readonly=self._wire.read_only,
            )
            self._wire.has_news = False
        if uidvalidity is None:
            raise ServerError(f"{self._name} gives the folder no UIDVALIDITY: it cannot be read.")
        return selected

    def status(self, name: str) -> FolderStatus:
        """Return the numbers of a folder that is not the selected one."""
        with self._mapped():
            said = self._client.folder_status(name, ["MESSAGES", "UIDNEXT", "UIDVALIDITY"])
        return FolderStatus(
            exists=said.get(b"MESSAGES"),
            uidnext=said.get(b"UIDNEXT"),
            uidvalidity=said.get(b"UIDVALIDITY"),
        )

    def uids(self, first: int, last: int) -> list[int]:
        """Return the UIDs from `first` to `last` that are in the folder, ascending.

        No answer holds more than 100,000: some clients and servers break on longer lines.
        """
        step = last - first + 1 if self._wire.exists <= _SEARCH_WINDOW else _SEARCH_WINDOW
        found: set[int] = set()
        for low in range(first, last + 1, max(step, 1)):
            high = min(low + step - 1, last)
            with self._mapped():
                rows = self._wire.uid_rows("SEARCH", "UID", f"{low}:{high}", key="SEARCH")
                found.update(one for one in imap_reply.search_uids(rows) if low <= one <= high)
        return sorted(found)

    def fetch_headers(self, uids: Iterable[int]) -> Iterator[FetchedHeaders]:
        """Yield header blocks, as the server orders them; what is gone is left out."""
        wanted = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])"
        for row in self._fetch(uids, wanted, at_once=HEADER_WINDOW):
            if (raw := row.parts.get("HEADER")) is not None:
                yield FetchedHeaders(
                    uid=row.uid,
                    flags=row.flags or frozenset(),
                    internal_date=row.arrived_at or datetime.now(UTC),
                    size=row.size or 0,
                    raw=raw,
                )

    def fetch_text(self, uids: Iterable[int]) -> Iterator[FetchedText]:
        """Yield what follows the header blocks; header and text are the mail, byte for byte."""
        for row in self._fetch(uids, "(UID BODY.PEEK[TEXT])", at_once=TEXT_WINDOW):
            if (raw := row.parts.get("TEXT")) is not None:
                yield FetchedText(uid=row.uid, raw=raw)

    def fetch_piece(self, uid: int, *, offset: int, size: int) -> bytes:
        """Return `size` bytes of what `fetch_text` gives, from `offset` on; fewer at its end.

        Raises:
            ServerError: the mail is gone.
        """
        for row in self._fetch([uid], f"(UID BODY.PEEK[TEXT]<{offset}.{size}>)", at_once=1):
            if (raw := row.parts.get("TEXT")) is not None:
                return raw[:size]
        raise ServerError(f"{self._name} does not give the mail: it is gone.")

    def fetch_flags(self, uids: Iterable[int]) -> dict[int, frozenset[str]]:
        rows = self._fetch(uids, "(UID FLAGS)", at_once=_SEARCH_WINDOW)
        return {row.uid: row.flags for row in rows if row.flags is not None}

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
        for some in imap_reply.windows(uids, HEADER_WINDOW):
            with self._mapped():
                self._wire.uid_rows(
                    "STORE", imap_reply.uid_set(some), "+FLAGS.SILENT", words, key="FETCH"
                )

    def search_message_id(self, message_id: str) -> list[int]:
        """Return the UIDs of mails whose Message-ID holds `message_id` (no angle brackets)."""
        if not message_id or not message_id.isascii() or not message_id.isprintable():
            return []
        words = message_id.replace("\\", "\\\\").replace('"', '\\"')
        with self._mapped():
            rows = self._wire.uid_rows("SEARCH", "HEADER", "Message-ID", f'"{words}"', key="SEARCH")
            return sorted(set(imap_reply.search_uids(rows)))

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

    def _fetch(
        self, uids: Iterable[int], wanted: str, *, at_once: int
    ) -> Iterator[imap_reply.FetchRow]:
        for some in imap_reply.windows(uids, at_once):
            with self._mapped():
                asked = frozenset(some)
                rows = self._wire.uid_rows("FETCH", imap_reply.uid_set(some), wanted, key="FETCH")
                found = [row for row in imap_reply.fetch_rows(rows) if row.uid in asked]
            yield from found

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
        had, self._wire.has_news = self._wire.has_news, False
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
