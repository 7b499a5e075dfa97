"""P1, P2, P4: mails made to hang, crash or exhaust whoever reads them."""

import time

import pytest

from storage.mail.parse import parse_mail

HEAD = b"From: Ana <ana@example.com>\nSubject: bomb\nMIME-Version: 1.0\n"


def nested(depth):
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (at, at)
        for at in range(depth)
    )
    return (
        HEAD + opening + b"\nwords\n" + b"".join(b"--b%d--\n" % at for at in reversed(range(depth)))
    )


def embedded(depth):
    return HEAD + b"Content-Type: message/rfc822\n\n" * depth + b"Subject: inner\n\nwords\n"


def parts(count, part=b"\nx\n"):
    return (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=xx\n\n"
        + (b"--xx\n" + part) * count
        + b"--xx--\n"
    )


def text(kind, body, **more):
    lines = b"".join(b"%s: %s\n" % (k.replace("_", "-").encode(), v) for k, v in more.items())
    return HEAD + b"Content-Type: " + kind + b"\n" + lines + b"\n" + body


def parameters(pieces):
    return HEAD + b"Content-Type: text/plain" + b"".join(pieces) + b"\n\nwords"


BOMBS = {
    "nest 100": lambda: nested(100),
    "nest 1,000": lambda: nested(1_000),
    "nest 10,000": lambda: nested(10_000),
    "one boundary nested": lambda: HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n' * 20_000,
    "nested around much": lambda: nested(49).replace(b"\nwords\n", b"\n" + b"words \n" * 1_000_000),
    "P4 rfc822 x 10,000": lambda: embedded(10_000),
    "100,000 parts": lambda: parts(100_000),
    "100,000 empty parts": lambda: parts(100_000, b""),
    "100,000 parts of html": lambda: parts(100_000, b"Content-Type: text/html\n\n<p>x\n"),
    "900 parts of html": lambda: parts(900, b"Content-Type: text/html\n\n" + b"<div>" * 400 + b"x\n"),
    "alternatives of alternatives": lambda: parts(900, b"Content-Type: text/plain\n\n\n").replace(b"mixed", b"alternative"),
    "boundary as a prefix": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--xy\n" * 2_000_000,
    "boundary inside lines": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n" + b"a--x" * 2_000_000,
    "long boundary": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=" + b"x" * 500_000 + b"\n\n--" + b"x" * 500_000 + b"\n\nwords",
    "100,000 headers": lambda: HEAD + b"X-A: b\n" * 100_000 + b"\nwords",
    "100,000 subjects": lambda: HEAD + b"Subject: b\n" * 100_000 + b"\nwords",
    "10 MB header": lambda: HEAD + b"X-A: " + b"b" * 10_000_000 + b"\n\nwords",
    "10 MB header, folded": lambda: HEAD + b"X-A: b\n" + b" c\n" * 3_300_000 + b"\nwords",
    "header without an end": lambda: HEAD + b"no field\n" * 1_000_000,
    "header of colons": lambda: b":" * 3_000_000,
    "encoded words": lambda: HEAD + b"Subject: " + b"=?utf-8?q?a?= " * 70_000 + b"\n\nwords",
    "encoded words without an end": lambda: HEAD + b"Subject: " + b"=?utf-8?q?" * 95_000 + b"\n\nwords",
    "RFC 2231 sections": lambda: parameters(b"; x*%d*=%%41" % at for at in range(100_000)),
    "50,000 parameters": lambda: parameters(b"; x%d=y" % at for at in range(50_000)),
    "parameters without quotes' end": lambda: parameters(b'; x="\\"' for _ in range(50_000)),
    "50,000 addresses": lambda: HEAD + b"To: " + b", ".join(b"a%d@example.com" % at for at in range(50_000)) + b"\n\nwords",
    "P1 comments": lambda: HEAD + b"To: " + b"(" * 900_000 + b"\n\nwords",
    "50,000 references": lambda: HEAD + b"References: " + b"".join(b"<%d@a.b>\n " % at for at in range(50_000)) + b"\n\nwords",
    "2,000,000 lines": lambda: text(b"text/plain", b"a\n" * 2_000_000),
    "one line of 20 MB": lambda: text(b"text/plain", b"a" * 20_000_000),
    "flowed": lambda: text(b"text/plain; format=flowed", b"a \n" * 2_000_000),
    "flowed quotes": lambda: text(b"text/plain; format=flowed", b">" * 2_000_000 + b" \n"),
    "30 MB of base64": lambda: text(b"text/plain", b"QUJD" * 7_500_000, Content_Transfer_Encoding=b"base64"),
    "base64 that is none": lambda: text(b"text/plain", b"!=" * 2_000_000, Content_Transfer_Encoding=b"base64"),
    "quoted-printable that is none": lambda: text(b"text/plain", b"=" * 5_000_000, Content_Transfer_Encoding=b"quoted-printable"),
    "uuencode that is none": lambda: text(b"text/plain", b"begin 644 x\n" + b"~\n" * 500_000, Content_Transfer_Encoding=b"x-uuencode"),
    "enriched": lambda: text(b"text/enriched", b"<" * 4_000_000),
    "escape sequences": lambda: text(b"text/plain", b"\x1b]" * 1_000_000),
    "piled marks": lambda: text(b"text/plain; charset=utf-8", "e\u0301".encode() + "\u0301".encode() * 900_000),
    "HTML depth": lambda: text(b"text/html", b"<div>" * 300_000),
    "HTML attributes": lambda: text(b"text/html", b"<a" + b" b" * 900_000 + b">"),
    "HTML entities": lambda: text(b"text/html", b"&" * 2_000_000),
    "HTML 20 MB": lambda: text(b"text/html", b"<span>a</span>" * 1_400_000),
    "ids in a bounce": lambda: HEAD + b"Return-Path: <>\n\n" + b"Message-ID: <a@b.c" * 200_000,
    "unknown multipart": lambda: HEAD + b"Content-Type: multipart/mixed\n\n" + b"--a\n" * 1_000_000,
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_p1_a_bomb_is_read_in_time_and_its_sender_is_known(bomb):
    raw = bomb()
    start = time.process_time()

    mail = parse_mail(raw)

    assert time.process_time() - start < 10
    assert not any("could not be taken apart" in one for one in mail.body.defects)
    assert mail.headers.sender.email == ("ana@example.com" if raw.startswith(b"From") else "")
    assert len(mail.body.text) <= 2_000_000


def test_p1_what_was_not_opened_is_said():
    assert parse_mail(nested(1_000)).body.defects == (
        "It has too many parts; the rest was not opened.",
    )
    assert len(parse_mail(parts(100_000)).body.text) < 10_000
