"""When the team works, and how soon a customer should hear from it."""

from dataclasses import dataclass
from datetime import date, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LATEST_MS = 221_845_392_000_000
"The year 9000: what a mailbox or a colleague dates later is beyond what can be reckoned with."


@dataclass(frozen=True, slots=True)
class Frame:
    """A stretch of a day, as the clock on the team's wall shows it."""

    opens: int
    "Minutes since midnight."
    closes: int
    "Minutes since midnight, up to 1440; later than `opens`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The hours of work. Without any frame a desk works around the clock."""

    zone: str = "UTC"
    "A name of the IANA time zone database."
    week: tuple[tuple[Frame, ...], ...] = ((),) * 7
    "Monday first; the frames of a day ascend and do not touch."
    days_off: frozenset[date] = frozenset()

    @property
    def is_always(self) -> bool:
        return not any(self.week)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is promised to tickets of a priority or a channel."""

    first_response: timedelta | None = None
    "None: nothing."
    resolution: timedelta | None = None
    is_around_the_clock: bool = False
    "The hours of work do not matter."
