"""Which ids make mails hang together, so that they are looked at as one component.

By the ids they have or name, seen here or not: two answers to a mail that never came still
find each other.
"""

from collections.abc import Sequence
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


def _ends(ids: Sequence[str]) -> Sequence[str]:
    if len(ids) <= 2 * _EITHER_END:
        return ids
    return (*ids[:_EITHER_END], *ids[-_EITHER_END:])
