"""The practice SMTP server: takes our mail, as a provider would, and tells who it went to."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

SIZE_LIMIT = 35 * 1024 * 1024
"Bytes of one mail; what large providers take."
DEAD = ".invalid"
"Recipients in this top-level domain are refused, so that a refusal can be practised."

Accept = Callable[[tuple[str, ...], bytes], Awaitable[None]]


class Postman:
    """What aiosmtpd asks while a mail is handed over."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address.lower().endswith(DEAD):
            return f"550 5.1.1 <{address}>: Recipient address rejected: no such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.content or b""
        await self._accept(
            tuple(envelope.rcpt_tos), raw if isinstance(raw, bytes) else raw.encode()
        )
        return "250 2.0.0 OK: queued for practice"


def listener(accept: Accept, *, users: Iterable[str], password: str) -> Callable[[], SMTP]:
    """Return what makes the protocol of one SMTP connection, for `loop.create_server`."""
    known = frozenset(users)

    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object
    ) -> AuthResult:
        is_right = (
            isinstance(login, LoginPassword)
            and login.login.decode("utf-8", "replace") in known
            and login.password == password.encode()
        )
        # A refusal that counts as handled is answered with silence.
        return AuthResult(success=is_right, handled=is_right)

    def make() -> SMTP:
        return SMTP(
            Postman(accept),
            hostname="localhost",  # else the resolver is asked for this machine's name
            ident="practice mail",
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            auth_require_tls=False,  # never leaves this machine
            authenticator=check,
            loop=asyncio.get_running_loop(),
        )

    return make
