"""Message-IDs of ours, signed: a reply to one proves which ticket it belongs to.

`<uid.rand.mac@domain>`: the ticket, 40 random bits, 65 bits of HMAC-SHA256 with the team's
key. Any console with the key can check it, offline and without having seen the mail.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable

from storage.records.ids import UID_LENGTH, crockford

LONGEST = 63
"Angle brackets included. Longer ids are mangled by some relays when they are folded."

_RANDOM_BYTES = 5
_MAC_LENGTH = 13  # of 5 bits each: at least 64 bits
_OURS = re.compile(r"<?([0-9A-Z]{16})\.([0-9A-Z]{8})\.([0-9A-Z]{13})@[^\s@<>]+>?", re.IGNORECASE)


def new_message_id(
    ticket_uid: str,
    *,
    key: bytes,
    domain: str,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Return a new id for a mail on `ticket_uid`, without angle brackets.

    Args:
        ticket_uid: 16 Crockford characters.
        key: The team's.
        domain: Of the support address, ASCII. One that would make the id too long
            loses labels from the left, but keeps two.
        random: Gives that many random bytes.
    """
    if len(ticket_uid) != UID_LENGTH:
        raise ValueError("a ticket's uid has 16 characters")
    local = f"{ticket_uid}.{crockford(random(_RANDOM_BYTES))}"
    signed = f"{local}.{_mac(local, key=key)}"
    labels = domain.split(".")
    while len(labels) > 2 and len(signed) + len(".".join(labels)) + 3 > LONGEST:
        del labels[0]
    return f"{signed}@{'.'.join(labels)}"


def proven_ticket(message_id: str, *, key: bytes) -> str | None:
    """Return the ticket that `message_id` proves; None where the id is not ours.

    Angle brackets and the domain count for nothing; upper and lower case are alike
    (some relays change it).
    """
    found = _OURS.fullmatch(message_id.strip())
    if found is None:
        return None
    uid, rand, mac = (one.upper() for one in found.groups())
    if not hmac.compare_digest(mac.encode(), _mac(f"{uid}.{rand}", key=key).encode()):
        return None
    return uid


def _mac(local: str, *, key: bytes) -> str:
    digest = hmac.new(key, b"rotadesk-message-id-1\0" + local.encode(), hashlib.sha256).digest()
    return crockford(digest[:10])[:_MAC_LENGTH]
