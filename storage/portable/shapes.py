"""What a decision may hold, by its key: what no rotadesk writes is no decision.

Folds read what colleagues wrote and trust its shape. An export may come from anywhere; a key
that is unknown here is kept and read by nobody, as with a colleague's newer rotadesk.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from storage.records import keys
from storage.records.facts import Json

Fits: TypeAlias = Callable[[Json], bool]
_UID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}")


def fits(entity: str, key: str, value: Json) -> bool:
    """Return whether a decision about `entity` may say so; None, as if never set, always may."""
    if value is None:
        return True
    kind = entity.partition(":")[0]
    if kind == keys.DESK:
        return _is_setting(value)
    if kind == "message" and key == keys.TICKET:
        return isinstance(value, str) and bool(_UID.fullmatch(value))
    if (fit := _BY_KEY.get(key)) is not None:
        return fit(value)
    return next((fit(value) for start, fit in _BY_START.items() if key.startswith(start)), True)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_number(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool)


def _are_texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_element(value: Json) -> bool:
    return isinstance(value, bool | str)


def _is_setting(value: Json) -> bool:
    return isinstance(value, bool | str) or _are_texts(value)


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
    keys.SNOOZED_UNTIL: _is_number,
    keys.CLOCK: _is_number,
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
