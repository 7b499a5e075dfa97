"""A mailbox of invented mails, the same each time: 12.6 KB in the mean, three in ten answers.

Every kind that a support desk gets: plain, plain with HTML, HTML alone, pictures and long
files, subjects in three encodings; one in fifty has a fault that real mails have.
"""

import base64
import itertools
import os
import quopri
import random
import time

from ground.words import line, sentences

SUPPORT = "support@desk.example"
FIRST_ARRIVAL = 1_700_000_000
SECONDS_APART = 1_800
SIZES = (0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.0, 1.2, 2.0, 3.0)
"How long a mail is, in parts of the usual one: most are short, a few are not."
FILE_EVERY, FILE_BYTES = 200, 150_000
FAULT_EVERY = 50


def page(rng, size):
    rows = "".join(
        f'<tr><td style="padding:8px 0;font-family:Arial;color:#333333"><p class="x">{one}</p>'
        f'<a href="https://example.com/r/{rng.random()}">more</a></td></tr>\r\n'
        for one in sentences(rng, size * 2 // 5, end="\r\n").split("\r\n")
    )
    return f"<html><body><table width=600>{rows}</table></body></html>"


def part(kind, text):
    encoded = base64.encodebytes(text.encode()).replace(b"\n", b"\r\n").decode()
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"


def attached(rng, *, name, kind, size):
    content = base64.encodebytes(rng.randbytes(size)).replace(b"\n", b"\r\n").decode()
    return (
        "Content-Type: multipart/mixed; boundary=mm\r\n\r\n--mm\r\n"
        + part("text/plain; charset=utf-8", sentences(rng, 2_000, end="\r\n"))
        + f'\r\n--mm\r\nContent-Type: {kind}; name="{name}"\r\n'
        + f"Content-Transfer-Encoding: base64\r\n\r\n{content}\r\n--mm--\r\n"
    )


def body(rng, number):
    """Half plain, a third plain with HTML, the rest HTML alone or with a file."""
    kind, share = number % 12, rng.choice(SIZES)
    if number % FILE_EVERY == FILE_EVERY - 1:
        return attached(rng, name="log.pdf", kind="application/pdf", size=FILE_BYTES)
    if kind < 6:
        own = sentences(rng, int(5_600 * share), end="\r\n")
        quoted = sentences(rng, int(2_600 * share), end="\r\n> ")
        return (
            "Content-Type: text/plain; charset=utf-8\r\n\r\n"
            f"{own}\r\n\r\nOn Monday, Support wrote:\r\n> {quoted}\r\n"
        )
    if kind < 10:
        both = [
            part("text/plain; charset=utf-8", sentences(rng, int(1_800 * share), end="\r\n")),
            part("text/html; charset=utf-8", page(rng, int(5_200 * share))),
        ]
        return (
            "Content-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n"
            + "--bb\r\n".join(both)
            + "--bb--\r\n"
        )
    if kind < 11:
        return part("text/html; charset=utf-8", page(rng, int(7_500 * share)))
    return attached(rng, name="screen.png", kind="image/png", size=int(6_500 * share))


def subject(rng, number):
    text = " ".join(line(rng).split()[:6])
    if number % 3 == 0:
        return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="
    if number % 3 == 1 and not text.isascii():
        coded = quopri.encodestring(text.encode(), header=True).decode().replace("=\n", "")
        return f"=?utf-8?Q?{coded}?="
    return text.encode("ascii", "ignore").decode()


def mails(count):
    """Yield (arrival, bytes) of `count` mails, oldest first."""
    rng = random.Random(20_000)
    threads = []
    for number in range(count):
        arrival = FIRST_ARRIVAL + number * SECONDS_APART
        customer, ids = rng.randrange(max(count // 4, 1)), []
        if threads and rng.random() < 0.3:
            customer, ids = rng.choice(threads[-400:])
        else:
            threads.append((customer, ids))
        before = "\r\n ".join(f"<{one}>" for one in ids)
        refs = f"In-Reply-To: <{ids[-1]}>\r\nReferences: {before}\r\n" if ids else ""
        ids.append(f"{number}.{rng.getrandbits(40):x}@mail.example.com")
        head = _head(rng, number, arrival=arrival, customer=customer, own_id=ids[-1], refs=refs)
        raw = (head + body(rng, number)).encode()
        if number % FAULT_EVERY == FAULT_EVERY - 1:
            raw = FAULTS[number // FAULT_EVERY % len(FAULTS)](raw)
        yield arrival, raw


def _head(rng, number, *, arrival, customer, own_id, refs):
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(arrival))
    blob = base64.b64encode(rng.randbytes(48)).decode()
    return (
        f"Return-Path: <customer{customer}@example.com>\r\n"
        "Received: from mail.example.com (mail.example.com [192.0.2.7])\r\n"
        f" by mx.desk.example with ESMTPS id {number}x (version=TLS1_3);\r\n {date}\r\n"
        "Authentication-Results: mx.desk.example; dkim=pass header.d=example.com;\r\n"
        f" spf=pass smtp.mailfrom=customer{customer}@example.com; dmarc=pass header.from=example.com\r\n"
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=k1;\r\n"
        f" h=from:to:subject:date:message-id; bh={blob};\r\n b={blob}{blob}\r\n"
        f'From: "Customer {customer}" <customer{customer}@example.com>\r\n'
        f"To: Support <{SUPPORT}>\r\nSubject: {subject(rng, number)}\r\n"
        f"Date: {date}\r\nMessage-ID: <{own_id}>\r\n{refs}MIME-Version: 1.0\r\n"
    )


FAULTS = (
    lambda raw: raw.replace(b"--bb--\r\n", b"").replace(b"--mm--\r\n", b""),
    lambda raw: raw.replace(b"charset=utf-8", b"charset=x-unknown-9"),
    lambda raw: raw.replace(b"\r\nDate: ", b"\r\nDate: Someday, ", 1),
    lambda raw: raw.replace(b"\r\nMessage-ID: ", b"\r\nX-Lost: ", 1),
    lambda raw: raw.replace(b"\r\nSubject: ", b"\r\nSubject: \xfcberall \xe9t\xe9 ", 1),
    lambda raw: raw.replace(b"\r\n\r\n", b"\r\n\r\n\x00\x1b[31m ", 1),
    lambda raw: raw.replace(b"\r\n", b"\n"),
    lambda raw: raw.replace(b"MIME-Version", b"Subject: =?utf-8?B?broken\r\nMIME-Version", 1),
)
"What real mails get wrong."


def fill(server, user, count):
    """Write the mailbox as files, return its bytes: an hour of APPENDs is not what is measured."""
    folder = server.home / "users" / user / "mail"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    size = 0
    for number, (arrival, raw) in enumerate(mails(count)):
        path = folder / "cur" / f"{arrival}.M{number}.bench,S={len(raw)}:2,S"
        path.write_bytes(raw)
        os.utime(path, (arrival, arrival))
        size += len(raw)
    for path in itertools.chain((folder.parent, folder), folder.rglob("*")):
        if server.ids:
            os.chown(path, server.ids["user"], server.ids["group"])
    # the server reads headers once for its index: neither side is to wait for that
    server.doveadm("fetch", "-u", user, "hdr.message-id size.virtual", "mailbox", "INBOX", "all")
    return size
