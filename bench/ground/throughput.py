"""How fast texts come off the wire: our transport, a bare reader of the socket, IMAPClient.

All fetch the same texts from the same server over a connection that is already there. The bare
reader looks for nothing but the end of the answer: no program that understands it is faster.
"""

import socket
import time

from imapclient import IMAPClient

from ground.rows import Row
from storage.mail import imap
from storage.records.account import Security, ServerAddress

MOST = 4_000
AT_ONCE = 100
"Texts a command, for each of the three."
BUFFER = 1 << 18


def rows(ground, *, runs, password):
    """Yield one row against each of the two."""
    access = (ground.server.port, ground.user, password)
    uids = ground.server.uids(ground.user)[-MOST:]
    taken = {"ours": [], "bare": [], "theirs": []}
    for _ in range(runs):
        for name, fetch in (("ours", _ours), ("bare", _bare), ("theirs", _imapclient)):
            megabytes, seconds = fetch(*access, uids)
            taken[name].append(megabytes / seconds)
    for name, beside, reach in (("a bare reader", "bare", 0.8), ("IMAPClient", "theirs", 4.0)):
        yield Row(
            step=f"body throughput : {name}",
            ours=taken["ours"],
            theirs=taken[beside],
            unit="MB/s",
            reach=reach,
            at_least=True,
        )


def _ours(port, user, password, uids):
    mailbox = imap.connect(ServerAddress("localhost", port, Security.NONE))
    try:
        mailbox.login(user, password)
        mailbox.select("INBOX", readonly=True)
        begun = time.perf_counter()
        size = sum(len(one.raw) for some in _windows(uids) for one in mailbox.fetch_text(some))
        return size / 1e6, time.perf_counter() - begun
    finally:
        mailbox.close()


def _imapclient(port, user, password, uids):
    with IMAPClient("localhost", port, ssl=False) as client:
        client.plain_login(user, password)
        client.select_folder("INBOX", readonly=True)
        begun = time.perf_counter()
        size = sum(
            len(one[b"BODY[TEXT]"])
            for some in _windows(uids)
            for one in client.fetch(some, ["BODY.PEEK[TEXT]"]).values()
        )
        return size / 1e6, time.perf_counter() - begun


def _bare(port, user, password, uids):
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    with socket.create_connection(("localhost", port)) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.recv(BUFFER)
        _command(link, b"a", f'LOGIN {user} "{quoted}"'.encode())
        _command(link, b"b", b"EXAMINE INBOX")
        begun, size = time.perf_counter(), 0
        for number, some in enumerate(_windows(uids)):
            named = ",".join(map(str, some)).encode()
            tag = b"c%d" % number
            size += _command(link, tag, b"UID FETCH %b (UID BODY.PEEK[TEXT])" % named)
        return size / 1e6, time.perf_counter() - begun


def _command(link, tag, words):
    """Return how many bytes came until the answer to `tag`."""
    link.sendall(tag + b" " + words + b"\r\n")
    end, tail, size = b"\r\n" + tag + b" OK", b"\r\n", 0
    buffer = memoryview(bytearray(BUFFER))
    while True:
        count = link.recv_into(buffer)
        if not count:
            raise SystemExit("the server hung up on the bare reader")
        size += count
        tail = (tail + bytes(buffer[max(0, count - 512) : count]))[-1024:]
        if end in tail and tail.endswith(b"\r\n"):
            return size


def _windows(uids):
    for start in range(0, len(uids), AT_ONCE):
        yield uids[start : start + AT_ONCE]
