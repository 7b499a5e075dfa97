"""Whether a machine wrote a mail, and whether a machine may answer it.

Two questions that must not be mixed: many people's mail asks not to be auto-answered, and
X-Auto-Response-Suppress stands on nearly all that leaves an Exchange server.
Source: RFC 3834, and what other desks lost real mail over.
"""

import re

from storage.mail import fields
from storage.mail.fields import Fields
from storage.records.mail import Address

OWN_LOOP = "rotadesk"
"Value of X-Loop on everything this program sends by itself."

_ROBOTS = re.compile(
    r"(?:mailer-?daemon|postmaster|no-?reply|do-?not-?reply|donotreply|bounces?|auto-?reply"
    r"|notifications?)(?:[+_.-].*)?@"
)
_BOUNCERS = re.compile(r"(?:mailer-?daemon|mail-daemon|postmaster)(?:[+@]|$)")
_BOUNCERS_BY_NAME = re.compile(r"mailer-?daemon|mail deliver[a-z]* (?:sub)?system|postmaster")


def is_auto(head: Fields) -> bool:
    """Return whether nobody wrote this: it reopens nothing and is no first response."""
    return (
        _auto_submitted(head)
        or any(
            _word(head, name) not in {"", "no", "none"}
            for name in ("x-autoreply", "x-autorespond", "x-autoresponder")
        )
        or _is_typed_report(head)
        or _is_own(head)
    )


def is_report(head: Fields, *, sender: Address) -> bool:
    """Return whether this is, or may be, a bounce: it waits for its body to become a ticket."""
    return (
        _is_typed_report(head)
        or _is_from_bouncer(head, sender)
        or bool(head.first("x-failed-recipients"))
    )


def may_auto_reply(head: Fields, *, sender: Address) -> bool:
    """Return whether an automatic answer could start no loop, as far as the header tells."""
    suppressed = fields.text(head.first("x-auto-response-suppress")).lower()
    return bool(sender.email) and not (
        is_auto(head)
        or is_report(head, sender=sender)
        or _word(head, "precedence") in {"bulk", "junk", "list", "auto_reply"}
        or any(head.first(name) for name in ("list-id", "list-unsubscribe", "feedback-id"))
        or any(word in suppressed for word in ("dr", "autoreply", "all"))
        or has_null_path(head)
        or _ROBOTS.match(sender.email)
    )


def has_null_path(head: Fields) -> bool:
    """Return whether the envelope's sender was empty, as a bounce's must be."""
    return any(value.replace(b" ", b"") == b"<>" for value in head.every("return-path"))


def _auto_submitted(head: Fields) -> bool:
    return any(
        fields.text(value).partition(";")[0].strip().lower() not in {"", "no"}
        for value in head.every("auto-submitted")
    )


def _is_typed_report(head: Fields) -> bool:
    return fields.text(head.first("content-type")).lower().lstrip().startswith("multipart/report")


def _is_own(head: Fields) -> bool:
    return any(fields.text(value).lower().startswith(OWN_LOOP) for value in head.every("x-loop"))


def _is_from_bouncer(head: Fields, sender: Address) -> bool:
    path = fields.text(head.first("return-path")).strip("<> \t").lower()
    return bool(
        _BOUNCERS.match(sender.email)
        or _BOUNCERS.match(path)
        or _BOUNCERS_BY_NAME.match(sender.name.lower())
    )


def _word(head: Fields, name: str) -> str:
    return fields.text(head.first(name)).strip().lower()
