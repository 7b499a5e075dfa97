"""In which order threading reads mails: the same for every order of fetching."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from heapq import heappop, heappush

from storage.records.mail import ThreadMail
from storage.rules.components import named_ids, reported_ids


def reading_order(mails: Iterable[ThreadMail]) -> list[ThreadMail]:
    """Return `mails` with parents before what names them, then by arrival, Date, key.

    Where mails name each other in a circle, the earliest of those left is read first.
    Time grows with the ids named, not with pairs of mails.
    """
    ranked = sorted(mails, key=lambda one: (one.arrival_ms, one.date_ms, one.key))
    # Through the id, not from mail to mail: thousands may share one id and thousands name it.
    unread_holders = Counter(one.message_id for one in ranked if one.message_id)
    blocked = [0] * len(ranked)
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for rank, mail in enumerate(ranked):
        for one in {*named_ids(mail), *reported_ids(mail)} - {mail.message_id}:
            if one in unread_holders:
                blocked[rank] += 1
                waiting[one].append(rank)

    ready = [rank for rank, count in enumerate(blocked) if not count]  # sorted, so a heap
    is_read = [False] * len(ranked)
    order: list[ThreadMail] = []
    earliest = 0
    while len(order) < len(ranked):
        if ready:
            rank = heappop(ready)
        else:
            while is_read[earliest]:
                earliest += 1
            rank = earliest
        if is_read[rank]:
            continue
        is_read[rank] = True
        order.append(ranked[rank])
        for freed in _freed(ranked[rank].message_id, unread_holders, waiting, blocked):
            heappush(ready, freed)
    return order


def _freed(
    message_id: str,
    unread_holders: Counter[str],
    waiting: defaultdict[str, list[int]],
    blocked: list[int],
) -> list[int]:
    """Return the ranks that wait for nothing any more, now that a holder of the id was read."""
    if not message_id:
        return []
    unread_holders[message_id] -= 1
    if unread_holders[message_id]:
        return []
    for rank in waiting[message_id]:
        blocked[rank] -= 1
    return [rank for rank in waiting[message_id] if not blocked[rank]]
