"""Which mails must be looked at together to say where each belongs.

Mails hang together by the ids they have or name, seen here or not: two answers to a mail
that never came still find each other. The intake keeps the groups in a table; `components`
is the same for a set in memory.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from storage.records.mail import ThreadMail

_EITHER_END = 50
"Of a References header: enough for any conversation, and a bomb of 50,000 costs nothing."


def named_ids(mail: ThreadMail) -> tuple[str, ...]:
    """Return the ids that `mail` answers, nearest first: In-Reply-To, then References backwards.

    Its own id is left out, and the middle of what is longer than any conversation.
    """
    references = _ends(mail.references)
    ids = dict.fromkeys(chain(_ends(mail.in_reply_to), reversed(references)))
    ids.pop(mail.message_id, None)
    ids.pop("", None)
    return tuple(ids)


def reported_ids(mail: ThreadMail) -> tuple[str, ...]:
    """Return the ids that a bounce reports on."""
    return tuple(one for one in dict.fromkeys(_ends(mail.reported_ids)) if one)


def connecting_ids(mail: ThreadMail) -> frozenset[str]:
    """Return every id that puts `mail` into a component: its own, named, reported."""
    own = (mail.message_id,) if mail.message_id else ()
    return frozenset(chain(own, named_ids(mail), reported_ids(mail)))


def components(mails: Iterable[ThreadMail]) -> list[list[ThreadMail]]:
    """Return the groups of mails that share an id, directly or through others."""
    groups: dict[int, list[ThreadMail]] = {}
    group_of: dict[str, int] = {}
    for number, mail in enumerate(mails):
        ids = connecting_ids(mail)
        met = sorted(
            {group_of[one] for one in ids if one in group_of}, key=lambda g: len(groups[g])
        )
        into = met.pop() if met else number
        groups.setdefault(into, []).append(mail)
        for smaller in met:
            moved = groups.pop(smaller)
            groups[into] += moved
            group_of.update(dict.fromkeys(chain(*map(connecting_ids, moved)), into))
        group_of.update(dict.fromkeys(ids, into))
    return list(groups.values())


def _ends(ids: Sequence[str]) -> Sequence[str]:
    if len(ids) <= 2 * _EITHER_END:
        return ids
    return (*ids[:_EITHER_END], *ids[-_EITHER_END:])
