"""The bytes of one connection: what came and was not taken yet, within limits.

A read that is interrupted loses nothing: half a line stays in the buffer. What may be
compressed is inflated in bounded steps, so a few bytes can never become a gigabyte.
"""

import io
import socket
import ssl
import time
import zlib
from dataclasses import dataclass
from typing import Final

from storage.mail.imap_errors import BrokenWireError

_CHUNK = 262_144
"Bytes that are received at once."
_INFLATED: Final = 1_048_576
"At most so much of compressed data is inflated at once."


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server may send in answer to one command."""

    line: int
    literal: int
    rows: int
    messages: int
    "Rows of a FETCH; they are kept only while they are few."


STRANGER: Final = Limits(line=65_536, literal=65_536, rows=1_000, messages=1_000)
"Before login: anybody who sits on the wire may be talking."
KNOWN: Final = Limits(line=4_000_000, literal=256_000_000, rows=250_000, messages=4_000_000)
"After login. 100,000 UIDs of a SEARCH are 1.1 MB; as many rows answer a scan of flags."


class Link:
    """A socket with a buffer."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.limits = STRANGER
        self.deadline = float("inf")
        "Monotonic seconds: nothing is waited for any longer."
        self._bytes = bytearray(2 * _CHUNK)
        self._room = memoryview(self._bytes)
        self._start = self._end = self._searched = 0
        self._deflated: _Deflated | None = None

    @property
    def is_empty(self) -> bool:
        return self._start == self._end

    @property
    def has_more(self) -> bool:
        """Whether bytes have come that the socket will not say it has."""
        if self._deflated and self._deflated.has_more:
            return True
        return isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0

    def has_line(self) -> bool:
        return self._line_end() > 0

    def line(self) -> bytes:
        """Return the next line with its end; waits for it."""
        while not (end := self._line_end()):
            self._fill_in_time()
        return self._taken(end)

    def literal(self, size: int) -> bytes:
        """Return so many bytes; waits for them. Only what has come takes memory."""
        if size > self.limits.literal:
            raise BrokenWireError("it announces more than can be taken")
        if size <= _CHUNK:
            while self._end - self._start < size:
                self._fill_in_time()
            return self._taken(self._start + size)
        whole = io.BytesIO()
        while (left := size - whole.tell()) > 0:
            if self.is_empty:
                self._fill_in_time()
            whole.write(self._taken(min(self._end, self._start + left)))
        return whole.getvalue()

    def _fill_in_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise BrokenWireError("its answer does not come to an end")
        self.fill()

    def fill(self) -> None:
        """Wait for bytes."""
        if self._deflated is None:
            self._make_room(_CHUNK)
            self._end += self._received(self._room[self._end : self._end + _CHUNK])
            return
        plain = b""
        while not plain:
            coming = self._deflated.unread
            if not self._deflated.has_more:
                packed = bytearray(_CHUNK)
                coming = bytes(memoryview(packed)[: self._received(packed)])
            plain = self._deflated.inflated(coming)
        self._make_room(len(plain))
        self._room[self._end : self._end + len(plain)] = plain
        self._end += len(plain)

    def fill_without_waiting(self) -> None:
        # a readable TLS socket may hold no data yet (a key update): recv must not wait then
        timeout = self.sock.gettimeout()
        self.sock.settimeout(0)
        try:
            self.fill()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        finally:
            self.sock.settimeout(timeout)

    def send(self, data: bytes) -> None:
        self.sock.sendall(self._deflated.deflated(data) if self._deflated else data)

    def compress(self) -> None:
        """Compress from here on, both ways (RFC 4978)."""
        self._deflated = _Deflated(unread=self._taken(self._end))

    def _received(self, room: memoryview | bytearray) -> int:
        size = self.sock.recv_into(room)
        if not size:
            raise ConnectionResetError
        return size

    def _make_room(self, size: int) -> None:
        if len(self._room) - self._end >= size:
            return
        before, held = self._room, self._end - self._start
        if held + size > len(before):
            self._bytes = bytearray(max(2 * len(before), held + size))
            self._room = memoryview(self._bytes)
        self._room[:held] = before[self._start : self._end]
        self._start, self._end, self._searched = 0, held, self._searched - self._start

    def _line_end(self) -> int:
        """Return where the first line ends; 0 while it has not come whole."""
        end = self._bytes.find(b"\n", self._searched, self._end) + 1
        if not end:
            self._searched = self._end
            if self._end - self._start > self.limits.line:
                raise BrokenWireError("it sends a line without end")
        return end

    def _taken(self, end: int) -> bytes:
        taken = bytes(self._room[self._start : end])
        self._start = self._searched = end
        if end == self._end:
            self._start = self._end = self._searched = 0
        return taken


class _Deflated:
    """Both directions of a compressed connection."""

    def __init__(self, *, unread: bytes) -> None:
        self.unread = unread
        "Came already, still compressed."
        self.has_more = bool(unread)
        "Also where nothing is unread: what was inflated may not have fitted."
        self._deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self._inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS)

    def deflated(self, data: bytes) -> bytes:
        return self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def inflated(self, coming: bytes) -> bytes:
        try:
            plain = self._inflate.decompress(coming, _INFLATED)
        except zlib.error:
            raise BrokenWireError("what it compressed cannot be read") from None
        self.unread = self._inflate.unconsumed_tail
        self.has_more = bool(self.unread) or len(plain) == _INFLATED
        if self._inflate.eof:
            raise BrokenWireError("it ended the compression")
        return plain
