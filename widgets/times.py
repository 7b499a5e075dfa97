"""Times as a list has room for: one number and one letter."""

from datetime import datetime, timedelta

_UNITS = (
    (timedelta(days=365), "y"),
    (timedelta(weeks=2), "w"),
    (timedelta(days=1), "d"),
    (timedelta(hours=1), "h"),
    (timedelta(minutes=1), "m"),
)


def span(length: timedelta) -> str:
    """Return a length in its largest unit, rounded down: '45m', '3h', '12d', '5w'."""
    for unit, letter in _UNITS:
        if length >= unit:
            whole = timedelta(weeks=1) if letter == "w" else unit
            return f"{length // whole}{letter}"
    return "0m"


def age(at: datetime, *, now: datetime) -> str:
    """Return how long ago `at` was; 'now' within a minute and for a time still to come."""
    return "now" if now - at < timedelta(minutes=1) else span(now - at)


def due(at: datetime, *, now: datetime) -> tuple[str, str]:
    """Return the words of a deadline and their role: 'in 45m', 'late 3h'."""
    left = at - now
    if left < timedelta(0):
        return f"late {span(-left)}", "sla-breached"
    if left <= timedelta(hours=1):
        return f"in {span(left)}", "sla-soon"
    return f"in {span(left)}", "sla-fine"


def moment(at: datetime, *, now: datetime) -> str:
    """Return when something was said, in the reader's own time zone, the year only if another."""
    here, today = at.astimezone(), now.astimezone()
    if here.date() == today.date():
        return here.strftime("today %H:%M")
    if here.year == today.year:
        return here.strftime("%a %d %b %H:%M")
    return here.strftime("%d %b %Y %H:%M")


def countdown(until: datetime, *, now: datetime) -> int:
    """Return the whole seconds left, rounded up; 0 once it is over."""
    left = (until - now).total_seconds()
    return max(0, -int(-left // 1))
