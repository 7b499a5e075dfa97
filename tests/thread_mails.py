"""Mails as threading sees them, each valid; a test changes what it is about."""

from collections.abc import Iterable
from hashlib import sha256
from itertools import chain

from storage.records.ids import MessageKey, derived_uid
from storage.records.mail import Assignment, Correction, ThreadMail
from storage.records.words import Direction
from storage.rules.components import connecting_ids

ZOE = "zoe@customer.example"
MAX = "max@customer.example"
EVE = "eve@elsewhere.example"
ANA = "ana@desk.example"


def key_of(name: str) -> MessageKey:
    return MessageKey(sha256(name.encode()).digest()[:16])


def a_mail(name: str, sender: str = ZOE, **changes) -> ThreadMail:
    """A mail whose Message-ID is `name`; later where its name is later in the alphabet."""
    values = {
        "key": key_of(name),
        "message_id": name,
        "in_reply_to": (),
        "references": (),
        "proven": frozenset(),
        "reported_ids": (),
        "direction": Direction.IN,
        "sender": sender,
        "recipients": frozenset(),
        "arrival_ms": int.from_bytes(name[:6].ljust(6, "\0").encode()[:6], "big"),
        "date_ms": 0,
        "is_auto": False,
        "is_report": False,
        "has_body": True,
        "is_colleague": False,
    }
    return ThreadMail(**(values | changes))


def ours(name: str, *to: str, **changes) -> ThreadMail:
    """A mail that we sent."""
    return a_mail(
        name,
        ANA,
        direction=Direction.OUT,
        is_colleague=True,
        recipients=frozenset(to),
        **changes,
    )


def answering(*ids: str) -> dict:
    """The headers of an answer: References oldest first, the last one also in In-Reply-To."""
    return {"references": ids, "in_reply_to": ids[-1:]}


def moved(name: str, ticket: str, stamp: bytes = b"1", by: str = "Ana") -> Correction:
    return Correction(key=key_of(name), ticket=ticket, stamp=stamp, by=by)


def ticket_uid(name: str) -> str:
    return derived_uid("ticket", name.encode())


def tickets(assignment: Assignment) -> dict[bytes, str | None]:
    return {one.key: one.ticket for one in assignment.placements}


def placement(assignment: Assignment, name: str):
    return next(one for one in assignment.placements if one.key == key_of(name))


def grouped(assignment: Assignment, names: str) -> str:
    """The tickets of one-letter mails, as 'ab c' where c is on another one; '-' where on none."""
    by_ticket: dict[str | None, str] = {}
    for name in names:
        uid = placement(assignment, name).ticket
        by_ticket[uid] = by_ticket.get(uid, "") + name
    alone = by_ticket.pop(None, "")
    return " ".join([*by_ticket.values(), *(["-" + alone] if alone else [])])


def resolved(assignment: Assignment, uid: str) -> str | None:
    """Where a uid leads today; None where to no ticket."""
    now = {one.ticket for one in assignment.placements} - {None}
    uid = dict(assignment.aliases).get(uid, uid)
    uid = uid if uid in now else dict(assignment.merged).get(uid, uid)
    return uid if uid in now else None


def components(mails: Iterable[ThreadMail]) -> list[list[ThreadMail]]:
    """The groups of mails that share an id, directly or through others."""
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
