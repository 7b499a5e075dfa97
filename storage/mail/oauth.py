"""Logging in with an access token: what is said, and what a refusal means.

XOAUTH2 is how Google and Microsoft began, OAUTHBEARER the standard (RFC 7628). A server that
refuses sends its reason as JSON in one more challenge, which has to be answered before it
says no; whoever answers with the token again never hears the reason.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from storage.errors import LoginRefusedError, TokenRefusedError
from storage.mail import transport
from storage.records.account import Oauth, ServerAddress

T = TypeVar("T")

_TOKEN: Final = re.compile(r"[!-~]+")
_BAD_NAME: Final = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_REASON: Final = 10_000
_REASONS: Final = ("status", "error", "error_description", "schemes", "scope")
"What a server says of a refusal: RFC 7628, Google, Dovecot."


def mechanism(offered: Iterable[str], wanted: Oauth) -> str:
    """Return the SASL mechanism to log in with; empty where the server offers none that will do.

    Of the two the older one: every provider has it, and some announce the other in vain.
    """
    either = [Oauth.XOAUTH2, Oauth.OAUTHBEARER] if wanted is Oauth.AUTO else [wanted]
    said = {one.upper() for one in offered}
    return next((one.value.upper() for one in either if one.value.upper() in said), "")


def once_more(attempt: Callable[[], T]) -> T:
    """Do it, and once again where a token was refused: the next one may be fresh.

    `attempt` asks for the token itself. Never a third time: too many tries lock accounts.
    """
    try:
        return attempt()
    except TokenRefusedError:
        return attempt()


class Exchange:
    """One login with a token, as the client's side of SASL sees it."""

    def __init__(self, mechanism: str, username: str, token: str, *, server: ServerAddress) -> None:
        """Prepare what is said.

        Raises:
            LoginRefusedError: that is no token, or no name.
        """
        if not _TOKEN.fullmatch(token):
            raise LoginRefusedError("What was given for an access token is none.")
        if _BAD_NAME.search(username):
            raise LoginRefusedError("The user name holds a line break.")
        self.mechanism = mechanism
        self.reason = ""
        "Why the server refuses, in its words made safe; empty where it does not say."
        if mechanism == "OAUTHBEARER":
            name = username.replace("=", "=3D").replace(",", "=2C")
            where = f"host={server.host}\x01port={server.port}"
            said = f"n,a={name},\x01{where}\x01auth=Bearer {token}\x01\x01"
        else:
            said = f"user={username}\x01auth=Bearer {token}\x01\x01"
        self.first = base64.b64encode(said.encode()).decode("ascii")
        "What the client says first, in base64."
        self.secrets = (token, self.first, base64.b64encode(token.encode()).decode("ascii"))
        self._has_begun = False
        self._is_refused = False

    def __repr__(self) -> str:
        return f"Exchange({self.mechanism})"

    def first_with(self, command: str, *, limit: int) -> str | None:
        """Return the first word where it can go along with the command, as a line of `limit`.

        Taken as said then; None: the server asks for it.
        """
        if len(command) + 1 + len(self.first) + 2 > limit:
            return None
        self._has_begun = True
        return self.first

    def answer(self, challenge: bytes) -> bytes:
        """Return the line to say to a challenge, both in base64."""
        if not self._has_begun:
            self._has_begun = True
            return self.first.encode()
        if self._is_refused:
            return b"*"  # it was answered: whatever else is asked, we give up
        self._is_refused = True
        self.reason = self._reason(challenge)
        return base64.b64encode(b"\x01") if self.mechanism == "OAUTHBEARER" else b""

    def refusal(self, who: str, said: str) -> TokenRefusedError:
        """Return the error for a server that `said` no."""
        because = f" ({self.reason})" if self.reason else ""
        return TokenRefusedError(f"{who} refuses the access token: {said}{because}")

    def _reason(self, challenge: bytes) -> str:
        try:
            plain = base64.b64decode(challenge[:_LONGEST_REASON])
            said = json.loads(plain)
        except (ValueError, RecursionError):
            return ""
        if not isinstance(said, dict):
            return ""
        told = [f"{key} {said[key]}" for key in _REASONS if isinstance(said.get(key), str | int)]
        return transport.words(", ".join(told), secrets=self.secrets)
