"""Practice mails as bytes: what a mail program, a robot or a mail server would have sent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime, getaddresses

from console.demo import clients, files, letters, place
from console.demo.clients import CLIENTS, Client, Quoted
from console.demo.letters import Letter
from storage.records.mail import Address

POLICY = SMTP.clone(max_line_length=98)
"Wide enough that no Message-ID is ever broken."


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeMail:
    """A practice mail of one practice desk, which began at a known moment."""

    name: str
    kind: str
    folder: str
    flags: tuple[str, ...]
    at: datetime
    comes_after: timedelta
    "After the first start; zero for what is there already."
    message_id: str
    desk: "Letterbox" = field(repr=False)

    @property
    def raw(self) -> bytes:
        return self.dated(self.at)

    def dated(self, at: datetime) -> bytes:
        """Return its bytes, written at `at`."""
        return self.desk.written(self.name, at)


class Letterbox:
    """All letters with their dates, so that one can quote another."""

    def __init__(self, begun: datetime) -> None:
        self._begun = begun
        self._letters = {one.name: one for one in letters.letters()}
        self._answered = {one.parent for one in self._letters.values() if one.folder == "Sent"}

    def mails(self) -> Iterator[PracticeMail]:
        """Yield them in the order they came in."""
        for letter in sorted(
            self._letters.values(), key=lambda one: (one.at(self._begun), one.name)
        ):
            yield PracticeMail(
                name=letter.name,
                kind=letter.kind,
                folder=letter.folder,
                flags=self._flags(letter),
                at=letter.at(self._begun),
                comes_after=letter.comes_after,
                message_id=message_id_of(letter),
                desk=self,
            )

    def written(self, name: str, at: datetime) -> bytes:
        letter = self._letters[name]
        at = at.astimezone(letter.zone)
        if "report" in letter.fields:
            return self._report(letter, at)
        message = EmailMessage(policy=POLICY)
        for key, value in self._headers(letter, at):
            message[key] = value
        self._fill(message, letter, self._text(letter, at))
        for filename, mime, text in letter.files:
            main, _, sub = mime.partition("/")
            content = files.content(mime, letters.moments(text, at))
            message.add_attachment(content, maintype=main, subtype=sub, filename=filename)
        bound(message, CLIENTS[letter.client], name=letter.name)
        return message.as_bytes()

    def _flags(self, letter: Letter) -> tuple[str, ...]:
        if letter.folder == "Sent":
            return ("\\Seen",)
        return ("\\Answered", "\\Seen") if letter.name in self._answered else ()

    def _fill(self, message: EmailMessage, letter: Letter, text: str) -> None:
        charset = letter.fields.get("charset", "utf-8")
        encoding = letter.fields.get("encoding")
        html = letter.fields.get("html", "also" if CLIENTS[letter.client].writes_html else "no")
        if html == "only":
            message.set_content(text, subtype="html", charset=charset, cte=encoding)
            return
        message.set_content(text, charset=charset, cte=encoding)
        if html == "also":
            page = clients.html(CLIENTS[letter.client], text)
            message.add_alternative(page, subtype="html", charset=charset)

    def _headers(
        self, letter: Letter, at: datetime
    ) -> Iterator[tuple[str, str | list[HeaderAddress]]]:
        if letter.folder != "Sent":
            yield from trace(
                letter.sender.email,
                at,
                name=letter.name,
                auth=letter.fields.get("auth", "pass"),
                is_report="report" in letter.fields,
            )
        yield "From", [_header(letter.sender)]
        if reply_to := letter.fields.get("reply-to"):
            yield "Reply-To", _addresses(reply_to)
        yield "To", _addresses(self._to(letter))
        if cc := letter.fields.get("cc"):
            yield "Cc", _addresses(cc)
        yield "Subject", self._subject(letter)
        yield "Date", format_datetime(at)
        yield "Message-ID", message_id_of(letter)
        if letter.parent:
            ids = self._ancestors(letter)
            yield "In-Reply-To", ids[-1]
            yield "References", " ".join(ids)
        yield from CLIENTS[letter.client].headers.items() if not letter.extra else ()
        yield from letter.extra

    def _to(self, letter: Letter) -> str:
        if "to" in letter.fields:
            return letter.fields["to"]
        if letter.folder == "Sent" and letter.parent:
            return self._letters[letter.parent].fields["from"]
        return place.ADDRESS

    def _subject(self, letter: Letter) -> str:
        if "subject" in letter.fields or not letter.parent:
            return letter.fields.get("subject", "")
        subject = self._subject(self._letters[letter.parent])
        prefix = {"outlook": "AW: " if letter.lang == "de" else "RE: "}.get(letter.client, "Re: ")
        return prefix + subject.removeprefix("Re: ").removeprefix("RE: ").removeprefix("AW: ")

    def _ancestors(self, letter: Letter) -> list[str]:
        ids: list[str] = []
        while letter.parent:
            letter = self._letters[letter.parent]
            ids.insert(0, message_id_of(letter))
        return ids

    def _text(self, letter: Letter, at: datetime) -> str:
        text = letters.moments(letter.body, at)
        if letter.parent and ("{{quote}}" in text or "{{wrote}}" in text):
            parent = self._letters[letter.parent]
            there = parent.at(self._begun)
            quoted = Quoted(
                author=parent.sender,
                to=self._to(parent),
                at=there.astimezone(letter.zone),
                subject=self._subject(parent),
                text=self._text(parent, there),
            )
            client = CLIENTS[letter.client]
            text = text.replace(
                "{{quote}}", clients.quote(client, quoted, lang=letter.lang).rstrip()
            )
            text = text.replace("{{wrote}}", clients.attribution(client, quoted, lang=letter.lang))
        return text

    def _report(self, letter: Letter, at: datetime) -> bytes:
        """Return a delivery status notification (RFC 3464) about the letter it answers."""
        assert letter.parent is not None  # noqa: S101 - a report is about a mail of ours
        parent = self._letters[letter.parent]
        about = EmailMessage(policy=POLICY)
        for key, value in self._headers(parent, parent.at(self._begun)):
            about[key] = value
        mark = clients.filled("{short}.{one}/mx", name=letter.name, domain="bounce")
        head = EmailMessage(policy=POLICY)
        for key, value in self._headers(letter, at):
            if key not in {"In-Reply-To", "References"}:
                head[key] = value
        head["MIME-Version"] = "1.0"
        status = letter.files[0][2]
        parts = [
            ("text/plain; charset=us-ascii", letters.moments(letter.body, at)),
            ("message/delivery-status", letters.moments(status, at)),
            ("text/rfc822-headers", about.as_string(policy=POLICY).replace("\r\n", "\n")),
        ]
        lines = "".join(f"--{mark}\nContent-Type: {mime}\n\n{text}\n" for mime, text in parts)
        top = head.as_string(policy=POLICY).replace("\r\n", "\n").rstrip("\n")
        report = f'Content-Type: multipart/report; report-type=delivery-status;\n boundary="{mark}"'
        whole = f"{top}\n{report}\n\n{lines}--{mark}--\n"
        return whole.replace("\n", "\r\n").encode()


def practice_mails(begun: datetime) -> list[PracticeMail]:
    """Return all practice mails of a desk that began at `begun`, oldest first."""
    return list(Letterbox(begun).mails())


def message_id_of(letter: Letter) -> str:
    domain = letter.sender.email.partition("@")[2]
    return clients.filled(CLIENTS[letter.client].id_format, name=letter.name, domain=domain)


def message_id(raw: bytes) -> str:
    """Return the Message-ID of a mail as it stands, empty where it has none."""
    return str(BytesHeaderParser(policy=POLICY).parsebytes(raw).get("Message-ID", "")).strip()


def trace(
    sender: str, at: datetime, *, name: str, auth: str = "pass", is_report: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield what the servers on the way have written."""
    domain = sender.partition("@")[2]
    code = clients.digest(name, "trace")
    out = f"out{int(code[0], 16)}.{domain}"
    results = "; ".join(
        f"{test}={auth} {of}={domain}"
        for test, of in (("spf", "smtp.mailfrom"), ("dkim", "header.d"), ("dmarc", "header.from"))
    )
    yield "Return-Path", "<>" if is_report else f"<{sender}>"
    yield "Delivered-To", place.ADDRESS
    yield "Authentication-Results", f"mx.{place.DOMAIN}; {results}"
    hop = f"from {out} ({out} [192.0.2.{int(code[1:3], 16)}]) by mx.{place.DOMAIN}"
    stamp = f"with ESMTPS id {code[3:15].upper()} for <{place.ADDRESS}>; {format_datetime(at)}"
    yield "Received", f"{hop} {stamp}"


def _header(address: Address) -> HeaderAddress:
    return HeaderAddress(address.name, addr_spec=address.email)


def _addresses(text: str) -> list[HeaderAddress]:
    return [HeaderAddress(name, addr_spec=email) for name, email in getaddresses([text])]


def bound(message: EmailMessage, client: Client, *, name: str) -> None:
    """Give every part its boundary, in the manner of its mail program and the same each time."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            boundary = clients.filled(client.boundary, name=f"{name} {number}", domain="part")
            part.set_boundary(boundary)
