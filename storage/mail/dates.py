"""The Date field, as the world writes it."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"What lies outside is somebody's joke or a flat battery; it must not lead every list for ever."

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_USUAL = re.compile(
    r"\s*(?:[A-Za-z]{2,9}\.?,?\s*)?(\d{1,2})[\s-]([A-Za-z]{3})[a-z]{0,6}\.?[\s-](\d{4}),?\s+"
    r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(?:([+-])(\d{2}):?(\d{2})|(?:GMT|UTC|UT|Z)\b)"
)
_LONGEST = 200


def instant(said: str) -> datetime | None:
    """Return the moment a Date field names, UTC; None where it cannot be read.

    Without a zone it counts as UTC; a zone that is more than a day away is ignored.
    """
    said = said[:_LONGEST]
    try:
        found = _USUAL.match(said)
        if found and found.group(2).lower() in _MONTHS:
            return _usual(found)
        return _unusual(said)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def clamped(moment: datetime) -> datetime:
    """Return `moment`, or the nearest one between 1970 and 2100."""
    return min(max(moment, EARLIEST), LATEST)


def _usual(found: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    local = datetime(
        int(year),
        _MONTHS[month.lower()],
        int(day),
        int(hour),
        int(minute),
        # A leap second is a second that datetime does not know.
        min(int(second or 0), 59),
        tzinfo=UTC,
    )
    return local if sign is None else _shifted(local, sign, int(hours) * 60 + int(minutes))


def _shifted(local: datetime, sign: str, minutes: int) -> datetime:
    if minutes >= 24 * 60:
        return local
    offset = timedelta(minutes=minutes)
    return local - offset if sign == "+" else local + offset


def _unusual(said: str) -> datetime | None:
    if re.match(r"\s*\d{4}-\d\d-\d\d", said):
        moment = datetime.fromisoformat(said.strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    read = parsedate_tz(said)
    if read is None:
        return None
    year, month, day, hour, minute, second = read[:6]
    # RFC 5322, 4.3: "102" is what programs wrote that counted from 1900.
    year += 1900 if 100 <= year < 1000 else 0
    local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    offset = (read[9] or 0) // 60
    return _shifted(local, "-" if offset < 0 else "+", abs(offset))
