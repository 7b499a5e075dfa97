"""RFC 2047 encoded words as mail programs write them, and as they should have."""

import binascii
import re

from storage.mail.charset import decode, encode

_WORD = re.compile(
    # A question mark inside happens; one that begins a hexadecimal escape does not end a word.
    r"=\?([^?\s=]{1,60})\?(?:([bB])\?([^?]*)|([qQ])\?((?:[^?]|\?(?!=)|\?=(?=[0-9A-F]{2}))*))\?="
)
_CUT_WORD = re.compile(r"=\?([^?\s=]{1,60})\?([bB])\?([A-Za-z0-9+/=\s]*)\Z")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


def decode_words(text: str) -> str:
    """Return `text` with its encoded words decoded; what is no good word stays as it is.

    White space between two of them is dropped, and the bytes of neighbours in one charset are
    joined before they are decoded: many programs cut inside a character.
    """
    if "=?" not in text:
        return text
    pieces: list[str] = []
    charset, held, at = "", b"", 0
    for found in _WORD.finditer(text):
        between = text[at : found.start()]
        named = found.group(1).partition("*")[0]
        raw = _bytes(found.group(2) or "q", found.group(3) or found.group(5) or "", named)
        if held and not between.strip() and named.lower() == charset.lower():
            held += raw
        else:
            pieces += [decode(held, charset)[0]] if held else []
            pieces += [between] if between.strip() or not (held or pieces) else []
            charset, held = named, raw
        at = found.end()
    pieces += [decode(held, charset)[0]] if held else []
    return "".join(pieces) + _CUT_WORD.sub(_cut_word, text[at:])


def _bytes(encoding: str, content: str, charset: str) -> bytes:
    if encoding in "bB":
        return base64_bytes(content)
    # Raw 8-bit characters inside a word were read before; they go back to what they came from.
    plain = encode(content.replace("_", " "), charset)
    return _HEX.sub(lambda found: bytes([int(found.group(1), 16)]), plain)


def base64_bytes(content: str) -> bytes:
    """Return what base64 text holds, whatever padding or stray character it has."""
    kept = _NOT_BASE64.sub("", content)
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return binascii.a2b_base64(kept + "=" * (-len(kept) % 4))


def _cut_word(found: re.Match[str]) -> str:
    return decode(base64_bytes(found.group(3)), found.group(1))[0].rstrip("\ufffd")
