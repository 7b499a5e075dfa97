"""The mail account of a desk, as this machine reaches it. Holds no secret."""

from dataclasses import dataclass
from enum import StrEnum


class Security(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"
    "Only towards this very machine."


class Oauth(StrEnum):
    """How to log in with an access token."""

    NO = ""
    "With a password."
    AUTO = "auto"
    "With whichever of the two the server offers."
    XOAUTH2 = "xoauth2"
    OAUTHBEARER = "oauthbearer"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    host: str
    port: int
    security: Security
    ca_file: str = ""
    "Authorities trusted besides the system's, a PEM file; empty: none."


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    address: str
    "What customers write to, lower case."
    username: str
    imap: ServerAddress
    smtp: ServerAddress
    my_name: str
    undo_seconds: int = 10
    oauth: Oauth = Oauth.NO
    profile: str = ""
    "Id of the provider's profile; empty: found out after login."
