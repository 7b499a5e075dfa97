"""Words that a person may type for a stored one."""

import re
from enum import StrEnum
from typing import Final, TypeVar

from storage.errors import UsageError
from storage.records.address import Address

NONE: Final = "none"
"Takes a value away."
ME: Final = "me"
_ADDRESS: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+")
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


def engineer(typed: str, *, me: Address) -> str | None:
    """Return the address of the engineer that was typed; None for none, mine for me.

    Raises:
        UsageError: it is no address.
    """
    if or_none(typed) is None:
        return None
    if typed.strip().lower() == ME:
        return me.email
    if not _ADDRESS.fullmatch(typed) or not typed.isprintable():
        raise UsageError(f"'{typed[:80]}' is no address of an engineer.")
    return typed.lower()


def or_none(typed: str) -> str | None:
    """Return what was typed, or None where it says that nothing shall be there."""
    return None if typed.strip().lower() == NONE else typed
