"""What a decision may say, by its key: a fold sees nothing else.

A colleague's rotadesk may be newer, and a fact may have been tampered with. What this version
cannot read stays in the journal, for the version that can, and is passed over; so is a key
that is unknown here. Only what a journal cannot even hold is left out of it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from storage.records import keys
from storage.records.facts import Fact, Json, Stamped

Fits: TypeAlias = Callable[[Json], bool]
LATEST_MS: Final = 1 << 47
"In the year 6429: whatever is counted from then on is still a date, and has a number left."
_DEEPEST: Final = 32
_LARGEST: Final = 1 << 63
_ID_BYTES: Final = 16
_UID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}")
_NAMES: Final[Mapping[str, re.Pattern[str]]] = {
    keys.DESK: re.compile(""),
    "message": re.compile(r"[0-9a-f]{32}"),
    **dict.fromkeys(("ticket", "bug", "feature", "article"), _UID),
}


def can_be_kept(one: Stamped) -> bool:
    """Return whether a journal can hold the fact, and give it back."""
    fact = one.fact
    if len(one.stamp) != _ID_BYTES or len(one.change) != _ID_BYTES or one.at_ms > LATEST_MS:
        return False
    names = (one.kind, one.actor, fact.entity, fact.key)
    return all(map(_is_text, names)) and _is_plain(fact.value, _DEEPEST)


def fits(fact: Fact) -> bool:
    """Return whether a decision may say so; None, as if never set, always may.

    What it is about, or the key, may be of a newer rotadesk: that fits.
    """
    kind, _, name = fact.entity.partition(":")
    named = _NAMES.get(kind)
    if named is not None and not named.fullmatch(name):
        return False
    return value_fits(kind, fact.key, fact.value)


def value_fits(kind: str, key: str, value: Json) -> bool:
    """Return whether a decision about a ticket, a bug, … may say so."""
    if value is None:
        return True
    if kind == keys.DESK:
        return _is_setting(value)
    if kind == "message" and key == keys.TICKET:
        return isinstance(value, str) and bool(_UID.fullmatch(value))
    if (fit := _BY_KEY.get(key)) is not None:
        return fit(value)
    return next((fit(value) for start, fit in _BY_START.items() if key.startswith(start)), True)


def _is_plain(value: Json, left: int) -> bool:
    """Return whether it is JSON that two machines write alike, and not built to be endless."""
    if isinstance(value, str):
        return _is_text(value)
    if value is None or isinstance(value, int):
        return value is None or abs(value) < _LARGEST
    if isinstance(value, list | tuple):
        return left > 0 and all(_is_plain(one, left - 1) for one in value)
    return (
        isinstance(value, dict)
        and left > 0
        and all(_is_text(name) and _is_plain(one, left - 1) for name, one in value.items())
    )


def _is_text(value: Json) -> bool:
    """Return whether it is text that can be written down: half a surrogate pair cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_instant(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LATEST_MS


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool)


def _are_texts(value: Json) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value))


def _is_element(value: Json) -> bool:
    return isinstance(value, bool) or _is_text(value)


def _is_setting(value: Json) -> bool:
    return _is_element(value) or _are_texts(value)


def _is_version(value: Json) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"title", "text", "parents"}
        and _is_text(value["title"])
        and _is_text(value["text"])
        and _are_texts(value["parents"])
    )


_BY_KEY: Final[Mapping[str, Fits]] = {
    keys.SEEN: _are_texts,
    keys.SNOOZED_UNTIL: _is_instant,
    keys.CLOCK: _is_instant,
    keys.FORM + "reproduced": _is_flag,
    keys.FORM + "links": _are_texts,
    **dict.fromkeys(
        (
            *(keys.STATUS, keys.CATEGORY, keys.AREA, keys.ASSIGNEE, keys.PRIORITY, keys.TITLE),
            *(keys.SEVERITY, keys.STATE, keys.FIXER, keys.AUDIENCE, keys.OWNER),
        ),
        _is_text,
    ),
}
_BY_START: Final[Mapping[str, Fits]] = {
    keys.FORM: _is_text,
    keys.NOTE: _is_text,
    keys.REVISION: _is_version,
    **dict.fromkeys((keys.KB, keys.BUG, keys.FEATURE, keys.TAG), _is_element),
}
