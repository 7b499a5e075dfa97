"""A TCP proxy that breaks a connection the way networks do.

A fault is a callable `fault(link, data)`: it gets what the server sends and returns what
the client is to see of it. It may call `link.cut()` or `link.stall()`. Set it on a running
proxy; most of them fire once and then take themselves away, so that the next connection is
well.
"""

import contextlib
import re
import socket
import struct
import threading
import time
from contextlib import contextmanager

from storage.records.account import Security, ServerAddress

_LITERAL = re.compile(rb"\{(\d+)\}\r\n")


class Link:
    """One connection through the proxy."""

    def __init__(self, proxy, client, server):
        self.proxy = proxy
        self.client = client
        self.server = server
        self.sent = 0
        "Bytes that reached the client."
        self.is_stalled = False

    def cut(self):
        """Reset both ends: no goodbye, no end of file."""
        self.proxy.has_fired()
        for end in (self.client, self.server):
            # linger 0: a reset, as a dead router gives it
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # wakes the thread that reads here, without a word to the other side
                end.shutdown(socket.SHUT_RD)
            end.close()

    def drop(self):
        """Close both ends in order."""
        for end in (self.client, self.server):
            _close(end)

    def stall(self):
        """Let nothing through any more, in neither direction, without a word."""
        self.proxy.has_fired()
        self.is_stalled = True


class Proxy:
    def __init__(self, target_port):
        self._target = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.fault = None
        self.up_fault = None
        "The same for what the client sends."
        self.refuses = False
        "New connections are reset at once: nobody is there."
        self._is_once = False
        self.latency = 0.0
        "Seconds that each chunk from the server is late."
        self.chunk = 65_536
        "At most so many bytes at once reach the client."
        self.links: list[Link] = []
        self.heard = bytearray()
        "What clients sent, of all connections."
        self.bytes_down = 0
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def address(self, security=Security.NONE):
        return ServerAddress("localhost", self.port, security)

    def fault_once(self, fault):
        """Arm a fault that ends with the first connection it breaks."""
        self._is_once = True
        self.fault = fault

    def heal(self):
        """Be a good line from now on; what was stalled is dropped."""
        self.fault = self.up_fault = None
        self.refuses = False
        self.latency, self.chunk = 0.0, 65_536
        for link in list(self.links):
            if link.is_stalled:
                link.drop()

    def flap(self):
        """Reset every connection that there is."""
        for link in list(self.links):
            link.cut()

    def forget(self):
        """Forget what was heard, and connections that have ended."""
        self.heard.clear()
        self.links = [one for one in self.links if one.client.fileno() >= 0]
        self._threads = [one for one in self._threads if one.is_alive()]

    def has_fired(self):
        # before the client can see anything of it: its next connection must be well
        if self._is_once:
            self.fault = self.up_fault = None

    def stop(self):
        _close(self._listener)
        for link in self.links:
            link.drop()
        for thread in self._threads:
            thread.join(10)

    def _start(self, work, *args):
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                if self.refuses:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    client.close()
                    continue
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = Link(self, client, server)
            self.links.append(link)
            self._start(self._up, link)
            self._start(self._down, link)

    def _up(self, link):
        try:
            while data := link.client.recv(65_536):
                self.heard += data
                if not link.is_stalled and (fault := self.up_fault) is not None:
                    data = fault(link, data)
                if not link.is_stalled:
                    link.server.sendall(data)
        except OSError:
            pass
        _close(link.server)

    def _down(self, link):
        try:
            while data := link.server.recv(65_536):
                if self.latency:
                    time.sleep(self.latency)
                if link.is_stalled:
                    continue
                if (fault := self.fault) is not None:
                    data = fault(link, data)
                for start in range(0, len(data), self.chunk):
                    part = data[start : start + self.chunk]
                    link.client.sendall(part)
                    link.sent += len(part)
                    self.bytes_down += len(part)
        except OSError:
            pass
        if not link.is_stalled:
            _close(link.client)


@contextmanager
def proxied(target_port):
    proxy = Proxy(target_port)
    try:
        yield proxy
    finally:
        proxy.stop()


def cut_after(count):
    """Reset the connection once `count` more bytes have passed."""
    left = count

    def fault(link, data):
        nonlocal left
        shown, left = data[:left], left - len(data)
        if left <= 0:
            _show(link, shown)
            link.cut()
            return b""
        return shown

    return fault


def cut_up_after(count):
    """Reset the connection once the client has sent `count` more bytes; for `up_fault`."""
    left = count

    def fault(link, data):
        nonlocal left
        shown, left = data[:left], left - len(data)
        if left <= 0:
            with contextlib.suppress(OSError):
                link.server.sendall(shown)
            link.cut()
            return b""
        return shown

    return fault


def stall_after(count):
    """Fall silent once `count` more bytes have passed."""
    left = count

    def fault(link, data):
        nonlocal left
        shown, left = data[:left], left - len(data)
        if left <= 0:
            _show(link, shown)
            link.stall()
            return b""
        return shown

    return fault


def stall(link, _data):
    """Fall silent."""
    link.stall()
    return b""


def cut_in_literal(smallest=1):
    """Reset the connection in the middle of the first literal of at least `smallest` bytes."""
    return _in_literal(smallest, Link.cut)


def stall_in_literal(smallest=1):
    """Fall silent in the middle of the first literal of at least `smallest` bytes."""
    return _in_literal(smallest, Link.stall)


def cut_after_command(command: bytes):
    """Reset the connection before the answer to `command` comes: it was done, unheard."""

    def fault(link, data):
        if re.search(command, bytes(link.proxy.heard)):
            link.cut()
            return b""
        return data

    return fault


def throttle(command: bytes, *, milliseconds=1500):
    """Refuse `command` as Exchange Online does when it has had enough, and hang up."""
    words = b"Request is throttled. Suggested Backoff Time: %d milliseconds" % milliseconds

    def fault(link, data):
        heard = bytes(link.proxy.heard)
        if re.search(command, heard):
            tag = heard.rstrip().rpartition(b"\r\n")[2].split(b" ")[0]
            link.proxy.has_fired()
            _show(link, tag + b" NO " + words + b"\r\n* BYE " + words + b"\r\n")
            link.drop()
            return b""
        return data

    return fault


def _in_literal(smallest, act):
    def fault(link, data):
        for found in _LITERAL.finditer(data):
            size = int(found[1])
            if size >= smallest:
                _show(link, data[: found.end() + size // 2])
                act(link)
                return b""
        return data

    return fault


def _show(link, data):
    link.client.sendall(data)
    link.sent += len(data)


def _close(end):
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
