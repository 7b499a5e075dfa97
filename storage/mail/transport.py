"""The way to a mail server: a socket, TLS that is verified, and words for what failed.

Never in clear, except to this very machine. Everything has a time limit.
"""

import ipaddress
import socket
import ssl
from dataclasses import dataclass

from storage.errors import ServerError
from storage.records.account import Security, ServerAddress
from storage.rules import safe_text

_LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    connect: float = 20.0
    "Seconds, for each step until the server has greeted us and TLS stands."
    read: float = 60.0
    "Seconds without a byte, once connected."
    command: float = 300.0
    "Seconds in which an IMAP command must have its answer, however busily the server trickles."
    accept: float = 600.0
    "Seconds an SMTP server may take over a mail it has (RFC 5321, 4.5.3.2.6)."


def open_socket(server: ServerAddress, *, timeouts: Timeouts) -> socket.socket:
    """Return a connected socket, not yet encrypted.

    Raises:
        ServerError: it cannot be reached, or it would be spoken to in clear though it is
            another machine.
    """
    if server.security is Security.NONE and not is_loopback(server.host):
        raise ServerError(
            f"Not connected to {named(server)}: it would be spoken to in clear, "
            "which is only allowed on this machine. Set security to tls or starttls."
        )
    try:
        link = socket.create_connection((server.host, server.port), timeout=timeouts.connect)
    except (OSError, UnicodeError) as error:
        raise ServerError(f"Cannot reach {named(server)}: {reason(error)}.") from None
    if server.security is Security.NONE and not is_loopback(link.getpeername()[0]):
        link.close()
        raise ServerError(f"Not connected to {named(server)}: its name leads to another machine.")
    return link


def encrypt(
    link: socket.socket, *, server: ServerAddress, context: ssl.SSLContext | None
) -> ssl.SSLSocket:
    """Return `link` inside TLS, the certificate and the host's name verified.

    Raises:
        ServerError: the certificate is not good, or the server speaks no TLS.
    """
    context = context or trusting(server)
    try:
        return context.wrap_socket(link, server_hostname=server.host)
    except ssl.SSLCertVerificationError as error:
        link.close()
        raise certificate_refused(server, error) from None
    except (OSError, ValueError) as error:
        link.close()
        raise ServerError(f"No encryption with {named(server)}: {reason(error)}.") from None


def trusting(server: ServerAddress) -> ssl.SSLContext:
    """Return a context that verifies: by the system's authorities and those of `ca_file`.

    Raises:
        ServerError: the file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context()
    if server.ca_file:
        try:
            context.load_verify_locations(cafile=server.ca_file)
        except ssl.SSLError:
            why = "it holds no certificate"
        except OSError as error:
            why = (error.strerror or "it cannot be read").lower()
        else:
            return context
        file = safe_text.one_line(server.ca_file)
        raise ServerError(f"Not connected to {named(server)}: ca_file {file}: {why}.")
    return context


def certificate_refused(server: ServerAddress, error: ssl.SSLCertVerificationError) -> ServerError:
    why = safe_text.one_line(error.verify_message or "not verified")
    return ServerError(f"The certificate of {named(server)} is refused: {why}.")


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def named(server: ServerAddress) -> str:
    return f"{safe_text.one_line(server.host)}:{server.port}"


def words(said: bytes | str, *, secrets: tuple[str, ...] = ()) -> str:
    """Return what a server said on one line, made safe and short, without our secrets."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return safe_text.one_line(text, limit=_LONGEST_WORDS)


_REASONS: tuple[tuple[type[OSError], str], ...] = (
    (TimeoutError, "it does not answer"),
    (socket.gaierror, "its name is not known"),
    (ConnectionRefusedError, "nothing listens there"),
    (ssl.SSLError, "what came is no TLS"),
    (ConnectionError, "it closed the connection"),
)


def reason(error: BaseException) -> str:
    """Return in a few words of ours why a connection failed; never what was sent over it."""
    for kind, why in _REASONS:
        if isinstance(error, kind):
            return why
    if isinstance(error, OSError) and error.strerror:
        return safe_text.one_line(error.strerror).lower()
    return "the connection failed"
