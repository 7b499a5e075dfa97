"""Valid values; a test changes what it is about."""

import hashlib
from datetime import UTC, datetime, timedelta

from storage.changes.article import WriteArticle
from storage.db.blobs import Blobs
from storage.intake import arrivals, bodies, folders
from storage.queries import hot
from storage.records.ids import ArticleId, MessageKey, TicketId, random_uid
from storage.records.mail import (
    Address,
    IncomingBody,
    IncomingHeaders,
    ParsedBody,
    ParsedHeaders,
    ParsedMail,
    Place,
)
from storage.records.words import FolderRole

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANA, BEN = "ana@desk.example", "ben@desk.example"
SUPPORT = "support@desk.example"


def now_ms(moment=NOW):
    return int(moment.timestamp() * 1000)


class Clock:
    """Milliseconds that a test moves."""

    def __init__(self, moment=NOW):
        self.ms = now_ms(moment)

    def __call__(self):
        return self.ms

    def forward(self, **delta):
        self.ms += int(timedelta(**delta).total_seconds() * 1000)


def an_address(email="zoe@acme.example", name="Zoe"):
    return Address(name, email)


def some_headers(
    subject="Webhooks arrive twice",
    *,
    sender=None,
    message_id=None,
    answers=(),
    to=None,
    cc=(),
    at=NOW,
    **changes,
):
    sender = sender or an_address()
    message_id = f"{random_uid()}@acme.example" if message_id is None else message_id
    told = f"{message_id}|{at.isoformat()}|{sender.email}|{subject}"
    values = {
        "key": MessageKey(hashlib.sha256(told.encode()).digest()[:16]),
        "message_id": message_id,
        "in_reply_to": tuple(answers[-1:]),
        "references": tuple(answers),
        "sender": sender,
        "reply_to": (),
        "to": to or (Address("", SUPPORT),),
        "cc": tuple(cc),
        "subject": subject,
        "date": at,
        "is_auto": False,
        "is_report": False,
        "may_auto_reply": True,
        "auth_passed": None,
        "defects": (),
    }
    return ParsedHeaders(**(values | changes))


def a_body(text="Every event comes twice since Monday. Is that you?", parts=(), **changes):
    values = {
        "text": text,
        "hidden_text": 0,
        "parts": tuple(parts),
        "content_hash": hashlib.sha256(text.encode()).digest(),
        "reported_ids": (),
        "defects": (),
    }
    return ParsedBody(**(values | changes))


def a_mail(text="Every event comes twice since Monday. Is that you?", **headers):
    return ParsedMail(headers=some_headers(**headers), body=a_body(text))


def never_ours(_message_id):
    return False


def a_header_block(headers):
    """Return a header block that says what `headers` does."""
    people = {"From": (headers.sender,), "To": headers.to, "Cc": headers.cc}
    lines = [
        f"{name}: {', '.join(f'{one.name} <{one.email}>' for one in some)}"
        for name, some in people.items()
        if some
    ]
    lines.append(f"Subject: {headers.subject}")
    if headers.date:
        lines.append(f"Date: {headers.date:%a, %d %b %Y %H:%M:%S +0000}")
    if headers.message_id:
        lines.append(f"Message-ID: <{headers.message_id}>")
    for name, ids in (("In-Reply-To", headers.in_reply_to), ("References", headers.references)):
        if ids:
            lines.append(f"{name}: {' '.join(f'<{one}>' for one in ids)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def receive(
    desk,
    *mails,
    folder="INBOX",
    role=FolderRole.INTAKE,
    prove=never_ours,
    with_body=True,
    size=None,
):
    """Bring mails in as the engine does: headers, then bodies; return the ticket of the last."""
    with desk.writing() as conn:
        box = folders.watch(conn, folder, role)
        start = max(folders.places(conn, box.id), default=0) + 1
        batch = [
            IncomingHeaders(
                place=Place(
                    folder=folder,
                    uid=start + offset,
                    arrived_at=mail.headers.date or NOW,
                    size=len(mail.body.text) if size is None else size,
                ),
                raw=a_header_block(mail.headers),
                headers=mail.headers,
            )
            for offset, mail in enumerate(mails)
        ]
        arrivals.headers(conn, box.id, batch, prove=prove)
        if with_body:
            for mail in mails:
                row = conn.exec_driver_sql(
                    "SELECT id FROM message WHERE base_key=?", (mail.headers.key,)
                ).fetchone()
                body = IncomingBody(message_id=row[0], body=mail.body)
                bodies.bodies(conn, [body], prove=prove, blobs=Blobs(desk.folder))
    return ticket_of(desk, mails[-1])


def ticket_of(desk, mail):
    with desk.writing() as conn:
        row = conn.exec_driver_sql(
            "SELECT ticket_uid FROM message WHERE base_key=?", (mail.headers.key,)
        ).fetchone()
    return TicketId(row[0])


def summary(desk, ticket_id):
    return desk.hot(hot.ticket(ticket_id))[0]


def an_article(
    desk, title="Duplicate webhooks", text="Use the event id to drop repeats.", actor=ANA
):
    article_id = ArticleId(random_uid())
    desk.commit(WriteArticle(article_id=article_id, title=title, text=text), actor=actor)
    return article_id
