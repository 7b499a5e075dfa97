"""A connection to an IMAP server: how it begins, who logs in, how it ends.

Every exception of imaplib, IMAPClient, sockets and TLS is turned into one of the desk's
errors here and nowhere else.
"""

import base64
import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Callable, Iterator
from importlib import metadata

from storage.errors import ConnectionLostError, LoginRefusedError, NotNowError, ServerError
from storage.mail import imap_reply, profiles, throttling, transport
from storage.mail import oauth as tokens
from storage.mail.imap_errors import BrokenWireError, GoodbyeError, RefusedError
from storage.mail.imap_link import KNOWN
from storage.mail.imap_talk import Client, Talk
from storage.mail.profiles import Profile
from storage.records.account import Oauth, Security, ServerAddress

_GOODBYE_SECONDS = 2.0
_NEAR_SECONDS = 0.005
"A server that answers faster is in this room: compressing would cost more than it saves."
_LONGEST_COMMAND = 8_000
"Bytes of a line that every server takes (RFC 2683, 3.2.1.5)."
_OF_ITS_OWN = re.compile(r"\[(SERVERBUG|OVERQUOTA)\]|system error", re.IGNORECASE)
"A fault of the server's, and no word about who logs in."
_UNQUOTABLE = re.compile("[\0\r\n]")
# imaplib, sockets, TLS, and what reading a lie can raise
_ZOO = (OSError, imaplib.IMAP4.error, ValueError, LookupError)


def open_client(
    server: ServerAddress,
    *,
    timeouts: transport.Timeouts,
    context: ssl.SSLContext | None,
) -> Client:
    """Return a verified connection that has been greeted; see `imap.connect`."""
    link = transport.open_socket(server, timeouts=timeouts)
    if server.security is Security.TLS:
        link = transport.encrypt(link, server=server, context=context)
    try:
        client = Client(
            lambda: Talk(link, host=server.host, timeouts=timeouts),
            host=server.host,
            is_encrypted=server.security is Security.TLS,
        )
        _check_greeting(client, server=server)
        if server.security is Security.STARTTLS:
            _start_tls(client, server=server, timeouts=timeouts, context=context)
    except ServerError:
        link.close()
        raise
    except _ZOO as error:
        link.close()
        raise ServerError(f"No mailbox at {transport.named(server)}: {_why(error)}.") from None
    return client


def _check_greeting(client: Client, *, server: ServerAddress) -> None:
    if client.talk.state != "NONAUTH":
        # PREAUTH: STARTTLS is impossible then, which is how an attacker prevents it
        raise ServerError(f"{transport.named(server)} greets us as logged in: not trusted.")


def _start_tls(
    client: Client,
    *,
    server: ServerAddress,
    timeouts: transport.Timeouts,
    context: ssl.SSLContext | None,
) -> None:
    if "STARTTLS" not in client.talk.capabilities:
        raise ServerError(
            f"{transport.named(server)} offers no encryption, and without it nothing is said."
        )
    try:
        client.talk.sock.settimeout(timeouts.connect)
        client.starttls(context or transport.trusting(server))
        client.talk.sock.settimeout(timeouts.read)
    except ssl.SSLCertVerificationError as error:
        raise transport.certificate_refused(server, error) from None


