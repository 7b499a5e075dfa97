"""The bytes under IMAPClient: an IMAP4 connection with its own buffer and limits.

imaplib reads through a file object, which loses half a line when a read is interrupted
and keeps what an attacker sent before TLS; it has no bound on what a server may send. Its
overridable methods are replaced here. A later streaming transport takes this place.
"""

import imaplib
import re
import selectors
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from imapclient import IMAPClient

from storage.mail.transport import Timeouts

_CHUNK = 262_144
_MOST_CONTINUATIONS = 50
"Of one command; a mail or a login needs one or two."
_CHANGES = frozenset({"EXISTS", "EXPUNGE", "VANISHED"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server may send in answer to one command."""

    line: int
    literal: int
    rows: int


STRANGER = Limits(line=65_536, literal=65_536, rows=1_000)
"Before login: anybody who sits on the wire may be talking."
KNOWN = Limits(line=4_000_000, literal=256_000_000, rows=250_000)
"After login. 100,000 UIDs of a SEARCH are 1.1 MB; as many rows answer a scan of flags."


class RefusedError(imaplib.IMAP4.error):
    """The server said NO or BAD; the connection is fine."""

    def __init__(self, words: bytes) -> None:
        super().__init__("refused")
        self.words = words


class GoodbyeError(imaplib.IMAP4.abort):
    """The server said BYE."""

    def __init__(self, words: bytes) -> None:
        super().__init__("goodbye")
        self.words = words


class BrokenWireError(imaplib.IMAP4.abort):
    """The server does what none may do; the sentence's end says what, in words of ours."""


class Wire(imaplib.IMAP4):
    """One connection. What imaplib calls is named as imaplib names it."""

    def __init__(self, link: socket.socket, *, host: str, timeouts: Timeouts) -> None:
        self._link = link
        self._timeouts = timeouts
        self._buffer = bytearray()
        self._rows = 0
        self._continuations = 0
        self.limits = STRANGER
        self.exists = 0
        "Messages in the selected folder, as last said."
        self.has_news = False
        "EXISTS, EXPUNGE or VANISHED came since it was last set to False."
        self.read_only = False
        super().__init__(host)
        link.settimeout(timeouts.read)

    # -- what imaplib lets a subclass replace

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:  # noqa: ARG002 - imaplib's signature
        self.host, self.port, self.sock = host, port, self._link

    def send(self, data: bytes) -> None:  # type: ignore[override]  # imaplib sends bytes only
        self.sock.sendall(data)

    def readline(self) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > self.limits.line:
                raise BrokenWireError("it sends a line without end")
            self._fill()
        return self._take(end + 1)

    def read(self, size: int) -> bytes:
        if size > self.limits.literal:
            raise BrokenWireError("it announces more than can be taken")
        while len(self._buffer) < size:
            self._fill()
        return self._take(size)

    def shutdown(self) -> None:
        self.sock.close()

    def starttls(
        self, ssl_context: ssl.SSLContext | None = None
    ) -> tuple[Literal["OK"], list[None]]:
        """Encrypt. What came in clear after the server's OK is an attacker's: refused."""
        self._simple_command("STARTTLS")
        if self._buffer:
            raise BrokenWireError("somebody spoke before the encryption began")
        context = ssl_context or ssl.create_default_context()
        self.sock = self._link = context.wrap_socket(self._link, server_hostname=self.host)
        self.untagged_responses = {}
        self._get_capabilities()
        return "OK", [None]

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
        self._rows = self._continuations = 0
        tag: bytes = super()._new_tag()  # type: ignore[misc]  # typeshed lists no private names
        return tag

    def _get_response(self) -> bytes | None:
        said: bytes | None = super()._get_response()  # type: ignore[misc]  # typeshed lists no private names
        if said is None:
            # imaplib skips those nobody waits for, without end
            self._continuations += 1
            if self._continuations > _MOST_CONTINUATIONS:
                raise BrokenWireError("its answer does not end")
        return said

    def _append_untagged(self, kind: str, said: bytes | tuple[bytes, bytes]) -> None:
        self._rows += 1
        if self._rows > self.limits.rows:
            raise BrokenWireError("its answer does not end")
        if kind in _CHANGES:
            self.has_news = True
        if kind == "EXISTS" and isinstance(said, bytes):
            self.exists = int(said)
        if kind == "READ-ONLY":
            # imaplib would refuse every later command
            self.read_only = True
            return
        super()._append_untagged(kind, said)  # type: ignore[misc]  # as above

    def _log(self, line: bytes) -> None:
        """Keep no record of what was said: a password is among it."""

    # -- what imaplib lacks

    def ask_capabilities(self) -> frozenset[str]:
        self._get_capabilities()
        return frozenset(self.capabilities)

    def uid_rows(self, name: str, *args: str, key: str) -> list[bytes | tuple[bytes, bytes]]:
        """Run a UID command; return the untagged answers called `key`."""
        self._simple_command("UID", name, *args)
        return [one for one in self.untagged_responses.pop(key, []) if one]

    def list_rows(self, *args: str) -> list[bytes | tuple[bytes, bytes]]:
        self._simple_command("LIST", '""', '"*"', *args)
        return [one for one in self.untagged_responses.pop("LIST", []) if one]

    def exchange(self, mechanism: str, first: str | None, answer: Callable[[bytes], bytes]) -> None:
        """Log in by a SASL mechanism; `first` goes along with the command where it is given.

        `answer` is a method (imaplib takes anything else for a text) from line to line, both
        in base64.
        """
        self.literal = answer  # type: ignore[assignment]  # typeshed knows texts only
        self._simple_command("AUTHENTICATE", mechanism, *([first] if first else []))
        self.state = "AUTH"

    def number(self, key: str) -> int | None:
        """Return the number last said for `key` in answer to the command that ran last."""
        rows = self.untagged_responses.get(key, [])
        # imaplib takes all up to the last bracket of the line for the value
        found = re.match(rb"\d+", rows[-1]) if rows and isinstance(rows[-1], bytes) else None
        return int(found[0]) if found else None

    def idle_begin(self) -> bytes:
        """Begin IDLE; return its tag. Raises RefusedError where the server will not."""
        tag: bytes = self._command("IDLE")
        while self._get_response() is not None:
            self._check_bye()
            answer: Any = self.tagged_commands.get(tag)
            if answer is not None:
                raise RefusedError(answer[-1][-1])
        return tag

    def idle_lines(self, *, timeout: float, wake_fd: int | None) -> tuple[list[bytes], bool]:
        """Wait for complete lines; return them and whether `wake_fd` is readable.

        Half a line stays in the buffer for the next call. Data that TLS has already
        decrypted is looked for before waiting. The wake end is only looked at, not emptied.
        """
        lines = self._complete_lines()
        with selectors.DefaultSelector() as watch:
            watch.register(self.sock, selectors.EVENT_READ, "server")
            if wake_fd is not None:
                watch.register(wake_fd, selectors.EVENT_READ, "wake")
            has_more = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0
            ready = {key.data for key, _ in watch.select(0 if lines or has_more else timeout)}
        if has_more or "server" in ready:
            self._fill_without_waiting()
            lines += self._complete_lines()
        return lines, "wake" in ready

    def idle_end(self, tag: bytes) -> None:
        """End IDLE; what the server still says of the folder is news."""
        self.send(b"DONE\r\n")
        self._command_complete("IDLE", tag)

    def _complete_lines(self) -> list[bytes]:
        lines = []
        while b"\n" in self._buffer:
            lines.append(self._get_line())
        if len(self._buffer) > self.limits.line:
            raise BrokenWireError("it sends a line without end")
        return lines

    def _fill_without_waiting(self) -> None:
        # a readable TLS socket may hold no data yet (a key update): recv must not wait then
        self.sock.settimeout(0)
        try:
            self._fill()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        finally:
            self.sock.settimeout(self._timeouts.read)

    def _fill(self) -> None:
        chunk = self.sock.recv(_CHUNK)
        if not chunk:
            self._check_bye()
            raise ConnectionResetError
        self._buffer += chunk

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


class Client(IMAPClient):  # type: ignore[misc]  # imapclient ships no types
    """IMAPClient over a connection that is open already."""

    def __init__(self, make_wire: Callable[[], Wire], *, host: str, is_encrypted: bool) -> None:
        self._make_wire = make_wire
        super().__init__(host, ssl=is_encrypted)
        # its constructor turns on a log that formats every body: two thirds of the time
        self._imap.debug = 0
        self.wire: Wire = self._imap

    def _create_IMAP4(self) -> Wire:  # noqa: N802 - IMAPClient's name
        return self._make_wire()

    def _set_read_timeout(self) -> None:
        """Leave it to the wire."""

    def forget_capabilities(self) -> None:
        """Make IMAPClient ask again: what was offered before login is not what is now."""
        self._cached_capabilities = None
