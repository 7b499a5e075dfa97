"""Ids: text, never reused. Crockford base32, so that a person can read one aloud."""

from typing import NewType

TicketId = NewType("TicketId", str)
BugId = NewType("BugId", str)
FeatureId = NewType("FeatureId", str)
ArticleId = NewType("ArticleId", str)
NoteId = NewType("NoteId", str)
OutboxId = NewType("OutboxId", str)
MessageKey = NewType("MessageKey", bytes)
"16 bytes that name what was said, wherever its copies lie."

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
"Ten bits at a time: the standard library's base32 is slower, and each mail derives several."
_READ_AS = str.maketrans("OILoil", "011011")
UID_LENGTH = 16
HANDLE_LENGTH = 4
"Shortest handle that is ever shown; longer where two tickets share it."
SCRIPT_LENGTH = 8


def crockford(raw: bytes) -> str:
    """Return `raw` (a multiple of 5 bytes) in Crockford base32, 8 characters for 5 bytes."""
    number = int.from_bytes(raw, "big")
    return "".join([_PAIRS[number >> at & 1023] for at in range(len(raw) * 8 - 10, -1, -10)])


def random_uid() -> str:
    """Return a new id of 80 random bits, for what one person makes here."""
    import secrets  # noqa: PLC0415 - 5 ms that reading does not need

    return crockford(secrets.token_bytes(10))


def derived_uid(purpose: str, source: bytes) -> str:
    """Return the id that every console derives alike from `source`."""
    import hashlib  # noqa: PLC0415 - 3 ms that reading does not need

    return crockford(hashlib.sha256(purpose.encode() + b"\0" + source).digest()[:10])


def message_id_hash(message_id: str) -> bytes:
    """Return the 16 bytes that a Message-ID is looked up by; ids are case-sensitive (RFC 5322)."""
    import hashlib  # noqa: PLC0415 - 3 ms that reading does not need

    return hashlib.sha256(message_id.encode()).digest()[:16]


def as_typed(text: str) -> str:
    """Return what a person typed for an id in its stored form: no #, upper case, O I L as 0 1 1."""
    return text.strip().lstrip("#").translate(_READ_AS).upper()
