"""Which mail a bounce is about: RFC 3464, its kin, and the many that follow nothing."""

import re
from collections.abc import Iterable

from storage.mail import fields
from storage.mail.headers import ids

_MOST = 20
_SEARCHED = 200_000
_NAMED_ID = re.compile(
    r"(?im)^[ \t>|]*(?:original-|x-original-)?message-id[ \t]*:\s*(<[^<>\s]{3,998}>|[^<>\s]+@[^<>\s]+)"
)
_STATUS_ID = re.compile(
    rb"(?im)^(?:x-)?original-message-id[ \t]*:[ \t]*([^\r\n]+(?:\r?\n[ \t][^\r\n]*)*)"
)


def reported_ids(
    parts: Iterable[tuple[str, bytes]], *, text: str, source: bytes, own: str
) -> tuple[str, ...]:
    """Return the ids that a bounce names as the mail it is about, the likeliest first.

    Args:
        parts: (type, bytes) of the embedded mails, header blocks and status reports.
        text: What the bounce says; some only copy the mail below their words.
        source: The body as it came: looked at last, where nothing is typed as it should be.
        own: The bounce's own id, which is none of them.
    """
    found: list[str] = []
    for mime, content in parts:
        if mime in {"message/rfc822", "message/global", "text/rfc822-headers"}:
            found += ids(fields.read(content[:_SEARCHED])[0].first("message-id"))
        else:
            for value in _STATUS_ID.findall(content[:_SEARCHED]):
                found += ids(value)
    for said in (text[:_SEARCHED], source[:_SEARCHED].decode("utf-8", "replace")):
        if not found:
            for value in _NAMED_ID.findall(said):
                found += ids(value.encode("utf-8", "replace"))
    return tuple(one for one in dict.fromkeys(found) if one != own)[:_MOST]
