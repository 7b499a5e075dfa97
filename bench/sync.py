"""The first sync of a mailbox, from a throw-away Dovecot on this machine.

    .venv/bin/python bench/sync.py [--mails 20000]

Reach at 20,000 mails of 12 KB: the newest 200 on the desk after 2 s, all headers after 20 s,
all parsed and searchable after 90 s, 150 MB of memory. Counted from the start of the
engine's process; its own CPU seconds stand beside, so that a busy machine shows. A second
sync, with nothing new, stands below.
"""

import argparse
import base64
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ground import numbers  # noqa: E402 - beside this script
from ground.words import WORDS, sentences  # noqa: E402 - beside this script

from tests.imap import dovecot  # noqa: E402 - the test suite's own server

SUPPORT = "support@desk.example"
FIRST_ARRIVAL = 1_700_000_000
SECONDS_APART = 1_800
CONFIG = """\
[me]
name = "Ana"
email = "ana@desk.example"
[account]
address = "{support}"
username = "{user}"
password_env = "DESK_PASSWORD"
[account.imap]
host = "localhost"
port = {port}
security = "none"
[account.smtp]
host = "localhost"
port = 1
security = "none"
"""


def page(rng, size):
    rows = "".join(
        f'<tr><td style="padding:8px 0;font-family:Arial;color:#333333"><p class="x">{line}</p>'
        f'<a href="https://example.com/r/{rng.random()}">more</a></td></tr>\r\n'
        for line in sentences(rng, size * 2 // 5, end="\r\n").split("\r\n")
    )
    return f"<html><body><table width=600>{rows}</table></body></html>"


def part(kind, text):
    encoded = base64.encodebytes(text.encode()).replace(b"\n", b"\r\n").decode()
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"


def body(rng, number):
    """Half plain, a third plain with HTML, the rest HTML alone or with a picture: 12 KB mean."""
    kind = number % 12
    if kind < 6:
        return "Content-Type: text/plain; charset=utf-8\r\n\r\n" + sentences(
            rng, 10_500, end="\r\n"
        )
    if kind < 10:
        both = [
            part("text/plain; charset=utf-8", sentences(rng, 2_300, end="\r\n")),
            part("text/html; charset=utf-8", page(rng, 6_500)),
        ]
        return (
            "Content-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n"
            + "--bb\r\n".join(both)
            + "--bb--\r\n"
        )
    if kind < 11:
        return part("text/html; charset=utf-8", page(rng, 8_500))
    picture = base64.encodebytes(rng.randbytes(6_500)).replace(b"\n", b"\r\n").decode()
    return (
        "Content-Type: multipart/mixed; boundary=mm\r\n\r\n--mm\r\n"
        + part("text/plain; charset=utf-8", sentences(rng, 2_000, end="\r\n"))
        + '\r\n--mm\r\nContent-Type: image/png; name="screen.png"\r\n'
        + f"Content-Transfer-Encoding: base64\r\n\r\n{picture}\r\n--mm--\r\n"
    )


def mails(count):
    """Yield (arrival, bytes); three in ten answer a mail before them."""
    rng = random.Random(20_000)
    threads = []
    for number in range(count):
        arrival = FIRST_ARRIVAL + number * SECONDS_APART
        customer = rng.randrange(max(count // 4, 1))
        refs = ""
        if threads and rng.random() < 0.3:
            customer, ids = rng.choice(threads[-400:])
            refs = (
                f"In-Reply-To: <{ids[-1]}>\r\nReferences: "
                + "\r\n ".join(f"<{one}>" for one in ids)
                + "\r\n"
            )
        else:
            ids = []
            threads.append((customer, ids))
        ids.append(f"{number}.{rng.getrandbits(40):x}@mail.example.com")
        date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(arrival))
        subject = " ".join(rng.choices(WORDS, k=6)).encode()
        shown = base64.b64encode(subject).decode()
        blob = base64.b64encode(rng.randbytes(48)).decode()
        head = (
            f"Return-Path: <customer{customer}@example.com>\r\n"
            f"Received: from mail.example.com (mail.example.com [192.0.2.7])\r\n"
            f" by mx.desk.example with ESMTPS id {number}x (version=TLS1_3);\r\n {date}\r\n"
            "Authentication-Results: mx.desk.example; dkim=pass header.d=example.com;\r\n"
            f" spf=pass smtp.mailfrom=customer{customer}@example.com; dmarc=pass header.from=example.com\r\n"
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=k1;\r\n"
            f" h=from:to:subject:date:message-id; bh={blob};\r\n b={blob}{blob}\r\n"
            f'From: "Customer {customer}" <customer{customer}@example.com>\r\n'
            f"To: Support <{SUPPORT}>\r\n"
            f"Subject: =?utf-8?B?{shown}?=\r\n"
            f"Date: {date}\r\nMessage-ID: <{ids[-1]}>\r\n{refs}MIME-Version: 1.0\r\n"
        )
        yield arrival, (head + body(rng, number)).encode()


def fill(server, user, count):
    """Write the mailbox as files: an hour of APPENDs is not what is measured."""
    folder = server.home / "users" / user / "mail"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    size = 0
    for number, (arrival, raw) in enumerate(mails(count)):
        path = folder / "cur" / f"{arrival}.M{number}.bench,S={len(raw)},W={len(raw)}:2,S"
        path.write_bytes(raw)
        os.utime(path, (arrival, arrival))
        size += len(raw)
    for path in (folder.parent, *folder.parent.rglob("*")):
        if server.ids:
            os.chown(path, server.ids["user"], server.ids["group"])
    server.doveadm("mailbox", "status", "-u", user, "messages", "INBOX")
    return size


def counts(desk):
    """Return (headers, bodies) on the desk; reads no more than a console would."""
    try:
        with sqlite3.connect(f"file:{desk / 'desk.db'}?mode=ro", uri=True, timeout=5) as conn:
            return conn.execute(
                "SELECT (SELECT count(*) FROM message),"
                " (SELECT count(*) FROM message) - (SELECT count(*) FROM message WHERE has_body=0)"
            ).fetchone()
    except sqlite3.OperationalError:
        return 0, 0


def run(config, desk, environ, *, count):
    """Run the engine once; return when what was reached (wall, CPU) and its memory."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    before, started = used.ru_utime + used.ru_stime, time.monotonic()
    argv = [sys.executable, "-P", "-m", "console", "--config", config, "--desk", desk]
    process = subprocess.Popen(
        [*argv, "sync", "--once", "--json"], env=environ, stdout=subprocess.PIPE, cwd="/"
    )
    moments, peak = {}, 0
    while process.poll() is None:
        headers, bodies = counts(desk) if len(moments) < 3 else (count, count)
        now = time.monotonic() - started
        for name, reached in (
            ("first 200", headers >= min(200, count)),
            ("headers", headers >= count),
            ("searchable", bodies >= count and headers >= count),
        ):
            if reached:
                moments.setdefault(name, (now, cpu_seconds(process.pid)))
        peak = max(peak, memory(process.pid))
        time.sleep(0.05 if now < 5 else 0.25)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    moments["whole run"] = (time.monotonic() - started, used.ru_utime + used.ru_stime - before)
    if process.returncode:
        raise SystemExit(f"the engine ended with {process.returncode}")
    return moments, peak


def cpu_seconds(pid):
    """Return the CPU seconds that the process has used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid):
    """Return the most memory that the process has held, MB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(one.split()[1]) / 1000 for one in lines if one.startswith("VmHWM")), 0)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--mails", type=int, default=20_000)
    count = options.parse_args().mails
    print(numbers.machine())
    with dovecot.started(dovecot.Kind()) as server, tempfile.TemporaryDirectory() as folder:
        user = server.new_user()
        size = fill(server, user, count)
        print(f"{count:,} mails, {size / count / 1000:.1f} KB each")
        config, desk = Path(folder) / "config.toml", Path(folder) / "desk"
        config.write_text(CONFIG.format(support=SUPPORT, user=user, port=server.port))
        config.chmod(0o600)
        environ = os.environ | {"DESK_PASSWORD": dovecot.PASSWORD}
        moments, peak = run(config, desk, environ, count=count)
        for name, reach in (("first 200", 2), ("headers", 20), ("searchable", 90)):
            at, cpu = moments.get(name, moments["whole run"])
            print(f"{name:12} {at:7.1f} s   CPU {cpu:5.1f} s  {numbers.verdict(at, reach, 's')}")
        print(f"{'memory':12} {peak:7.0f} MB               {numbers.verdict(peak, 150, 'MB')}")
        at, cpu = moments["whole run"]
        size = (desk / "desk.db").stat().st_size / 1e6
        print(f"{'whole run':12} {at:7.1f} s   CPU {cpu:5.1f} s  desk {size:.0f} MB")
        again, peak = run(config, desk, environ, count=count)
        at, cpu = again["whole run"]
        print(f"{'nothing new':12} {at:7.1f} s   CPU {cpu:5.1f} s  {peak:.0f} MB")
        print(f"load {numbers.load()}")


if __name__ == "__main__":
    main()
