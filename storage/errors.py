"""Errors of the desk.

The class says the reason and carries the data; the sentence says what could not be done,
then why. No mail text, address or password is in one.
"""

from collections.abc import Sequence

from storage.records.words import CloseRequirement


class DeskError(Exception):
    """Something could not be done; the sentence is for people."""

    code = "failed"


class RuleBrokenError(DeskError):
    """Refused by a rule; nothing was written."""

    code = "refused"


class CloseBlockedError(RuleBrokenError):
    """The ticket still lacks something it needs before it can be closed."""

    code = "close_blocked"
    _WORDS = {  # noqa: RUF012 - a constant, never written
        CloseRequirement.CATEGORY: "no category",
        CloseRequirement.AREA: "no product area",
        CloseRequirement.KB_LINK: "no KB link",
    }

    def __init__(self, handle: str, missing: frozenset[CloseRequirement]) -> None:
        names = " and ".join(self._WORDS[one] for one in CloseRequirement if one in missing)
        super().__init__(f"Ticket {handle} cannot be closed: {names}.")
        self.ticket = handle
        self.missing = missing


class NotFoundError(DeskError):
    """No such thing on this desk."""

    code = "not_found"


class AmbiguousError(DeskError):
    """A prefix that names several things."""

    code = "ambiguous"

    def __init__(self, message: str, candidates: Sequence[str]) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class UsageError(DeskError):
    """What was asked makes no sense: a mistake in a query, a value that is not allowed."""

    code = "usage"

    def __init__(self, message: str, *, position: int | None = None, nearest: str = "") -> None:
        super().__init__(message)
        self.position = position
        "Where in what was typed, from 0; None where it is about the whole."
        self.nearest = nearest
        "What may have been meant, ready to be put there."


class DeskUnavailableError(DeskError):
    """The desk is held by another console or engine, newer than this program, full or damaged."""

    code = "desk_unavailable"


class ServerError(DeskError):
    """The mail server is not reachable or refused us; nothing is lost, work stays queued."""

    code = "server"

    def __init__(self, message: str, *, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds
        "How long the server wants to be left alone; None: it does not say."


class LoginRefusedError(ServerError):
    """The server refused the name or password: stop and ask, never loop."""

    code = "login_refused"


class TokenRefusedError(LoginRefusedError):
    """The server refused an access token: the next one may be fresh, and it is tried once."""


class ConnectionLostError(ServerError):
    """The connection is dead and must not be used again."""

    code = "connection_lost"


class NotNowError(ServerError):
    """The server is busy or throttles us: nothing is wrong with what was asked for."""

    code = "not_now"


class SendDelayedError(ServerError):
    """A mail could not be handed over now; nobody got it, the same bytes may go later."""

    code = "send_delayed"


class SendRefusedError(ServerError):
    """The server will never take this mail; nobody got it, a person decides."""

    code = "send_refused"

    def __init__(self, message: str, recipients: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.recipients = tuple(recipients)
        "Each address that was refused, with the server's words; for the screen, not for a log."


class SendUnknownError(ServerError):
    """The connection broke while the mail was being taken: it may have been sent or not."""

    code = "send_unknown"
