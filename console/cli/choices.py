"""Words that a person may type for a stored one."""

from enum import StrEnum
from typing import Final, TypeVar

from storage.errors import UsageError

NONE: Final = "none"
"Takes a value away."
Word = TypeVar("Word", bound=StrEnum)


def one_of(kind: type[Word], typed: str, *, what: str, but: frozenset[Word] = frozenset()) -> Word:
    """Return the stored word that was typed; case, '-' and ' ' for '_' do not matter.

    Raises:
        UsageError: there is no such word; with the nearest and all that are allowed.
    """
    meant = typed.strip().lower().replace("-", "_").replace(" ", "_")
    allowed = [one for one in kind if one not in but]
    for one in allowed:
        if one.value == meant:
            return one
    import difflib  # noqa: PLC0415 - only a mistake needs it

    near = difflib.get_close_matches(meant, [one.value for one in allowed], 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    names = ", ".join(one.value for one in allowed)
    raise UsageError(f"There is no {what} '{typed[:40]}': {names} are allowed.{hint}")


def or_none(typed: str) -> str | None:
    """Return what was typed, or None where it says that nothing shall be there."""
    return None if typed.strip().lower() == NONE else typed
