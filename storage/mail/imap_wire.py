"""The protocol under IMAPClient: an IMAP4 connection that gives rows as they come.

imaplib reads through a file object, which loses half a line when a read is interrupted and
keeps what an attacker sent before TLS; it has no bound on what a server may send, collects
an answer whole and drops what nobody asked for. Its overridable methods are replaced here.
"""

import imaplib
import socket
import ssl
import time
from collections import deque
from typing import Final, Literal

from imapclient import IMAPClient

from storage.errors import ServerError
from storage.mail import imap_rows
from storage.mail.imap_errors import BrokenWireError, GoodbyeError, RefusedError
from storage.mail.imap_link import Limits, Link
from storage.mail.imap_news import Gathered
from storage.mail.imap_rows import FetchRow
from storage.mail.transport import Timeouts

_MOST_CONTINUATIONS: Final = 50
"Of one command; a mail or a login needs one or two."
PRIVATE: Final = {
    imaplib.IMAP4: (
        *("_append_untagged", "_check_bye", "_command", "_command_complete", "_get_capabilities"),
        *("_get_line", "_get_response", "_get_tagged_response", "_log", "_new_tag"),
        *("_simple_command",),
    ),
    IMAPClient: ("_create_IMAP4", "_set_read_timeout"),
}
"Names of others that are replaced or called here though they are not promised."
PRIVATE_STATE: Final = {
    imaplib.IMAP4: ("debug", "state", "tagged_commands", "untagged_responses"),
    IMAPClient: ("_cached_capabilities", "_imap"),
}
"The same, of what their constructors set."

_READING: Final = frozenset(
    [
        "CAPABILITY",
        "STARTTLS",
        "LOGIN",
        "AUTHENTICATE",
        "ID",
        "ENABLE",
        "NAMESPACE",
        "LIST",
        "EXAMINE",
        "STATUS",
        "NOOP",
        "IDLE",
        "UNSELECT",
        "LOGOUT",
    ]
)
_READING_BY_UID: Final = frozenset({"FETCH", "SEARCH"})

Piece = bytes | tuple[bytes, bytes]


class Wire(imaplib.IMAP4):
    """One connection. What imaplib calls is named as imaplib names it."""

    def __init__(self, sock: socket.socket, *, host: str, timeouts: Timeouts) -> None:
        self.link = Link(sock)
        self._command_seconds = timeouts.command
        self.news = Gathered()
        self.read_only = False
        self.only_reads = False
        "Of the whole mailbox: what could change anything is refused before it is sent."
        self._line: bytes | None = None
        self._rows = self._messages = self._continuations = 0
        self._asked: set[int] | None = None
        self._needs = ""
        self._came: deque[FetchRow] = deque()
        super().__init__(host)
        sock.settimeout(timeouts.read)

    @property
    def limits(self) -> Limits:
        return self.link.limits

    # -- what imaplib lets a subclass replace

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:  # noqa: ARG002 - imaplib's signature
        self.host, self.port, self.sock = host, port, self.link.sock

    def send(self, data: bytes) -> None:  # type: ignore[override]  # imaplib sends bytes only
        self.link.send(data)
        self._begin_waiting()

    def _begin_waiting(self) -> None:
        self.link.deadline = time.monotonic() + self._command_seconds

    def readline(self) -> bytes:
        try:
            return self.link.line()
        except ConnectionResetError:
            self._check_bye()
            raise

    def read(self, size: int) -> bytes:
        return self.link.literal(size)

    def shutdown(self) -> None:
        self.sock.close()

    def starttls(
        self, ssl_context: ssl.SSLContext | None = None
    ) -> tuple[Literal["OK"], list[None]]:
        """Encrypt. What came in clear after the server's OK is an attacker's: refused."""
        self._simple_command("STARTTLS")
        if not self.link.is_empty:
            raise BrokenWireError("somebody spoke before the encryption began")
        context = ssl_context or ssl.create_default_context()
        self.sock = self.link.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        self.untagged_responses = {}
        self._get_capabilities()
        return "OK", [None]

    def _command(self, name: str, *args: str) -> bytes:
        if self._asked is not None and args[:1] != ("FETCH",):
            raise BrokenWireError("an answer of it was not read to its end")
        if self.only_reads and not _is_harmless(name, args):
            self.literal = None
            raise ServerError("Nothing is written to the mailbox: it is only read (--readonly).")
        tag: bytes = super()._command(name, *args)  # type: ignore[misc]  # typeshed lists no private names
        return tag

    def _command_complete(self, name: str, tag: bytes) -> tuple[str, list[bytes]]:
        is_logout = name == "LOGOUT"
        if not is_logout:
            self._check_bye()
        kind, said = self._get_tagged_response(tag, expect_bye=is_logout)
        if kind in {"NO", "BAD"}:
            raise RefusedError(said[-1])
        return kind, said

    def _check_bye(self) -> None:
        if said := self.untagged_responses.get("BYE"):
            raise GoodbyeError(said[-1] if isinstance(said[-1], bytes) else b"")

    def _new_tag(self) -> bytes:
        # what came with the command before has been read or is news; keep the goodbye
        kept = self.untagged_responses.get("BYE")
        self.untagged_responses = {"BYE": kept} if kept else {}
        self._rows = self._messages = self._continuations = 0
        tag: bytes = super()._new_tag()  # type: ignore[misc]  # as above
        return tag

    def _get_line(self) -> bytes:
        line, self._line = self._line, None
        if line is None:
            line = self.readline()
            if not line.endswith(b"\r\n"):
                raise BrokenWireError("what it says is not IMAP")
            line = line[:-2]
        return line

    def _get_response(self, *_: object) -> bytes | None:
        line = self._get_line()
        if imap_rows.begins_row(line):
            self._count_message()
            self._heard(imap_rows.read_row(line, self))
            return line
        self._line = line
        said: bytes | None = super()._get_response()  # type: ignore[misc]  # as above
        if said is None:
            # imaplib skips those nobody waits for, without end
            self._continuations += 1
            if self._continuations > _MOST_CONTINUATIONS:
                raise BrokenWireError("its answer does not end")
        return said

    def _append_untagged(self, kind: str, said: Piece) -> None:
        self._count()
        if isinstance(said, bytes):
            self.news.hear(kind, said)
        if kind == "READ-ONLY":
            # imaplib would refuse every later command
            self.read_only = True
            return
        super()._append_untagged(kind, said)  # type: ignore[misc]  # as above

    def _log(self, line: bytes) -> None:
        """Keep no record of what was said: a password is among it."""

    # -- rows of a FETCH, whenever they come

    def more(self) -> bytes:
        """Return the line that goes on after a literal."""
        self._count_message()
        return self._get_line()

    def _heard(self, row: FetchRow | None) -> None:
        """Give a row to the FETCH that asked for it; whatever else it says is news."""
        if row is None or self._asked is None or row.uid not in self._asked:
            self.news.hear_row(row)
        elif self._needs in row.parts or (self._needs == "FLAGS" and row.flags is not None):
            self._asked.discard(row.uid)
            self._came.append(row)
        else:
            self.news.hear_row(row)

    def _count_message(self) -> None:
        self._messages += 1
        if self._messages > self.limits.messages:
            raise BrokenWireError("its answer does not end")

    def _count(self) -> None:
        self._rows += 1
        if self._rows > self.limits.rows:
            raise BrokenWireError("its answer does not end")


def _is_harmless(name: str, args: tuple[str, ...]) -> bool:
    if name == "UID":
        return args[0] in _READING_BY_UID and "BODY[" not in "".join(args)
    return name in _READING
