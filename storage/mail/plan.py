"""What to ask a server for next. Pure: what we know and what the server says, in; windows, out.

A cursor is two UIDs: every header from `low` to `high` has been asked for. Backfill moves
`low` down, new mail moves `high` up, so neither can leave a gap between them, whatever
arrives while the other is under way and whenever the process dies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from storage.records.mail import Folder
from storage.records.remote import FetchedHeaders, Selected
from storage.records.ticket import ON_DEMAND_BYTES

FIRST_WINDOW = 200
"The newest headers, on the desk before anything else is asked for."
WINDOW = 500
BATCH_MAILS = 100
BATCH_BYTES = 2_000_000
SMALL_BODY = 1_000_000
"Bytes; what is larger comes after everything else."
LARGEST_BODY = ON_DEMAND_BYTES
"Bytes; what is larger comes only when somebody wishes for it."
SUSPICIOUS_COUNT = 500
SUSPICIOUS_SHARE = 0.2


class Opening(StrEnum):
    """What a folder turned out to be when it was opened."""

    FRESH = "fresh"
    SAME = "same"
    RENUMBERED = "renumbered"
    "Every UID means something else now: the places are forgotten, the messages stay."


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Headers to ask for at once, and where the cursor stands once they are on the desk."""

    uids: tuple[int, ...]
    "In the order in which they are to be stored."
    high_uid: int
    low_uid: int
    is_new_mail: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Headers for one transaction, and the cursor that is true with them."""

    rows: tuple[FetchedHeaders, ...]
    high_uid: int
    low_uid: int


def opening(folder: Folder, said: Selected) -> Opening:
    """Judge a folder by its UIDVALIDITY; a UIDNEXT that went back means as much."""
    if folder.uidvalidity is None:
        return Opening.FRESH
    went_back = said.uidnext is not None and said.uidnext <= folder.high_uid
    if said.uidvalidity != folder.uidvalidity or went_back:
        return Opening.RENUMBERED
    return Opening.SAME


def new_mail(uids: Sequence[int], *, low_uid: int, upto: int) -> Iterator[Window]:
    """Yield windows over `uids` (all above the cursor), oldest first.

    Oldest first, because `high` may only pass what is on the desk. The last window moves
    it to `upto`: UIDs that exist no more need not be looked for again.
    """
    ordered = sorted(uids)
    for start in range(0, len(ordered), WINDOW):
        some = ordered[start : start + WINDOW]
        is_last = start + WINDOW >= len(ordered)
        high = max(upto, some[-1]) if is_last else some[-1]
        yield Window(uids=tuple(some), high_uid=high, low_uid=low_uid, is_new_mail=True)


def backfill(uids: Sequence[int], *, high_uid: int, is_first: bool) -> Iterator[Window]:
    """Yield windows over `uids` (all below the cursor), newest first, down to UID 1."""
    ordered = sorted(uids, reverse=True)
    start, size = 0, FIRST_WINDOW if is_first else WINDOW
    while start < len(ordered):
        some = ordered[start : start + size]
        start, size = start + size, WINDOW
        low = some[-1] if start < len(ordered) else 1
        yield Window(uids=tuple(some), high_uid=high_uid, low_uid=low, is_new_mail=False)


def batches(
    window: Window, rows: Sequence[FetchedHeaders], *, most: int = BATCH_MAILS
) -> Iterator[Batch]:
    """Yield what came of a window in the order of its UIDs, cut for the write lock.

    What the server left out is passed over; the last batch moves the cursor past it.
    """
    by_uid = {row.uid: row for row in rows}
    came = [by_uid[uid] for uid in window.uids if uid in by_uid]
    start_high = came[0].uid - 1 if window.is_new_mail and came else window.high_uid
    cuts = list(_cut([len(row.raw) for row in came], most=most))
    for first, last in cuts:
        some = came[first:last]
        is_last = last == len(came)
        high, low = window.high_uid, window.low_uid
        if not is_last:
            high = max(start_high, some[-1].uid) if window.is_new_mail else high
            low = low if window.is_new_mail else some[-1].uid
        yield Batch(rows=tuple(some), high_uid=high, low_uid=low)
    if not cuts:
        yield Batch(rows=(), high_uid=window.high_uid, low_uid=window.low_uid)


def cut(sizes: Sequence[int], *, most: int, most_bytes: int = BATCH_BYTES) -> Iterator[range]:
    """Yield ranges over `sizes` of at most `most` items and, beyond the first, `most_bytes`."""
    for first, last in _cut(sizes, most=most, most_bytes=most_bytes):
        yield range(first, last)


def is_suspicious(gone: int, *, of: int) -> bool:
    """Return whether so many removals must be said twice before they are believed."""
    return gone > SUSPICIOUS_COUNT or gone > SUSPICIOUS_SHARE * of


def _cut(
    sizes: Sequence[int], *, most: int, most_bytes: int = BATCH_BYTES
) -> Iterator[tuple[int, int]]:
    first, held = 0, 0
    for at, size in enumerate(sizes):
        if at > first and (at - first >= most or held + size > most_bytes):
            yield first, at
            first, held = at, 0
        held += size
    if first < len(sizes):
        yield first, len(sizes)
