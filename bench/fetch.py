"""Bodies per second over our transport, beside a bare socket and beside IMAPClient.

    .venv/bin/python bench/fetch.py [--mails 4000]

All three ask a throw-away Dovecot on this machine for the same texts, taking turns. The bare
socket reads the answer of one command and looks at nothing but its end: what the server can
give. Reach: 0.8 of the bare socket, 4 times IMAPClient as it is shipped. The processor
seconds are the client's own.
"""

import argparse
import socket
import sys
import time
from pathlib import Path

from imapclient import IMAPClient

sys.path.insert(0, str(Path(__file__).parents[1]))

from ground import numbers
from ground.mailbox import fill

from storage.mail.imap import connect
from tests.imap import dovecot

TURNS = 5
AT_ONCE = 500


def bare(server, user, uids):
    """Return the bytes of one FETCH's answer, read and thrown away."""
    with socket.create_connection(("127.0.0.1", server.port)) as link:
        file = link.makefile("rb")
        password = dovecot.PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
        for line in (f'a LOGIN {user} "{password}"', "b EXAMINE INBOX"):
            link.sendall(line.encode() + b"\r\n")
            while not file.readline().startswith(line[:2].encode()):
                pass
        begun = time.perf_counter(), time.process_time()
        link.sendall(f"c UID FETCH {uids[0]}:{uids[-1]} (UID BODY.PEEK[TEXT])\r\n".encode())
        room, size, end = bytearray(1 << 18), 0, b""
        while b"\r\nc OK" not in end:
            count = link.recv_into(room)
            size += count
            end = (end + room[max(0, count - 200) : count])[-200:]
        return size, *took(begun)


def ours(server, user, uids):
    mailbox = connect(server.address())
    mailbox.login(user, dovecot.PASSWORD)
    mailbox.select("INBOX", readonly=True)
    begun = time.perf_counter(), time.process_time()
    size = sum(len(one.raw) for one in mailbox.fetch_text(uids))
    done = took(begun)
    mailbox.close()
    return size, *done


def imapclient(server, user, uids):
    client = IMAPClient("127.0.0.1", server.port, ssl=False)
    client.plain_login(user, dovecot.PASSWORD)
    client.select_folder("INBOX", readonly=True)
    begun = time.perf_counter(), time.process_time()
    size = 0
    for start in range(0, len(uids), AT_ONCE):
        rows = client.fetch(uids[start : start + AT_ONCE], ["BODY.PEEK[TEXT]"])
        size += sum(len(row[b"BODY[TEXT]"]) for row in rows.values())
    done = took(begun)
    client.logout()
    return size, *done


def took(begun):
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--mails", type=int, default=4_000)
    count = options.parse_args().mails
    print(numbers.machine())
    readers = (bare, ours, imapclient)
    runs = {one: [] for one in readers}
    with dovecot.started(dovecot.Kind()) as server:
        user = server.new_user()
        size = fill(server, user, count)
        uids = server.uids(user)
        print(f"{count:,} mails, {size / count / 1000:.1f} KB each, {TURNS} turns")
        bare(server, user, uids)  # from here on the server has them in memory
        for _ in range(TURNS):
            for one in readers:
                runs[one].append(one(server, user, uids))
    speeds = {}
    for one in readers:
        seconds = numbers.median([wall for _, wall, _ in runs[one]])
        cpu = numbers.median([used for _, _, used in runs[one]])
        speeds[one] = count / seconds
        print(
            f"{one.__name__:12}{speeds[one]:9,.0f} mails/s {runs[one][0][0] / seconds / 1e6:7.0f} MB/s"
            f"   CPU {cpu * 1e6 / count:5.0f} us a mail"
        )
    for name, reach, other in (("of bare", 0.8, bare), ("of IMAPClient", 4, imapclient)):
        ratio = speeds[ours] / speeds[other]
        missed = "  MISSED" if ratio < reach else ""
        print(f"ours is {ratio:5.2f} {name:14} reach {reach:g}{missed}")
    print(f"load {numbers.load()}")


if __name__ == "__main__":
    main()
