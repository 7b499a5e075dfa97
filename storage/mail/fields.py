"""A header block, or the head of a MIME part, into fields; and a field into parameters.

Lossless like the standard library's reader, which takes most of the time of a parse and gives
up the structure where one line is broken. Here a broken line costs that line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from storage.mail.charset import decode
from storage.mail.encoded_words import decode_words
from storage.mail.spooled import Raw

_LARGEST_BLOCK = 1_000_000
_KEPT_OF_A_LARGER = 200_000
_LONGEST_VALUE = 32_000
_MOST_PARAMETERS = 300
_USUAL_LENGTH = 100

_BLANK_LINE = re.compile(rb"\n\r*\n")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)\n?")
_FIELD_OF_A_MAIL = re.compile(
    rb"(?i)\n(?:from|to|cc|subject|date|message-id|reply-to|mime-version|received|return-path"
    rb"|content-[a-z-]{2,30}|in-reply-to|references|x-[a-z-]{2,30})[ \t]*:"
)
_READ = frozenset(
    {
        *(b"from", b"to", b"cc", b"reply-to", b"subject", b"date", b"return-path"),
        *(b"message-id", b"in-reply-to", b"references", b"authentication-results"),
        *(b"content-type", b"content-disposition", b"content-transfer-encoding", b"content-id"),
        *(b"auto-submitted", b"precedence", b"list-id", b"list-unsubscribe", b"feedback-id"),
        *(b"x-autoreply", b"x-autorespond", b"x-autoresponder", b"x-auto-response-suppress"),
        *(b"x-failed-recipients", b"x-loop"),
    }
)
"What the desk asks of a mail; two thirds of a header block are not decoded at all."
_RESULTS = b"authentication-results"
_TYPE = re.compile(r"[\s;]*([^\s;=]+)(?=[\s;]|\Z)")
_PARAMETER = re.compile(r"([^\s=;\"']{1,80})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;]*))", re.DOTALL)
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,6}))?(\*)?$")
_WITH_SPACES = frozenset({"name", "filename"})


@dataclass(slots=True)
class Fields:
    """The fields of one header block; names in lower case, values unfolded, in order."""

    by_name: dict[str, list[bytes]] = field(default_factory=dict)
    broken_lines: int = 0
    is_cut: bool = False
    "The block was larger than we read."

    def first(self, name: str) -> bytes:
        """Return the first value of a field, empty where it is missing."""
        values = self.by_name.get(name)
        return values[0] if values else b""

    def every(self, name: str) -> Sequence[bytes]:
        return self.by_name.get(name, ())


def read(raw: Raw, start: int = 0, end: int | None = None) -> tuple[Fields, int]:
    """Return the fields at the head of `raw[start:end]`, and where its body begins.

    A line that is no field is passed over while fields of a mail follow it; else the body
    begins there.
    """
    end = len(raw) if end is None else end
    if raw[start : start + 2].lstrip(b"\r")[:1] in {b"\n", b""}:
        return Fields(), min(end, start + 1 + (raw[start : start + 1] == b"\r"))
    blank = _BLANK_LINE.search(raw, start, end)
    stop, body = (blank.start() + 1, blank.end()) if blank else (end, end)
    fields = Fields(is_cut=stop - start > _LARGEST_BLOCK)
    if fields.is_cut:
        stop = start + _KEPT_OF_A_LARGER
    at, last = start, None
    by_name = fields.by_name
    has_come_far = False
    while at < stop:
        found = _FIELD.match(raw, at, stop)
        if found:
            at = found.end()
            name = found.group(1).lower()
            if name in _READ and not (name == _RESULTS and has_come_far):
                value = found.group(2).replace(b"\r", b"").replace(b"\n", b"").rstrip()
                by_name.setdefault(name.decode("ascii"), []).append(value)
            elif name == b"received" and "authentication-results" in by_name:
                # what stands below was written before it came to whoever wrote the topmost
                has_come_far = True
            continue
        if last is None:
            known = list(_FIELD_OF_A_MAIL.finditer(raw, max(at - 1, start), stop))
            last = known[-1].start() if known else start - 1
        is_envelope = at == start and raw[at : at + 6].startswith((b"From ", b">From "))
        if at > last and not is_envelope:
            return fields, body if fields.is_cut else at
        fields.broken_lines += not is_envelope
        at = raw.find(b"\n", at, stop) + 1 or stop
    return fields, body


def text(value: bytes, *, hint: str = "") -> str:
    """Return a field's bytes as text, encoded words still in it.

    Raw 8-bit bytes are UTF-8 where they can be, else in the mail's own charset (`hint`).
    """
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    try:
        return value.decode("utf-8") if b"\x1b" not in value else decode(value, "")[0]
    except UnicodeError:
        return decode(value, hint)[0]


def prose(value: bytes, *, hint: str = "") -> str:
    """Return a field that people read (a subject) as text, encoded words decoded."""
    return decode_words(text(value, hint=hint))


def parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """Return the first word of a Content-Type or -Disposition in lower case, and its parameters.

    RFC 2231 sections are put together by their numbers, encoded words (against the RFC, and
    everywhere) decoded after the structure was read. Linear in time, 300 parameters at most.
    """
    if len(value) > _USUAL_LENGTH:
        return _parameters(value[:_LONGEST_VALUE])
    first, plain = _usual_parameters(value)
    return first, dict(plain)


def _parameters(value: bytes) -> tuple[str, dict[str, str]]:
    said = text(value)
    head = _TYPE.match(said)
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for count, found in enumerate(_PARAMETER.finditer(said, head.end() if head else 0)):
        if count >= _MOST_PARAMETERS:
            break
        key, quoted, bare = found.groups()
        name, number, extended = _SECTION.fullmatch(key.lower()).groups()  # type: ignore[union-attr]  # one character matches
        content = _unquoted(name, quoted, bare)
        if number is None and not extended:
            plain.setdefault(name, content)
        else:
            sections.setdefault(name, []).append((int(number or 0), bool(extended), content))
    plain.update({name: _joined(parts) for name, parts in sections.items()})
    for name in _WITH_SPACES & plain.keys():
        plain[name] = decode_words(plain[name])
    return (head.group(1).lower() if head else ""), plain


# A handful of values makes up nearly all of a mailbox.
_usual_parameters = lru_cache(512)(_parameters)


def _unquoted(name: str, quoted: str | None, bare: str) -> str:
    if quoted is not None:
        # Only these two: a path of Windows keeps its backslashes.
        return quoted.replace('\\"', '"').replace("\\\\", "\\")
    bare = bare.strip().strip('"')
    return bare if name in _WITH_SPACES else (bare.split() or [""])[0]


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    parts.sort(key=lambda part: part[0])
    charset, raw = "", bytearray()
    for at, (_, extended, content) in enumerate(parts):
        rest = content
        if extended and at == 0 and content.count("'") > 1:
            charset, _, rest = content.split("'", 2)
        encoded = rest.encode("utf-8", "surrogateescape")
        raw += unquote_to_bytes(encoded) if extended else encoded
    return decode(bytes(raw), charset or "utf-8")[0]
