"""How many mails a second one core parses, headers, text and HTML included.

Mails of about 12 KB as a support mailbox holds them, made here: half plain, a third
plain with HTML beside it, the rest HTML alone or with a picture. The standard library's
careful reader on the same mails stands beside it: machines differ, the ratio does not.
"""

import base64
import email
import email.policy
import random
import statistics
import time

from ground.words import sentences

from storage.mail.parse import parse_mail

COUNT = 600
ROUNDS = 5
HEADER = """\
Return-Path: <customer{n}@example.com>
Received: from mail.example.com (mail.example.com [192.0.2.{m}])
 by mx.desk.example with ESMTPS id {n}x (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384);
 Mon, 3 Mar 2025 10:12:{m:02} +0000
Received: by mail.example.com with SMTP id {n}; Mon, 3 Mar 2025 10:12:00 +0000
Authentication-Results: mx.desk.example; dkim=pass header.d=example.com; spf=pass
 smtp.mailfrom=customer{n}@example.com; dmarc=pass header.from=example.com
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=k1;
 h=from:to:subject:date:message-id; bh={blob}; b={blob}{blob}{blob}
From: "Customer {n}" <customer{n}@example.com>
To: Support <support@desk.example>
Cc: Ben <ben@example.com>, "Ruiz, Ana" <ana@example.com>
Subject: Re: =?utf-8?Q?Webhook_f=C3=BCr_Projekt?= {n} fails
Date: Mon, 3 Mar 2025 10:12:{m:02} +0100
Message-ID: <{n}.{m}.abcdef@mail.example.com>
In-Reply-To: <{n}.1@desk.example>
References: <{n}.0@mail.example.com> <{n}.1@desk.example>
MIME-Version: 1.0
X-Mailer: Example 1.0
"""


def page(rng: random.Random, size: int) -> str:
    rows = "".join(
        f'<tr><td style="padding:8px 0;font-family:Arial,sans-serif;color:#333333"><p class="x">{line}'
        f'</p><a href="https://example.com/r/{rng.random()}">more</a></td></tr>'
        for line in sentences(rng, size * 2 // 5).split("\n")
    )
    style = "<style>.x{margin:0}@media(max-width:600px){.x{width:100%}}</style>"
    return f"<html><head>{style}</head><body><table width=600>{rows}</table></body></html>"


def part(kind: str, text: str) -> str:
    encoded = base64.encodebytes(text.encode()).decode()
    return f"Content-Type: {kind}; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{encoded}"


def a_mail(rng: random.Random, n: int) -> bytes:
    blob = base64.b64encode(rng.randbytes(48)).decode()
    head = HEADER.format(n=n, m=n % 60, blob=blob)
    kind = n % 12
    if kind < 6:
        body = "Content-Type: text/plain; charset=utf-8\n\n" + sentences(rng, 10_000)
    elif kind < 10:
        both = [part("text/plain", sentences(rng, 2_000)), part("text/html", page(rng, 6_000))]
        body = "Content-Type: multipart/alternative; boundary=bb\n\n--bb\n" + "--bb\n".join(both)
    elif kind < 11:
        body = part("text/html", page(rng, 7_500))
    else:
        picture = base64.encodebytes(rng.randbytes(6_000)).decode()
        body = (
            "Content-Type: multipart/mixed; boundary=mm\n\n--mm\n"
            + part("text/plain", sentences(rng, 1_500))
            + '\n--mm\nContent-Type: image/png; name="screen.png"\n'
            + f"Content-Transfer-Encoding: base64\n\n{picture}\n--mm--\n"
        )
    return (head + body).encode().replace(b"\n", b"\r\n")


def by_the_book(raw: bytes) -> None:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    for name in ("from", "to", "cc", "subject", "date", "message-id"):
        str(mail[name])
    body = mail.get_body(("plain", "html"))
    if body:
        body.get_content()
    for one in mail.iter_attachments():
        one.get_payload(decode=True)


def rate(read, mails) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for raw in mails:
            read(raw)
        taken.append(time.process_time() - start)
    return len(mails) / statistics.median(taken)


def main() -> None:
    rng = random.Random(1)
    mails = [a_mail(rng, n) for n in range(COUNT)]
    print(f"{COUNT} mails, {statistics.mean(map(len, mails)) / 1000:.1f} KB each on average")
    ours, theirs = rate(parse_mail, mails), rate(by_the_book, mails[:200])
    print(f"rotadesk          {ours:7,.0f} mails/s")
    print(f"standard library  {theirs:7,.0f} mails/s (no HTML to text, no hashes)")
    print(f"ratio             {ours / theirs:7.1f}")


if __name__ == "__main__":
    main()