class Session:
    """One connection. After a ConnectionLostError it is dead."""

    def __init__(self, client: Client, *, server: ServerAddress) -> None:
        self._client = client
        self._server = server
        self._wire = client.talk
        self._name = transport.named(server)
        self.is_dead = False
        self.capabilities: frozenset[str] = frozenset(self._wire.capabilities)
        "Upper case; asked again after login. What is distrusted is not among them."
        self.profile: Profile = profiles.PLAIN
        "Whose server this is; known after login."
        self.is_far = False
        "It takes a while to answer: worth compressing, worth asking before the answer is needed."
        self.distrusts: frozenset[str] = frozenset()
        "What the server offers and we do without: set before login, grows where it misleads."

    def only_read(self) -> None:
        """From now on refuse, before a byte of it leaves, whatever could change the mailbox."""
        self._wire.only_reads = True

    def login(
        self, username: str, password: str, *, oauth: Oauth = Oauth.NO, profile: str = ""
    ) -> None:
        """Log in, then ask anew what the server can do, and find out whose it is.

        With `oauth` the password is an access token. `profile` is the id of one that was chosen.

        Raises:
            LoginRefusedError: name or password are wrong, or no way to log in is offered.
                Stop and ask; the object is dead.
            TokenRefusedError: the access token is; the next one may be fresh.
            ServerError: it will not now (too many connections, a fault of its own); dead.
        """
        try:
            if oauth:
                self._authenticate_by_token(username, password, oauth=oauth)
            else:
                self._authenticate(username, password)
            with self._mapped():
                self._client.forget_capabilities()
                begun = time.monotonic()
                offered = self._wire.ask_capabilities()
                took = time.monotonic() - begun
                self._wire.link.limits = KNOWN
            self.profile = profiles.detected(
                chosen=profile,
                host=self._server.host,
                capabilities=offered,
                server_name=self._introduced(offered),
            )
            self.distrusts |= self.profile.distrusts
            self.capabilities = offered - self.distrusts
            self._settle(round_trip=took)
        except ServerError:
            self._die()
            raise

    def distrust(self, capability: str) -> None:
        """Do without it from now on."""
        self.distrusts |= {capability}
        self.capabilities -= {capability}

    def close(self) -> None:
        """Say goodbye if that is still possible; never raises."""
        if not self.is_dead:
            with contextlib.suppress(*_ZOO):
                self._wire.sock.settimeout(_GOODBYE_SECONDS)
                self._client.logout()
        self._die()

    def _settle(self, *, round_trip: float) -> None:
        """Switch on what helps; a server that will not is used without."""
        self.is_far = round_trip > _NEAR_SECONDS
        if {"ENABLE", "QRESYNC"} <= self.capabilities:
            self._try("QRESYNC", lambda: self._wire.switch_on("QRESYNC"))
        if "COMPRESS=DEFLATE" in self.capabilities and self.is_far:
            self._try("COMPRESS=DEFLATE", self._wire.compress)

    def _try(self, capability: str, switch_on: Callable[[], None]) -> None:
        try:
            with self._mapped():
                switch_on()
        except ServerError:
            if self.is_dead:
                raise
            self.distrust(capability)

    def _introduced(self, offered: frozenset[str]) -> str:
        """Say who we are where that is asked (RFC 2971), and return how the server calls itself.

        Our name and version, and nothing of whoever uses them.
        """
        if "ID" not in offered:
            return ""
        try:
            with self._mapped():
                return imap_reply.server_name(self._wire.identify("rotadesk", _version()))
        except ConnectionLostError:
            raise
        except ServerError:
            return ""  # it was asked out of politeness

    def _authenticate(self, username: str, password: str) -> None:
        if _UNQUOTABLE.search(username + password):
            raise LoginRefusedError("The user name or password holds a line break.")
        plain = f"\0{username}\0{password}".encode()
        with self._mapped(secrets=(password, base64.b64encode(plain).decode()), at_login=True):
            if "AUTH=PLAIN" in self.capabilities:
                self._wire.authenticate("PLAIN", lambda _: plain)
            elif "LOGINDISABLED" in self.capabilities or not (username + password).isascii():
                raise LoginRefusedError(f"{self._name} offers no way to log in that we know.")
            else:
                quoted = username.replace("\\", "\\\\").replace('"', '\\"')
                self._wire.login(f'"{quoted}"', password)

    def _authenticate_by_token(self, username: str, token: str, *, oauth: Oauth) -> None:
        offered = [one.removeprefix("AUTH=") for one in self.capabilities if "AUTH=" in one]
        mechanism = tokens.mechanism(offered, oauth)
        if not mechanism:
            raise LoginRefusedError(f"{self._name} offers no login with an access token.")
        said = tokens.Exchange(mechanism, username, token, server=self._server)
        takes_it_along = "SASL-IR" in self.capabilities
        command = f"tag123 AUTHENTICATE {mechanism}"
        first = said.first_with(command, limit=_LONGEST_COMMAND) if takes_it_along else None
        with self._mapped(secrets=said.secrets, at_login=True, exchange=said):
            self._wire.exchange(mechanism, first, said.answer)

    def _die(self) -> None:
        self.is_dead = True
        with contextlib.suppress(OSError):
            self._wire.shutdown()

    @contextlib.contextmanager
    def _mapped(
        self,
        *,
        secrets: tuple[str, ...] = (),
        at_login: bool = False,
        exchange: tokens.Exchange | None = None,
    ) -> Iterator[None]:
        """Turn whatever a connection can raise into the desk's three errors; the one place."""
        if self.is_dead:
            raise ConnectionLostError(f"The connection to {self._name} is closed.")
        try:
            yield
        except RefusedError as refusal:
            said = transport.words(refusal.words, secrets=secrets)
            if throttling.is_not_now(said):
                raise NotNowError(
                    f"{self._name} says not now: {said}", wait_seconds=throttling.stated_wait(said)
                ) from None
            if at_login and not _OF_ITS_OWN.search(said):
                if exchange:
                    raise exchange.refusal(self._name, said) from None
                raise LoginRefusedError(f"{self._name} refuses the login: {said}") from None
            raise ServerError(f"{self._name} says no: {said}") from None
        except ConnectionLostError:
            # a time limit of the engine's: half an answer is still to come
            self._die()
            raise
        except _ZOO as error:
            self._die()
            why = _why(error)
            raise ConnectionLostError(
                f"The connection to {self._name} is lost: {why}.", wait_seconds=_wait(error)
            ) from None


def _version() -> str:
    try:
        return metadata.version("rotadesk")
    except metadata.PackageNotFoundError:
        return "0"


def _wait(error: BaseException) -> float | None:
    """Return how long a server that said goodbye wants to be left alone."""
    if isinstance(error, GoodbyeError):
        return throttling.stated_wait(transport.words(error.words))
    return None


def _why(error: BaseException) -> str:
    """Return the end of the sentence: what happened, in words of ours where they suffice."""
    heard = "what it says is not IMAP"
    if isinstance(error, GoodbyeError | RefusedError):
        heard = f"it says {transport.words(error.words)!r}"
    elif isinstance(error, BrokenWireError):
        heard = str(error)
    elif isinstance(error, imaplib.IMAP4.error) and error.args:
        # imaplib hands over the greeting where it is none of a mailbox
        said = error.args[0]
        if isinstance(said, bytes) and said.upper().startswith(b"* BYE"):
            heard = f"it says {transport.words(said[6:])!r}"
    elif isinstance(error, OSError):
        heard = transport.reason(error)
    return heard
