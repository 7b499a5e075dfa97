"""Who a reply goes to, what it is called and what it quotes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.records.mail import Address
from storage.records.ticket import MessageItem
from storage.records.words import Direction

_RE_PREFIX = re.compile(
    r"(?:\s*(?:re|aw|sv|vs|antw|odp|ynt|res|rif|rv|回复|答复|回覆|답장)(?:\[\d{1,3}\])?\s*[:\uff1a])+\s*",
    re.IGNORECASE,
)
_KEPT_REFERENCES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    asked_elsewhere: tuple[Address, ...] = ()
    "A Reply-To in another domain: not followed, to be shown beside the sender."


def reply_subject(subject: str) -> str:
    """Return `subject` with exactly one 'Re: ', whatever language piled up before it."""
    return f"Re: {_RE_PREFIX.sub('', subject, count=1) if _RE_PREFIX.match(subject) else subject}"


def reply_references(message_id: str, references: Sequence[str]) -> tuple[str, ...]:
    """Return the References of an answer to a mail: its own, then its id, oldest first.

    Of a long line the first and the last are kept.
    """
    line = list(dict.fromkeys(one for one in (*references, message_id) if one))
    if len(line) > _KEPT_REFERENCES:
        line = [line[0], *line[-(_KEPT_REFERENCES - 1) :]]
    return tuple(line)


def reply_recipients(
    message: MessageItem, *, own_addresses: Iterable[str], to_all: bool = False
) -> Recipients:
    """Return who an answer to `message` goes to, our own addresses taken out.

    A mail of ours is continued: it goes to whom it went. Reply-To is followed only within
    the sender's domain; else the sender is answered and the wish is named.

    Args:
        message: What is answered.
        own_addresses: The desk's address and its aliases, lower case.
        to_all: Everybody of To and Cc stays where they stood.
    """
    own = {one.lower() for one in own_addresses}
    asked_elsewhere: tuple[Address, ...] = ()
    if message.direction is Direction.OUT:
        first = message.to
    else:
        wished = tuple(one for one in message.reply_to if one.email and one.email not in own)
        same = all(_domain(one) == _domain(message.author) for one in wished)
        first = wished if wished and same else (message.author,)
        asked_elsewhere = () if same else wished
    to = _distinct(first, but=own)
    if to_all:
        to = _distinct((*to, *message.to), but=own)
    cc = _distinct(message.cc, but=own | {one.email for one in to}) if to_all else ()
    return Recipients(to=to, cc=cc, asked_elsewhere=asked_elsewhere)


def quoted(text: str, *, author: str, at: datetime) -> str:
    """Return `text` as a quote with who said it and when (UTC), an empty line after it.

    The first line ends in a colon and holds digits: any reader's quote folding knows it.
    """
    said = f"On {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, {author} wrote:"
    lines = (f">{line}" if line.startswith(">") else f"> {line}" for line in text.split("\n"))
    return "\n".join([said, *(line.rstrip() for line in lines), ""]) + "\n"


def _domain(address: Address) -> str:
    return address.email.rpartition("@")[2]


def _distinct(addresses: Iterable[Address], *, but: Iterable[str]) -> tuple[Address, ...]:
    left_out = set(but)
    kept: dict[str, Address] = {}
    for one in addresses:
        if one.email and one.email not in left_out:
            kept.setdefault(one.email, one)
    return tuple(kept.values())
