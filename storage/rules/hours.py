"""Time as the team works it: how long it is from here to there, and when so much has passed.

Frames are read off the wall clock, durations are real time, so an hour in which the clock is
set back lasts two. Instants are milliseconds UTC.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from storage.records.hours import LATEST_MS, Frame, Hours

_FARTHEST_DAYS = 1_100
"Three years without an hour of work are a slip of the settings: the time is taken as it is."


def after(start_ms: int, work_ms: int, hours: Hours) -> int:
    """Return the instant at which `work_ms` of working time have passed since `start_ms`."""
    if hours.is_always or start_ms > LATEST_MS:
        return start_ms + work_ms
    left = work_ms
    for opens, closes in _stretches(start_ms, hours):
        room = closes - max(opens, start_ms)
        if left <= room:
            return max(opens, start_ms) + left
        left -= max(room, 0)
    return start_ms + work_ms


def between(start_ms: int, end_ms: int, hours: Hours) -> int:
    """Return how much working time lies between two instants, milliseconds; never negative."""
    if hours.is_always or start_ms > LATEST_MS:
        return max(0, end_ms - start_ms)
    worked = 0
    for opens, closes in _stretches(start_ms, hours):
        if opens >= end_ms:
            break
        worked += max(0, min(closes, end_ms) - max(opens, start_ms))
    return worked


def is_open(at_ms: int, hours: Hours) -> bool:
    """Return whether the team works at an instant."""
    return hours.is_always or between(at_ms, at_ms + 1, hours) > 0


def _stretches(start_ms: int, hours: Hours) -> Iterator[tuple[int, int]]:
    """Yield (opens, closes) of the frames from the day of `start_ms` on."""
    zone = _zone(hours.zone)
    midnight = datetime.fromtimestamp(start_ms // 1000, zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    for number in range(_FARTHEST_DAYS):
        day = midnight + timedelta(days=number)
        if day.date() in hours.days_off:
            continue
        for frame in hours.week[day.weekday()]:
            yield _instants(day, frame)


def _instants(day: datetime, frame: Frame) -> tuple[int, int]:
    opens, closes = (
        int((day + timedelta(minutes=one)).timestamp()) * 1000
        for one in (frame.opens, frame.closes)
    )
    return opens, closes


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
