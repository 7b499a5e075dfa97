"""A server that says what a test wants: for what no real server can be made to do."""

import re
import socket
import threading
from contextlib import contextmanager

from storage.records.account import Security, ServerAddress


class Peer:
    """The server's side of one connection, as a script sees it."""

    def __init__(self, link, stopping, heard):
        self._link = link
        self._stopping = stopping
        self._file = link.makefile("rb")
        self.heard = heard
        self.tag = b"*"

    def send(self, *lines: bytes):
        """Send lines, CR LF added."""
        self.send_raw(b"".join(line + b"\r\n" for line in lines))

    def send_raw(self, data: bytes):
        self._link.sendall(data)

    def line(self) -> bytes:
        """Wait for a line of the client; its first word is what `answer` answers to."""
        line = self._file.readline().rstrip(b"\r\n")
        self.heard.append(line)
        self.tag = line.split(b" ")[0] if line else b"*"
        return line

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def answer(self, *lines: bytes, words: bytes = b"OK done"):
        """Send untagged lines, then the tagged end of the client's last command."""
        self.send(*lines, self.tag + b" " + words)

    def expect(self, command: bytes, *lines: bytes, words: bytes = b"OK done"):
        """Wait for a command and answer it."""
        line = self.line()
        assert re.search(command, line, re.IGNORECASE), (command, line)
        self.answer(*lines, words=words)

    def greet(self, *capabilities: bytes):
        """Speak as an IMAP server until the client is logged in."""
        offered = b"* CAPABILITY IMAP4rev1 " + b" ".join(capabilities)
        self.send(b"* OK ready")
        self.expect(b"CAPABILITY", offered)
        self.expect(b"LOGIN")
        self.expect(b"CAPABILITY", offered)

    def select(self, *lines: bytes, exists=1):
        said = [b"* %d EXISTS" % exists, b"* OK [UIDVALIDITY 7] x", b"* OK [UIDNEXT 100] x"]
        self.expect(b"SELECT|EXAMINE", *(lines or said))

    def encrypt(self, context):
        self._link = context.wrap_socket(self._link, server_side=True)
        self._file = self._link.makefile("rb")

    def stall(self):
        """Say nothing more until the test ends."""
        self._stopping.wait(30)

    def close(self):
        for link in (self._file, self._link):
            link.close()


class Scripted:
    def __init__(self, port):
        self.port = port
        self.heard: list[bytes] = []
        "Lines of the client."
        self.failed: list[BaseException] = []
        "What went wrong inside the script."

    def address(self, security=Security.NONE, host="127.0.0.1", *, ca_file=""):
        return ServerAddress(host, self.port, security, ca_file)


@contextmanager
def scripted(script):
    """Run `script(peer)` for each connection, until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Scripted(listener.getsockname()[1])
    stopping = threading.Event()
    threads = []

    def serve(link):
        try:
            with link:
                link.settimeout(30)
                script(Peer(link, stopping, server.heard))
        except OSError:
            pass  # the client left, as many tests want it to
        except Exception as error:  # noqa: BLE001 - told to the test below
            server.failed.append(error)

    def accept():
        while not stopping.is_set():
            try:
                link, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(link,), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (accepting, *threads):
            thread.join(10)
    assert server.failed == []
