"""Which ticket each mail belongs to, and why.

A pure fold over all mails of one component, run again whenever a mail joins: so the order
of fetching cannot matter, and every console decides alike. What it once called a ticket
leads to one for ever: by an alias (facts about both are one), or merged (a second ticket
that later mail dissolved: its notes and links join, its status does not).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from storage.records.ids import MessageKey
from storage.records.mail import Assignment, Correction, Placement, ThreadMail
from storage.rules.components import connecting_ids, named_ids, reported_ids
from storage.rules.placing import (
    MANY,
    Move,
    Placed,
    Placing,
    is_ours,
    own_uid,
    second_uid,
    twin_uid,
    uid_of_id,
)
from storage.rules.reading_order import reading_order


def assign(
    mails: Sequence[ThreadMail],
    corrections: Sequence[Correction] = (),
    *,
    former: Sequence[Correction] = (),
) -> Assignment:
    """Return the ticket, the verdict and the reason for each mail of one component.

    Args:
        mails: All mails of the component, in any order, each key once.
        corrections: What engineers decided; the last stamp counts for each message. The
            ticket may lie in another component.
        former: Corrections that were undone or replaced. A ticket that only a split had
            made is then merged into where its message went.

    Placements come in reading order. `merged` names only tickets that have no message of
    this component any more; a pair matters only where facts about the first uid exist, and
    not while mail of another component is on it.
    """
    order = reading_order(mails)
    alone = _read(order, {}, ())
    homes = _homes(alone)
    aliases = _aliases(alone, homes)
    final = alone
    if moves := _moves(corrections, aliases | _dissolved(alone, homes)):
        final = _read(order, moves, aliases)
        homes = _homes(final)
    merged = _emptied(alone, homes) | _dissolved(final, homes)
    for one in former:
        if uid := homes.get(one.key):
            merged.setdefault(one.ticket, uid)
    lasting = aliases.keys() | _tickets(final)
    return Assignment(
        placements=tuple(map(_placement, final.placed)),
        aliases=tuple(sorted(aliases.items())),
        merged=tuple(sorted((uid, into) for uid, into in merged.items() if uid not in lasting)),
    )


def _read(
    order: Sequence[ThreadMail], moves: Mapping[MessageKey, Move], taken: Collection[str]
) -> Placing:
    lengths = frozenset(len(one.subject_token) for one in order if one.subject_token)
    placing = Placing(moves=moves, taken=taken, token_lengths=lengths)
    for mail in order:
        placing.read(mail)
    return placing


def _moves(corrections: Sequence[Correction], leads: Mapping[str, str]) -> dict[MessageKey, Move]:
    return {
        one.key: Move(leads.get(one.ticket, one.ticket), one.by)
        for one in sorted(corrections, key=lambda one: one.stamp)
        if one.ticket
    }


def _tickets(placing: Placing) -> frozenset[str]:
    return frozenset(uid for uid, group in placing.groups.items() if group.is_ticket)


def _ticket_of(placed: Placed) -> str | None:
    found = placed.found
    return found.group.uid if found and found.group.is_ticket else None


def _homes(placing: Placing) -> dict[MessageKey, str]:
    """Return the ticket of each mail; of one that is on none, that of the first it touches.

    Empty where the component has no ticket.
    """
    by_id: dict[str, str] = {}
    for placed in placing.placed:
        if uid := _ticket_of(placed):
            for one in connecting_ids(placed.mail):
                by_id.setdefault(one, uid)
    first = next(filter(None, map(_ticket_of, placing.placed)), None)
    if first is None:
        return {}
    beside: dict[str, str] = {}
    for placed in placing.placed:
        if placed.found and not placed.found.group.is_ticket:
            met = (by_id[one] for one in _ids(placed.mail) if one in by_id)
            if uid := next(met, None):
                beside.setdefault(placed.found.group.uid, uid)
    return {
        placed.mail.key: _ticket_of(placed)
        or (beside.get(placed.found.group.uid) if placed.found else None)
        or first
        for placed in placing.placed
    }


def _ids(mail: ThreadMail) -> tuple[str, ...]:
    return (mail.message_id, *named_ids(mail), *reported_ids(mail))


def _aliases(alone: Placing, homes: Mapping[MessageKey, str]) -> dict[str, str]:
    """Return the uids that lead to a ticket without being one: of mails, and of ids unseen.

    Members claim an unseen id before mails that are only held; the first in reading order wins.
    """
    tickets = _tickets(alone)
    if not tickets:
        return {}
    here = {placed.mail.message_id for placed in alone.placed}
    members = [one for one in alone.placed if one.found and one.found.is_member]
    held = [one for one in alone.placed if not (one.found and one.found.is_member)]
    aliases: dict[str, str] = {}
    for placed in alone.placed:
        aliases.setdefault(own_uid(placed.mail), homes[placed.mail.key])
    for placed in chain(members, held):
        for one in (*named_ids(placed.mail), *reported_ids(placed.mail)):
            if one not in here:
                here.add(one)
                aliases.setdefault(uid_of_id(one), homes[placed.mail.key])
    return {uid: into for uid, into in aliases.items() if uid not in tickets}


def _dissolved(placing: Placing, homes: Mapping[MessageKey, str]) -> dict[str, str]:
    """Return the second tickets that may once have been made here, and where their mail is now.

    Computed, not remembered: a desk that is rebuilt must know them too.
    """
    if _is_of_one_person([placed.mail for placed in placing.placed]):
        return {}
    holders = Counter(placed.mail.message_id for placed in placing.placed)
    dissolved: dict[str, str] = {}
    for placed in placing.placed:
        mail = placed.mail
        is_repeated = bool(mail.message_id) and holders[mail.message_id] > 1
        if mail.key in homes and (is_repeated or named_ids(mail)):
            dissolved.setdefault(second_uid(mail), homes[mail.key])
            if is_repeated:
                dissolved.setdefault(twin_uid(mail), homes[mail.key])
    return dissolved


def _is_of_one_person(mails: Sequence[ThreadMail]) -> bool:
    """Say whether one address takes part in every mail, so that none was ever turned away.

    So it is with most conversations: they need no second names.
    """
    common: set[str] = set()
    for number, mail in enumerate(mails):
        people = set(mail.recipients) if is_ours(mail) else {mail.sender, *mail.recipients} - {""}
        if mail.is_report or (is_ours(mail) and len(people) > MANY):
            return False
        common = common & people if number else people
    return bool(common) and all(is_ours(one) or one.sender in common for one in mails)


def _emptied(alone: Placing, homes: Mapping[MessageKey, str]) -> dict[str, str]:
    """Return each ticket of threading alone with where corrections left its first message."""
    emptied: dict[str, str] = {}
    for placed in alone.placed:
        if (uid := _ticket_of(placed)) and not is_ours(placed.mail):
            emptied.setdefault(uid, homes[placed.mail.key])
    return emptied


def _placement(placed: Placed) -> Placement:
    uid = _ticket_of(placed)
    if placed.found is None:
        why = "waits for the text of the report"
    elif uid is None:
        why = "only mail of ours so far"
    else:
        why = placed.found.why
    is_member = placed.found is None or placed.found.is_member
    return Placement(key=placed.mail.key, ticket=uid, is_member=is_member, why=why)
