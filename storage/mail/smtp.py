"""Handing a mail over, step by step, so that every way to fail has one meaning.

Until the server says 354 nobody has the mail: it can go later. After its 250 it is
accepted. In between nobody knows, and only a person or a look into Sent may decide. Either
every recipient is accepted or none gets it.
"""

import base64
import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from storage.errors import (
    LoginRefusedError,
    SendDelayedError,
    SendRefusedError,
    SendUnknownError,
    ServerError,
)
from storage.mail import oauth as tokens
from storage.mail import transport
from storage.records.account import Oauth, Security, ServerAddress

_LONGEST_LINE = 8_192
_LONGEST_COMMAND = 512
"Bytes of a line (RFC 5321, 4.5.3.1.4); an answer to a challenge may be longer (RFC 4954, 4)."
_MOST_LINES = 200
_MOST_CHALLENGES = 3
"The first word, the answer to a refusal, and giving up."
_MAILBOX = re.compile(r"[^\s\x00-\x1f\x7f-\x9f<>]+@[^\s\x00-\x1f\x7f-\x9f<>]+")
_BAD_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
# sockets, TLS, smtplib, and what reading a lie can raise
_ZOO = (OSError, smtplib.SMTPException, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The server has taken the mail for every recipient."""

    reply: str
    "Its words, made safe: often the id under which its log has the mail."


def hand_over(
    server: ServerAddress,
    username: str,
    password: str,
    *,
    sender: str,
    recipients: Sequence[str],
    raw: bytes,
    before_body: Callable[[], None],
    oauth: Oauth = Oauth.NO,
    timeouts: transport.Timeouts | None = None,
    context: ssl.SSLContext | None = None,
) -> Accepted:
    """Send the final bytes of a mail as they are.

    `recipients` are To and Cc together; all or none get the mail. `before_body` is called
    after the server's 354 and before the first byte of the mail; what it raises goes
    through, and then nothing was sent. No `username`, no login; with `oauth` the password is
    an access token. Either only ever goes inside TLS or to this machine. `context` None trusts
    the system's authorities.

    Raises:
        SendDelayedError: not now (not reachable, 4xx, lost before the 354).
        SendRefusedError: never (5xx); refused recipients are named in it.
        SendUnknownError: lost after the 354.
        LoginRefusedError: stop and ask.
        TokenRefusedError: the next access token may be fresh; nobody got the mail.
    """
    _check(sender, recipients, raw)
    session = _Session(server, timeouts=timeouts or transport.Timeouts())
    with contextlib.closing(session):
        try:
            session.begin(context=context)
            session.log_in(username, password, oauth=oauth)
            session.envelope(sender, recipients, raw)
        except _ZOO as error:
            raise SendDelayedError(f"Not sent yet through {session.name}: {_why(error)}.") from None
        before_body()
        return session.body(raw)


def try_login(
    server: ServerAddress,
    username: str,
    password: str,
    *,
    oauth: Oauth = Oauth.NO,
    timeouts: transport.Timeouts | None = None,
    context: ssl.SSLContext | None = None,
) -> None:
    """Log in and leave, to know whether `hand_over` would get that far.

    Raises:
        LoginRefusedError: name or password are wrong, or no way to log in is offered.
        ServerError: not reachable, no encryption, a bad certificate, not a mail server.
    """
    session = _Session(server, timeouts=timeouts or transport.Timeouts())
    with contextlib.closing(session):
        try:
            session.begin(context=context)
            session.log_in(username, password, oauth=oauth)
        except _ZOO as error:
            raise ServerError(f"No login at {session.name}: {_why(error)}.") from None


class _Session(smtplib.SMTP):
    """One connection for one mail. Answers are bounded, words made safe."""

    def __init__(self, server: ServerAddress, *, timeouts: transport.Timeouts) -> None:
        # no host: smtplib would look up our own name for EHLO, slowly, and tell it
        super().__init__(local_hostname="localhost", timeout=timeouts.connect)
        self.name = transport.named(server)
        self._server = server
        self._timeouts = timeouts
        self._secrets: tuple[str, ...] = ()
        self._is_about_the_mail = False

    def begin(self, *, context: ssl.SSLContext | None) -> None:
        """Connect, be greeted, encrypt."""
        try:
            link = transport.open_socket(self._server, timeouts=self._timeouts)
            self.local_hostname = _own_name(link)
            self.sock = link
            if self._server.security is Security.TLS:
                self.sock = transport.encrypt(link, server=self._server, context=context)
            self._expect(self.getreply(), 220)
            self._greet()
            if self._server.security is Security.STARTTLS:
                self._encrypt(context)
        except (SendDelayedError, SendRefusedError):
            raise
        except ServerError as error:
            raise SendDelayedError(str(error)) from None
        self._link.settimeout(self._timeouts.read)

    def log_in(self, username: str, password: str, *, oauth: Oauth) -> None:
        """Log in with one mechanism, once: three tries with a wrong password lock accounts."""
        if not username:
            return
        if oauth:
            self._log_in_by_token(username, password, oauth=oauth)
            return
        offered = self.esmtp_features.get("auth", "").upper().split()
        plain = _b64(f"\0{username}\0{password}")
        self._secrets = (plain, _b64(password), password)
        if "PLAIN" in offered:
            answer = self.docmd("AUTH", f"PLAIN {plain}")
        elif "LOGIN" in offered:
            answer = self.docmd("AUTH", "LOGIN")
            for word in (username, password):
                if answer[0] == 334:
                    answer = self.docmd(_b64(word))
        else:
            raise LoginRefusedError(f"{self.name} offers no way to log in that we know.")
        if answer[0] // 100 == 5:
            raise LoginRefusedError(f"{self.name} refuses the login: {self._words(answer)}")
        self._expect(answer, 235)

    def _log_in_by_token(self, username: str, token: str, *, oauth: Oauth) -> None:
        mechanism = tokens.mechanism(self.esmtp_features.get("auth", "").split(), oauth)
        if not mechanism:
            raise LoginRefusedError(f"{self.name} offers no login with an access token.")
        said = tokens.Exchange(mechanism, username, token, server=self._server)
        self._secrets = said.secrets
        first = said.first_with(f"AUTH {mechanism}", limit=_LONGEST_COMMAND)
        answer = self.docmd("AUTH", f"{mechanism} {first}" if first else mechanism)
        for _ in range(_MOST_CHALLENGES):
            if answer[0] == 334:
                answer = self.docmd(said.answer(answer[1]).decode("ascii"))
        if answer[0] // 100 == 5:
            raise said.refusal(self.name, self._words(answer))
        self._expect(answer, 235)

    def envelope(self, sender: str, recipients: Sequence[str], raw: bytes) -> None:
        """Get to the 354; on any refusal nobody gets the mail."""
        options = self._options(sender, recipients, raw)
        self._is_about_the_mail = True
        self._expect(self.docmd("MAIL", f"FROM:<{sender}>{options}"), 250)
        refused = [
            (one, answer)
            for one in recipients
            if (answer := self.docmd("RCPT", f"TO:<{one}>"))[0] not in {250, 251, 252}
        ]
        if refused:
            self._refuse(refused, of=len(recipients))
        self._expect(self.docmd("DATA"), 354)

    def body(self, raw: bytes) -> Accepted:
        """Send the mail and hear what became of it."""
        lines = _LEADING_DOT.sub(b"..", raw)
        try:
            self._link.settimeout(self._timeouts.accept)
            self.send(lines if lines.endswith(b"\r\n") else lines + b"\r\n")
            self.send(b".\r\n")
            answer = self.getreply()
        except _ZOO as error:
            raise SendUnknownError(
                f"{self.name} was lost while it took the mail ({_why(error)}): "
                "it may have been sent."
            ) from None
        if answer[0] // 100 in {4, 5}:
            self._expect(answer, 250)
        if answer[0] // 100 != 2:
            raise SendUnknownError(
                f"{self.name} took the mail with words nobody knows: it may have been sent."
            )
        with contextlib.suppress(*_ZOO):
            self._link.settimeout(2.0)
            self.docmd("QUIT")
        return Accepted(reply=self._words(answer))

    def getreply(self) -> tuple[int, bytes]:
        """Read one answer, as smtplib does, but not without end."""
        if self.file is None:
            self.file = self._link.makefile("rb")
        lines = []
        for _ in range(_MOST_LINES):
            line = self.file.readline(_LONGEST_LINE + 1)
            if not line:
                raise ConnectionResetError
            if len(line) > _LONGEST_LINE or not re.match(rb"[2-5]\d\d(?:[ -]|\r?$)", line):
                raise smtplib.SMTPServerDisconnected("no answer of a mail server")
            lines.append(line[4:].strip(b" \t\r\n"))
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        raise smtplib.SMTPServerDisconnected("an answer without end")

    @property
    def _link(self) -> socket.socket:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        return self.sock

    def _greet(self) -> None:
        if self.ehlo()[0] // 100 != 2:
            self._expect(self.helo(), 250)

    def _encrypt(self, context: ssl.SSLContext | None) -> None:
        if "starttls" not in self.esmtp_features:
            raise ServerError(f"{self.name} offers no encryption, and without it nothing is said.")
        self._expect(self.docmd("STARTTLS"), 220)
        # what was read ahead came in clear: an attacker's. The same for what it offered
        self.file = None
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features = {}
        self.sock = transport.encrypt(self._link, server=self._server, context=context)
        self._greet()

    def _options(self, sender: str, recipients: Sequence[str], raw: bytes) -> str:
        """Return what MAIL says besides the sender; refuse what the server cannot take."""
        options = ""
        if "size" in self.esmtp_features:
            limit = self.esmtp_features["size"].strip()
            if limit.isdigit() and 0 < int(limit) < len(raw):
                raise SendRefusedError(
                    f"{self.name} takes mails up to {int(limit) / 1e6:.1f} MB; "
                    f"this one has {len(raw) / 1e6:.1f} MB."
                )
            options += f" SIZE={len(raw)}"
        if not raw.isascii() or not all(one.isascii() for one in (sender, *recipients)):
            if "smtputf8" not in self.esmtp_features:
                raise SendRefusedError(
                    f"{self.name} cannot send to an address with letters outside ASCII."
                )
            self.command_encoding = "utf-8"
            options += " BODY=8BITMIME SMTPUTF8"
        return options

    def _refuse(self, refused: Sequence[tuple[str, tuple[int, bytes]]], *, of: int) -> NoReturn:
        with contextlib.suppress(*_ZOO):
            self.docmd("RSET")
        self._secrets += tuple(one for one, _ in refused)
        named = [(one, self._words(answer)) for one, answer in refused]
        sentence = (
            f"{self.name} refuses {len(refused)} of {of} recipients, so nobody got it: "
            + named[0][1]
        )
        if all(answer[0] // 100 == 4 for _, answer in refused):
            raise SendDelayedError(sentence)
        raise SendRefusedError(sentence, named)

    def _expect(self, answer: tuple[int, bytes], wanted: int) -> None:
        """Go on where the answer is of the kind wanted; else say what it means."""
        kind = answer[0] // 100
        if kind == wanted // 100:
            return
        said = f"{self.name} says {self._words(answer)}"
        if answer[0] in {530, 534, 535, 538}:
            raise LoginRefusedError(said)
        # before the mail was named, a 5xx is about the server or us, not about the mail
        if kind == 5 and self._is_about_the_mail:
            raise SendRefusedError(said)
        raise SendDelayedError(said)

    def _words(self, answer: tuple[int, bytes]) -> str:
        return f"{answer[0]} {transport.words(answer[1], secrets=self._secrets)}".strip()


def _check(sender: str, recipients: Sequence[str], raw: bytes) -> None:
    """Refuse what must not be put on a wire, before there is one."""
    if not recipients or not all(_MAILBOX.fullmatch(one) for one in (sender, *recipients)):
        raise SendRefusedError("An address of the envelope is not a plain address.")
    if not raw or _BAD_LINE_END.search(raw):
        raise SendRefusedError("The mail is not in its final form.")


def _own_name(link: socket.socket) -> str:
    """Return our address as EHLO wants it; our real name is nobody's business."""
    address = str(link.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _b64(word: str) -> str:
    return base64.b64encode(word.encode("utf-8")).decode("ascii")


def _why(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it closed the connection or speaks no SMTP"
    return transport.reason(error)
