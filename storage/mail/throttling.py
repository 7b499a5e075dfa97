"""A server that is too busy for us: whether it says so, and for how long. Pure."""

import re
from typing import Final

LONGEST_SECONDS: Final = 900.0
"A number that a server makes up must not keep a desk away for days."
_NOT_NOW = re.compile(
    r"\[(UNAVAILABLE|LIMIT|INUSE|THROTTLED)\]|too many|temporar|try again|throttled|rate limit|bandwidth limit"
    r"|(maximum|exceeded).{0,40}connections|connections.{0,40}exceeded",
    re.IGNORECASE,
)
_ABOUT_US = re.compile(
    r"\[(AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|PRIVACYREQUIRED)\]", re.IGNORECASE
)
"The code counts (RFC 5530), whatever stands beside it: 'Invalid credentials, please try again'."
_STATED = re.compile(
    r"(?:back-?off|retry|again|wait)\D{0,40}(\d{1,9})(?:\.\d+)?\s*(ms\b|milli|s\b|sec|m\b|min|h\b|hour)",
    re.IGNORECASE,
)
_UNITS: Final = {"ms": 0.001, "milli": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0, "hour": 3600.0}


def is_not_now(said: str) -> bool:
    """Return whether a refusal is about the moment, and not about what was asked for."""
    return _NOT_NOW.search(said) is not None and _ABOUT_US.search(said) is None


def stated_wait(said: str) -> float | None:
    """Return the seconds that a server asks to be left alone, at most 900; None: it names none.

    Exchange Online: "Request is throttled. Suggested Backoff Time: 1500 milliseconds".
    """
    found = _STATED.search(said)
    if found is None:
        return None
    return min(int(found[1]) * _UNITS.get(found[2].lower(), 1.0), LONGEST_SECONDS)
