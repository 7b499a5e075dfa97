"""Errors in the words of whoever reads them: the sentence, and what to do next.

Storage says what could not be done and why; it knows no key and no command. This is the one
place that adds them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage import errors
from storage.records.words import CloseRequirement


@dataclass(frozen=True, slots=True)
class Told:
    """What is said to a person about an error."""

    sentence: str
    next_step: str = ""
    "Empty where there is nothing to do but read."


_MEND_BY_KEY: Final = {
    CloseRequirement.CATEGORY: "1-6: category",
    CloseRequirement.AREA: "a: product area",
    CloseRequirement.KB_LINK: "K: link an article, m: write one",
}
_MEND_BY_COMMAND: Final = {
    CloseRequirement.CATEGORY: "--category NAME",
    CloseRequirement.AREA: "--area NAME",
    CloseRequirement.KB_LINK: "--link ARTICLE|URL",
}


def for_screen(error: errors.DeskError) -> Told:
    """Return the sentence and the key that helps."""
    return Told(str(error), _next_step(error, _KEYS))


def for_command(error: errors.DeskError) -> Told:
    """Return the sentence and the command or option that helps."""
    return Told(str(error), _next_step(error, _COMMANDS))


def fault(log: Path) -> str:
    """Return the sentence for a fault of ours; what broke stands in the log, not on the screen."""
    return (
        f"Something in rotadesk itself broke; your desk is as it was. Please report it with {log}."
    )


Steps = tuple[tuple[type[errors.DeskError], Callable[[errors.DeskError], str]], ...]


def _next_step(error: errors.DeskError, steps: Steps) -> str:
    return next((step(error) for kind, step in steps if isinstance(error, kind)), "")


def _missing(error: errors.DeskError, mend: dict[CloseRequirement, str], between: str) -> str:
    missing = error.missing if isinstance(error, errors.CloseBlockedError) else frozenset()
    return between.join(mend[one] for one in CloseRequirement if one in missing)


def _candidates(error: errors.DeskError) -> str:
    return ", ".join(error.candidates) if isinstance(error, errors.AmbiguousError) else ""


_KEYS: Final[Steps] = (
    (errors.CloseBlockedError, lambda error: _missing(error, _MEND_BY_KEY, ", ")),
    (errors.AmbiguousError, _candidates),
    (
        errors.TokenRefusedError,
        lambda _: "Authorize again with the program of password_command, then $: try again",
    ),
    (errors.LoginRefusedError, lambda _: "Mend the account in config.toml, then $: try again"),
    (errors.ServerError, lambda _: "Nothing is lost; $: try again"),
    (errors.DeskUnavailableError, lambda _: "q: leave, then rotadesk doctor"),
)
_COMMANDS: Final[Steps] = (
    (
        errors.CloseBlockedError,
        lambda error: f"Add {_missing(error, _MEND_BY_COMMAND, ' and ')} to close.",
    ),
    (errors.AmbiguousError, lambda error: f"One of: {_candidates(error)}."),
    (
        errors.TokenRefusedError,
        lambda _: "Authorize again with the program of account.password_command.",
    ),
    (errors.LoginRefusedError, lambda _: "Mend the account: rotadesk setup."),
    (errors.ServerError, lambda _: "Nothing is lost; work stays queued."),
    (errors.DeskUnavailableError, lambda _: "rotadesk doctor says more."),
)
