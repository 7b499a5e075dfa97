"""A header block into what the desk needs to know. Never raises, whatever the bytes.

Structure is read before anything is decoded, so that an encoded word can never become a
second address, a second header or an id.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence

from storage.mail import addresses, authentication, dates, fields
from storage.mail.fields import Fields
from storage.mail.origins import is_auto, is_report, may_auto_reply
from storage.records.ids import MessageKey
from storage.records.mail import Address, ParsedHeaders
from storage.rules.safe_text import one_line

_LONGEST_ID = 998
_KEPT_IDS = 50
"From either end of References: the root and the nearest."
_IN_ANGLES = re.compile(r"<([^<>]{1,2000})>")
_NOBODY = Address("", "")
_LETTERS = re.compile(r"[^\W\d_]+")


def parse_headers(raw: bytes, *, authserv_ids: Collection[str] = ()) -> ParsedHeaders:
    """Return what a header block says.

    Args:
        raw: The block as the server gives it, BODY[HEADER].
        authserv_ids: Under which our own provider writes Authentication-Results, see
            `authentication.believed`. By anybody else they count for nothing.
    """
    return of_fields(fields.read(with_newlines(raw))[0], authserv_ids=authserv_ids)


def with_newlines(raw: bytes) -> bytes:
    """Return `raw` with line ends, where it has only carriage returns."""
    return raw.replace(b"\r", b"\n") if b"\r" in raw and b"\n" not in raw else raw


def of_fields(head: Fields, *, authserv_ids: Collection[str] = ()) -> ParsedHeaders:
    """Return what the fields of a mail say."""
    hint = charset_hint(head)
    defects = list(_broken(head))
    sender, doubts = sender_of(head)
    subject = fields.prose(head.first("subject"), hint=hint)
    said_date = one_line(fields.text(head.first("date")), limit=100)
    moment = dates.instant(said_date)
    if said_date and moment is None:
        defects.append(f'Its date cannot be read: "{said_date}".')
    elif moment and moment != dates.clamped(moment):
        defects.append(f'Its date is far from any real one: "{said_date}".')
    message_id = (*ids(head.first("message-id")), "")[0]
    return ParsedHeaders(
        key=_key(
            message_id or _collapsed(fields.text(head.first("message-id"))),
            str(int(moment.timestamp())) if moment else said_date,
            sender.email,
            _collapsed(unicodedata.normalize("NFC", subject)),
        ),
        message_id=message_id,
        in_reply_to=_both_ends(ids(head.first("in-reply-to"))),
        references=_both_ends([one for value in head.every("references") for one in ids(value)]),
        sender=sender,
        reply_to=_people(head, "reply-to", hint),
        to=_people(head, "to", hint),
        cc=_people(head, "cc", hint),
        subject=one_line(subject),
        date=dates.clamped(moment) if moment else None,
        is_auto=is_auto(head),
        is_report=is_report(head, sender=sender),
        may_auto_reply=may_auto_reply(head, sender=sender),
        auth_passed=_auth_passed(head, sender, authserv_ids),
        defects=(*defects, *doubts),
    )


def ids(value: bytes) -> list[str]:
    """Return the message ids of a field: without brackets, white space and what is no id."""
    said = fields.text(value[:200_000])
    if "<" not in said:
        # Some desks encode a long id as if it were prose; the receiver has to undo it.
        said = fields.prose(value[:200_000])
    found = _IN_ANGLES.findall(said)
    if not found:
        words = said.replace(",", " ").split()
        found = words if words and all("@" in word for word in words) else []
    cleaned = (one_line("".join(one.split()), limit=2 * _LONGEST_ID) for one in found)
    return [one for one in cleaned if _is_id(one)]


def _is_id(one: str) -> bool:
    local, _, domain = one.rpartition("@")
    return bool(local and domain) and len(one) <= _LONGEST_ID


def _both_ends(found: Sequence[str]) -> tuple[str, ...]:
    unique = tuple(dict.fromkeys(found))
    if len(unique) <= 2 * _KEPT_IDS:
        return unique
    return unique[:_KEPT_IDS] + unique[-_KEPT_IDS:]


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _key(*parts: str) -> MessageKey:
    said = "\0".join(part.replace("\0", "") for part in parts)
    return MessageKey(hashlib.sha256(said.encode("utf-8", "replace")).digest()[:16])


def _people(head: Fields, name: str, hint: str) -> tuple[Address, ...]:
    return tuple(
        one
        for value in head.every(name)[:20]
        for one in addresses.people(fields.text(value, hint=hint))
    )


def charset_hint(head: Fields) -> str:
    """Return the charset of the mail's text: the best guess for raw bytes in its header."""
    return fields.parameters(head.first("content-type"))[1].get("charset", "")


def sender_of(head: Fields) -> tuple[Address, list[str]]:
    """Return who the mail is from, and what makes that doubtful."""
    values = [value for value in head.every("from") if value]
    if not values:
        return _NOBODY, ["It names no sender."]
    said = fields.text(values[0], hint=charset_hint(head))
    found = addresses.mailboxes(said)
    doubts = []
    if not found:
        hidden = addresses.hidden_in_encoding(said)
        if hidden is None:
            name = addresses.named_without_address(said)
            return Address(name, ""), ["Its sender has no address."]
        doubts.append("Its sender is written in a way that hides the address.")
        return hidden, doubts
    sender = found[0].address
    if len(values) > 1 or len(found) > 1:
        doubts.append("It names more than one sender; the first is shown.")
    if not found[0].is_clear:
        doubts.append("Its sender is unclear: the field can be read in more than one way.")
    elif other := addresses.other_address_in(sender.name, sender.email):
        doubts.append(f"The sender's name holds another address: {one_line(other, limit=100)}.")
    return sender, [*doubts, *_look_alikes(sender)]


def _look_alikes(sender: Address) -> list[str]:
    doubts = []
    if "xn--" in sender.email.rpartition("@")[2]:
        doubts.append("The sender's domain is not plain ASCII: it may look like another.")
    for word in _LETTERS.findall(sender.name):
        scripts = {_script(char) for char in word} - {"OTHER"}
        if len(scripts) > 1 and not word.isascii():
            doubts.append("The sender's name mixes alphabets within a word.")
            break
    return doubts


def _script(char: str) -> str:
    # Latin, Cyrillic and Greek share letter shapes; others cannot be mistaken for them.
    name = unicodedata.name(char, "").partition(" ")[0]
    return name if name in {"LATIN", "CYRILLIC", "GREEK"} else "OTHER"


def _auth_passed(head: Fields, sender: Address, authserv_ids: Collection[str]) -> bool | None:
    if not authserv_ids:
        return None
    results = [fields.text(one) for one in head.every("authentication-results")]
    ours = authentication.believed(results, authserv_ids=authserv_ids)
    if not ours:
        return None
    return authentication.passed(ours, domain=sender.email.rpartition("@")[2])


def _broken(head: Fields) -> list[str]:
    defects = []
    if head.is_cut:
        defects.append("Its header block is too large; only the beginning was read.")
    if head.broken_lines:
        defects.append("Lines of its header block make no sense and were passed over.")
    return defects
