"""What an engine that stays takes: processor time while nothing happens, memory for a large mail."""

import base64
import time

from ground.rows import Row
from storage.db import wake
from storage.records.local import Wish
from storage.store import Desk

LARGE_BYTES = 50_000_000
TEN_MINUTES = 600
PATIENCE = 120


def idle(engine, *, seconds):
    """Return the row of ten minutes in IDLE, of which `seconds` were waited for."""
    time.sleep(2)  # what the last step left to do
    before = engine.cpu_seconds()
    time.sleep(seconds)
    spent = engine.cpu_seconds() - before
    note = "" if seconds >= TEN_MINUTES else f"{spent:.2f} s in {seconds} s, scaled"
    return Row(
        step="CPU of ten minutes in IDLE",
        ours=[spent * max(1.0, TEN_MINUTES / seconds)],
        reach=0.5,
        note=note,
    )


def large_mail(ground, engine):
    """Return the row of a mail of 50 MB that somebody wants to read."""
    ground.server.append(ground.user, _large())
    engine.reached(lambda: engine.count("message", "size > 40000000"), most=PATIENCE)
    engine.reached(engine.is_idle, most=PATIENCE)
    (number,) = engine.rows("SELECT id FROM message WHERE size > 40000000")[0]
    before = engine.forget_peak()
    with Desk(engine.desk) as desk:
        desk.write(Wish(message_id=number, at_ms=desk.now_ms()))
    wake.knock(engine.desk, wake.ENGINE)
    came = engine.reached(lambda: engine.count("message", f"id={number} AND has_body=1"), most=300)
    grown = None if came is None else engine.memory_mb() - before
    return Row(
        step="memory for one mail of 50 MB",
        ours=[grown],
        unit="MB",
        reach=16,
        note="it did not come" if came is None else f"in {came:.1f} s, from {before:.0f} MB",
    )


def _large():
    line = base64.b64encode(bytes(range(57)))
    content = (line + b"\r\n") * (LARGE_BYTES // (len(line) + 2))
    return (
        b"From: Zoe <zoe@example.com>\r\nTo: support@desk.example\r\nSubject: all the logs\r\n"
        b"Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <large@example.com>\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=mm\r\n\r\n--mm\r\n"
        b"Content-Type: text/plain\r\n\r\nHere are the logs.\r\n--mm\r\n"
        b'Content-Type: application/zip; name="logs.zip"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + content + b"\r\n--mm--\r\n"
    )
