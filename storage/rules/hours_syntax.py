"""How hours and targets are written: '09:00-12:00 13:00-17:00' and 'first 4h, resolve 3d'."""

import re
from datetime import timedelta

from storage.records.hours import Frame, Target

_FRAME = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_SPAN = re.compile(r"(\d{1,4})(m|h|d)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_DAY = 24 * 60
_LONGEST = timedelta(days=366)


def frames(text: str) -> tuple[Frame, ...]:
    """Read the hours of one day; none where nobody works.

    Raises:
        ValueError: with the end of a sentence that says what is wrong.
    """
    found: list[Frame] = []
    for word in text.replace(",", " ").split():
        one = _FRAME.fullmatch(word)
        if one is None:
            raise ValueError(f"{word!r} is no time of day; write it as 09:00-17:00")
        opens, closes = (
            int(hour) * 60 + int(minute) for hour, minute in (one.group(1, 2), one.group(3, 4))
        )
        if not opens < closes <= _DAY or int(one[2]) > 59 or int(one[4]) > 59:
            raise ValueError(f"{word!r} does not end later that day than it begins")
        if found and opens < found[-1].closes:
            raise ValueError(f"{word!r} begins before the one before it ends")
        found.append(Frame(opens, closes))
    return tuple(found)


def target(text: str) -> Target:
    """Read a target: 'first 1h', 'resolve 3d', 'always' (around the clock), with commas.

    A day is 24 hours of work.

    Raises:
        ValueError: as above.
    """
    spans: dict[str, timedelta] = {}
    is_always = False
    for part in text.split(","):
        words = part.split()
        match words:
            case []:
                continue
            case ["always"]:
                is_always = True
            case ["first" | "resolve" as what, span]:
                spans[what] = _span(span)
            case _:
                raise ValueError(
                    f"{part.strip()!r} is neither 'first 4h', 'resolve 3d' nor 'always'"
                )
    return Target(
        first_response=spans.get("first"),
        resolution=spans.get("resolve"),
        is_around_the_clock=is_always,
    )


def written_target(one: Target) -> str:
    """Return a target as `target` reads it."""
    parts = [
        f"{word} {_written(span)}"
        for word, span in (("first", one.first_response), ("resolve", one.resolution))
        if span is not None
    ]
    return ", ".join([*parts, "always"] if one.is_around_the_clock else parts)


def _span(word: str) -> timedelta:
    found = _SPAN.fullmatch(word)
    span = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    if not timedelta() < span <= _LONGEST:
        raise ValueError(f"{word!r} is no span of time; write it as 30m, 4h or 2d")
    return span


def _written(span: timedelta) -> str:
    unit = next(name for name in "dhm" if not span % _UNITS[name])
    return f"{span // _UNITS[unit]}{unit}"
