"""Header lines of an outgoing mail, written by ourselves, letter by letter.

The standard library's folding loses the quotes of a long name (a recipient more), encodes
long ids as words (which no receiver threads) and, before 3.12.4, lets a quoted subject add
a header. So each header is a list of pieces here, one a line, encoded by us; `check` then
reads the finished bytes as a receiver would.
"""

import base64
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime

from storage.errors import UsageError
from storage.records.mail import Address
from storage.rules import safe_text

LONGEST_NAME = 64
_LONGEST_LINE = 998
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ID = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
_LOCAL_PART = re.compile(r"[^\s\x00-\x1f\x7f-\x9f()<>\[\]:;@\\,\"\u2028\u2029\ud800-\udfff]+")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_HEADER_LINE = re.compile(rb"([!-9;-~]+): (.*)", re.DOTALL)


def mailbox_of(address: str) -> str:
    """Return `address` as it may stand in an envelope or between angle brackets.

    The domain becomes ASCII (IDNA); a local part in other letters stays and needs a
    server that offers SMTPUTF8.

    Raises:
        UsageError: it is not one plain address.
    """
    local, at, domain = address.rpartition("@")
    ascii_domain = safe_text.ascii_domain(domain)
    if (
        not at
        or not _LOCAL_PART.fullmatch(local)
        or not _DOMAIN.fullmatch(ascii_domain)
        or ".." in ascii_domain
        or len(address) > 254
    ):
        raise UsageError("An address that a reply would go to is not a plain address.")
    return f"{local}@{ascii_domain}"


def addresses(name: str, who: Sequence[Address]) -> str:
    """Return a header of addresses, one a line, so that no folding can change them."""
    if not who:
        raise UsageError(f"The mail was not made: nobody stands in {name}.")
    lines = [_address(one) for one in who]
    return _header(name, [f"{one}," for one in lines[:-1]] + lines[-1:])


def text(name: str, value: str) -> str:
    """Return a header of free text; encoded where it is not plain ASCII.

    Raises:
        UsageError: it holds a control character: it was not made safe.
    """
    _refuse_controls(name, value)
    if value.isascii() and "=?" not in value and all(len(one) < 70 for one in value.split(" ")):
        return _header(name, _words_by_line(value))
    return _header(name, _encoded_words(value))


def ids(name: str, message_ids: Iterable[str]) -> str:
    """Return a header of ids, one a line and never encoded: else nobody threads them.

    Ids come without angle brackets; one that cannot stand in a header is left out. Empty
    where none is left.
    """
    usable = [f"<{one}>" for one in message_ids if is_usable_id(one)]
    return _header(name, usable) if usable else ""


def is_usable_id(message_id: str) -> bool:
    return len(message_id) <= 900 and _ID.fullmatch(message_id) is not None


def date(value: datetime) -> str:
    if value.tzinfo is None:
        raise UsageError("The date of a mail needs its time zone.")
    return _header("Date", [format_datetime(value)])


def check(raw: bytes, *, names: Sequence[str]) -> None:
    """Read the finished bytes line by line, as a receiver would.

    Args:
        raw: The whole mail.
        names: The headers that were meant, in their order; no other may be there.

    Raises:
        UsageError: a header that was not meant (a Bcc, an injected one), a line that is
            none, a line that is too long or ends in something other than CR LF.
    """
    block, _, body = raw.partition(b"\r\n\r\n")
    found: list[str] = []
    for line in block.split(b"\r\n"):
        if line.startswith((b" ", b"\t")) and found and line.strip():
            continue
        header = _HEADER_LINE.fullmatch(line)
        if header is None:
            raise UsageError("The mail was not made: a header line is none.")
        found.append(header[1].decode("ascii"))
    if found != list(names):
        raise UsageError("The mail was not made: a header is there that was not meant.")
    for line in raw.split(b"\r\n"):
        if len(line) > _LONGEST_LINE or b"\r" in line or b"\n" in line or b"\0" in line:
            raise UsageError("The mail was not made: a line is too long or ends oddly.")
    if not body:
        raise UsageError("The mail was not made: it has no body.")


def _header(name: str, pieces: Sequence[str]) -> str:
    return f"{name}: " + "\r\n ".join(pieces) + "\r\n"


def _address(who: Address) -> str:
    _refuse_controls("name", who.name)
    mailbox = mailbox_of(who.email)
    name = " ".join(who.name.split())[:LONGEST_NAME].strip()
    if not name:
        return mailbox
    if not name.isascii() or "=?" in name:
        return "\r\n ".join([*_encoded_words(name), f"<{mailbox}>"])
    if _PLAIN_NAME.fullmatch(name):
        return f"{name} <{mailbox}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{mailbox}>'


def _refuse_controls(what: str, value: str) -> None:
    if _ODD.search(value):
        raise UsageError(f"The mail was not made: its {what.lower()} holds a control character.")


def _words_by_line(value: str) -> list[str]:
    """Split at single spaces so that no line passes 76 columns; folding keeps every space."""
    lines = [""]
    for word in value.split(" "):
        # a line of spaces alone would read as the end of the headers
        if lines[-1].strip() and word and len(lines[-1]) + len(word) > 60:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines != [""] else word
    return lines


def _encoded_words(value: str) -> list[str]:
    """Return RFC 2047 words of at most 75 characters, none cutting a character in two."""
    words, chunk = [], b""
    for letter in value:
        encoded = letter.encode("utf-8")
        if len(chunk) + len(encoded) > 39:
            words.append(chunk)
            chunk = b""
        chunk += encoded
    words.append(chunk)
    return [f"=?utf-8?b?{base64.b64encode(one).decode('ascii')}?=" for one in words]
