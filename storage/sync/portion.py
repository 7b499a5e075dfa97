"""How many texts are asked for at once on one connection."""

from typing import Final

from storage.mail import plan
from storage.sync.pace import Pace

MOST_AT_ONCE: Final = 50
_QUICK_SECONDS: Final = 1.0
_PATIENT_SECONDS: Final = 5.0
_FEWEST_BYTES: Final = 50_000


class Portion:
    """Learns from the time an answer takes: news and wishes wait behind it."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._bytes = plan.BATCH_BYTES
        self.is_quick = True
        "The last answer came soon: asking ahead keeps nobody waiting."

    @property
    def most(self) -> int:
        return self._pace.of(MOST_AT_ONCE)

    @property
    def most_bytes(self) -> int:
        return self._pace.of(self._bytes)

    def answered(self, *, seconds: float) -> None:
        """Ask for less where an answer took long, for more again where it did not."""
        self.is_quick = seconds < _QUICK_SECONDS
        if seconds > _PATIENT_SECONDS:
            self._bytes = max(_FEWEST_BYTES, self._bytes // 2)
        elif seconds < _PATIENT_SECONDS / 4:
            self._bytes = min(plan.BATCH_BYTES, self._bytes * 2)
        self._pace.went_well()
