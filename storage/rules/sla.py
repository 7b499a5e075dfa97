"""Targets. First response: to the first human answer that was accepted; never pauses.

Resolution: to the close, and the time in which the ticket waits on the customer, on hold or
asleep does not count. Where several targets speak of a ticket, the shortest holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from storage.records.hours import Hours, Target
from storage.records.words import Priority
from storage.rules import hours as working

DEFAULTS: Mapping[str, Target] = {
    Priority.CRITICAL: Target(first_response=timedelta(hours=1), is_around_the_clock=True),
    Priority.HIGH: Target(first_response=timedelta(hours=4)),
    Priority.NORMAL: Target(first_response=timedelta(hours=24)),
    Priority.LOW: Target(first_response=timedelta(hours=24)),
    "enterprise": Target(first_response=timedelta(hours=4)),
}
"Source: FM-08, targets by channel and weight; email is answered within a day."
TARGETS = (*DEFAULTS, "email")
"What a target can be named after: a priority or a channel."

ALWAYS = Hours()
Pause = tuple[int, int | None]
"From, to (milliseconds UTC); None: still."


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a team promises, and by which hours it counts."""

    targets: Mapping[str, Target]
    "By priority or channel."
    hours: Hours

    def first_response_due_ms(
        self, start_ms: int, *, priority: Priority, channel: str
    ) -> int | None:
        """Return until when a customer should have a first answer; None: nothing is promised."""
        return min(
            (
                working.after(start_ms, _ms(one.first_response), self._hours(one))
                for one in self._of(priority, channel)
                if one.first_response is not None
            ),
            default=None,
        )

    def resolution_due_ms(
        self, start_ms: int, pauses: Sequence[Pause], *, priority: Priority, channel: str
    ) -> int | None:
        """Return until when the ticket should be closed; None: nothing is promised, or it waits.

        `pauses` ascend and do not touch.
        """
        dues = [
            _due_ms(start_ms, pauses, _ms(one.resolution), self._hours(one))
            for one in self._of(priority, channel)
            if one.resolution is not None
        ]
        return min((due for due in dues if due is not None), default=None)

    def _of(self, priority: Priority, channel: str) -> list[Target]:
        return [self.targets[name] for name in (priority, channel) if name in self.targets]

    def _hours(self, target: Target) -> Hours:
        return ALWAYS if target.is_around_the_clock else self.hours


def _due_ms(start_ms: int, pauses: Sequence[Pause], target_ms: int, hours: Hours) -> int | None:
    left, at = target_ms, start_ms
    for begins, ends in pauses:
        worked = working.between(at, begins, hours)
        if worked >= left:
            break
        if ends is None:
            return None
        left -= worked
        at = max(at, ends)
    return working.after(at, left, hours)


def _ms(span: timedelta | None) -> int:
    return 0 if span is None else span // timedelta(milliseconds=1)
