"""Targets. First response: to the first human answer that was accepted; never pauses."""

from datetime import timedelta

from storage.records.words import Priority

FIRST_RESPONSE = {
    Priority.CRITICAL: timedelta(hours=1),
    Priority.HIGH: timedelta(hours=4),
    Priority.NORMAL: timedelta(hours=24),
    Priority.LOW: timedelta(hours=24),
}
"Source: FM-08, targets by channel and weight; email is answered within a day."


def first_response_due_ms(created_ms: int, priority: Priority) -> int:
    """Return the instant (ms UTC) until which a customer should have a first answer."""
    return created_ms + FIRST_RESPONSE[priority] // timedelta(milliseconds=1)
