# ruff: noqa: ARG002, N802 - aiosmtpd names its hooks and gives them what it has
"""A real SMTP server in a thread that keeps what it gets and fails when it is told to."""

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult

from storage.records.account import Security, ServerAddress


@dataclass(frozen=True)
class Taken:
    """A mail that the server said 250 to."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)
    options: tuple[str, ...] = ()


class Sink:
    def __init__(self):
        self.port = 0
        self.mails: list[Taken] = []
        self.replies: dict[str, str] = {}
        "By step ('MAIL', 'RCPT', an address, 'DATA', 'BODY'): what to answer instead of yes."
        self.drops: set[str] = set()
        "Steps after which the connection is lost: 'MAIL', 'RCPT', '354', 'BODY'."
        self.stalls: set[str] = set()
        "Steps at which the server falls silent: 'MAIL', 'RCPT', 'DATA', 'BODY', 'TAKEN'."
        self.stalled = threading.Event()
        self.passwords: dict[str, str] = {}
        "Names that may log in; empty: no login is offered."
        self.said: list[str] = []
        "Every answer of the server."
        self.logins: list[str] = []
        self.size_limit = 33_554_432
        self.on_mail = str
        "What the provider does with a mail that it has taken."

    def address(self, security=Security.NONE):
        return ServerAddress("localhost", self.port, security)

    async def handle_MAIL(self, server, session, envelope, address, options):
        await self.pause("MAIL")
        if reply := self._told("MAIL", server):
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await self.pause("RCPT")
        if reply := self._told("RCPT", server) or self.replies.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await self.pause("BODY")
        if reply := self._told("BODY", server):
            return reply
        self.mails.append(
            Taken(
                envelope.mail_from,
                tuple(envelope.rcpt_tos),
                envelope.original_content,
                tuple(envelope.mail_options),
            )
        )
        self.on_mail(self.mails[-1])
        await self.pause("TAKEN")
        return f"250 OK queued as {len(self.mails)}"

    def authenticate(self, server, session, envelope, mechanism, login):
        name = login.login.decode()
        self.logins.append(name)
        is_right = self.passwords.get(name) == login.password.decode()
        # handled: False has the server itself say no
        return AuthResult(success=is_right, handled=is_right)

    async def pause(self, step):
        if step in self.stalls:
            self.stalled.set()
            await asyncio.Event().wait()

    def _told(self, step, server):
        if step in self.drops:
            server.transport.abort()
            return "250 never heard"
        return self.replies.get(step)


class _Server(SMTP):
    def __init__(self, sink, **settings):
        super().__init__(sink, **settings)
        self._sink = sink

    async def push(self, status):
        self._sink.said.append(status if isinstance(status, str) else status.decode())
        await super().push(status)

    async def smtp_DATA(self, arg):
        await self._sink.pause("DATA")
        if reply := self._sink.replies.get("DATA"):
            await self.push(reply)
        elif "354" in self._sink.drops:
            await self.push("354 go on")
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)


@contextmanager
def sunk(
    *,
    context=None,
    implicit_tls=False,
    utf8=True,
    size_limit=33_554_432,
    passwords=None,
    clear_login=False,
):
    """Run a sink until the block ends.

    Args:
        context: The server's certificate; None: no encryption is offered.
        implicit_tls: Encrypted from the first byte instead of by STARTTLS.
        utf8: Whether SMTPUTF8 is offered.
        size_limit: The largest mail it takes, bytes.
        passwords: Who may log in.
        clear_login: Names may log in without encryption, as a bridge on this machine lets them.
    """
    sink = Sink()
    sink.passwords.update(passwords or {})
    loop = asyncio.new_event_loop()

    def server():
        return _Server(
            sink,
            hostname="sink.example",
            loop=loop,
            tls_context=None if implicit_tls else context,
            authenticator=sink.authenticate if sink.passwords else None,
            enable_SMTPUTF8=utf8,
            data_size_limit=size_limit,
            auth_exclude_mechanism=["LOGIN"],
            auth_require_tls=not clear_login,
        )

    listening = loop.run_until_complete(
        loop.create_server(server, "127.0.0.1", 0, ssl=context if implicit_tls else None)
    )
    sink.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(_end(listening), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(listening):
    listening.close()
    mine = asyncio.current_task()
    running = [one for one in asyncio.all_tasks() if one is not mine]
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)
