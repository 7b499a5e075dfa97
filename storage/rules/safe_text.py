r"""A stranger's text made fit for a terminal, a file name, a link.

What has passed here holds no control character, no escape sequence and nothing that
reorders or hides its neighbours. Standard library only, so that every layer shares it.
"""

import re
import unicodedata
from contextlib import suppress
from functools import cache
from urllib.parse import urlsplit

_ESCAPE = re.compile(
    # OSC, DCS, APC, PM, SOS with their payload; without an end only the introducer goes,
    # so that a stray one never eats the rest of a letter.
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])(?:[^\x07\x1b\x9c\r\n]{0,8192}(?:\x07|\x1b\\|\x9c))?"
    r"|(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]?"
    r"|\x1b[ -/]{0,8}[0-~]?"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_REPLACED = re.compile("[\x00\ud800-\udfff]")
_HIDDEN = (
    "\x01-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff"  # controls, C1 included
    "\u202a-\u202e\u2066-\u2069"  # reorder their neighbours
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # have no width
)
_NOT_IN_BLOCK = re.compile(f"[{_HIDDEN}]")
# One pass tells the few texts that need the others from the many that do not.
_SUSPECT = re.compile(f"[\x00\ud800-\udfff\r\x0b\x0c\u2028\u2029\u061c\u200c-\u200f{_HIDDEN}]")
# Left-to-right marks belong to Arabic and Hebrew prose; in a name or a subject they disguise.
_NOT_IN_LINE = re.compile(f"[{_HIDDEN}\u061c\u200e\u200f]")
# A joiner means something between emoji or letters that join; elsewhere it only hides.
_JOINS = "\u0600-\u1fff\u2070-\ud7ff\uf900-\U000dffff"
_LOOSE_JOINER = re.compile(f"(?<![{_JOINS}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINS}])")
_MARKS_A_LETTER = 5
"More than living scripts stack on one letter; a hundred paint over the lines around."

_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\.|$)")
_NOT_IN_FILE_NAME = re.compile(r'[<>:"|?*\x00-\x1f\x7f\ufffd]')
_FILE_NAME_BYTES = 200
_EXTENSION_BYTES = 20
_LONGEST_LINK = 4_096


def one_line(text: str, *, limit: int = 998) -> str:
    """Return `text` on one line, white space collapsed, at most `limit` characters.

    For subjects, names, addresses, file names, a server's words. What is cut ends in "…".
    """
    if not (text.isascii() and text.isprintable()):
        # Everything that goes is bounded work: nobody reads more than `limit` of it.
        text = _clean(text[: 16 * limit], _NOT_IN_LINE)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def block(text: str, *, limit: int = 2_000_000) -> str:
    """Return `text` with its lines and tabs kept, every line end a newline, at most `limit`."""
    text = text[:limit].replace("\r\n", "\n")
    plain = text.replace("\n", "").replace("\t", "")
    if plain.isprintable():
        return _unpiled(text)
    return _clean(text, _NOT_IN_BLOCK)


def file_name(text: str) -> str:
    """Return a name that can only mean a plain new file in the folder that was chosen.

    No path, no control, no leading dot or dash, no name that Windows keeps for a device, at
    most 200 bytes of UTF-8 with the extension kept, never empty.
    """
    name = unicodedata.normalize("NFC", one_line(text, limit=4_096))
    name = re.split(r"[/\\]", name.rstrip("/\\ "))[-1]
    name = _NOT_IN_FILE_NAME.sub("_", name).strip().rstrip(". ")
    if name[:1] in {".", "-", "~"}:
        name = "_" + name[1:]
    if _RESERVED.match(name):
        name = "_" + name
    return _shortened(name) if name.strip("_") else "attachment"


def is_web_link(url: str) -> bool:
    """Return whether `url` may be opened: http, https or mailto, with a host, nothing hidden.

    A browser gets it as an argument, so no leading dash; a terminal gets it inside an escape
    sequence, so no control and no space.
    """
    if len(url) > _LONGEST_LINK or not url.isprintable() or re.search(r"[\s\\<>\"]", url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "mailto":
        local, _, host = parts.path.rpartition("@")
        return bool(local and host) and local[0] not in "-/"
    return parts.scheme in {"http", "https"} and host.strip(".-") != "" and host[0] != "-"


def link_host(url: str) -> str:
    """Return the host that `url` really leads to, in ASCII; empty where it has none.

    A name in another alphabet comes back in its xn-- form: that is how a look-alike shows.
    """
    try:
        parts = urlsplit(url)
        host = parts.path.rpartition("@")[2] if parts.scheme == "mailto" else parts.hostname or ""
    except ValueError:
        return ""
    return ascii_domain(host)


def ascii_domain(domain: str) -> str:
    """Return `domain` in lower case and ASCII (IDNA); empty where that cannot be."""
    domain = domain.strip().rstrip(".").lower()
    if domain.isascii() or len(domain) > 253:
        return domain if domain.isascii() else ""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _clean(text: str, hidden: re.Pattern[str]) -> str:
    if _SUSPECT.search(text):
        text = _ESCAPE.sub("", text)
        text = _LINE_END.sub("\n", text)
        text = _REPLACED.sub("\ufffd", text)
        text = hidden.sub("", text)
        text = _LOOSE_JOINER.sub("", text)
    return _unpiled(text)


def _unpiled(text: str) -> str:
    # Most text has no mark at all, and finding that out is ten times faster, or a hundred.
    with suppress(UnicodeEncodeError):
        text.encode("latin-1")
        return text
    mark, piled = _marks()
    return piled.sub(r"\1", text) if mark.search(text) else text


@cache
def _marks() -> tuple[re.Pattern[str], re.Pattern[str]]:
    # Joiners count as marks, or they would hide a pile; beyond the BMP only rare scripts stack.
    marks = "\u200c\u200d" + "".join(
        chr(code)
        for code in range(0x300, 0xFFFF)
        if unicodedata.category(chr(code)) in {"Mn", "Me"}
    )
    piled = re.compile(f"([{marks}]{{{_MARKS_A_LETTER}}})[{marks}]+")
    return re.compile(f"[{marks}]"), piled


def _shortened(name: str) -> str:
    if len(name.encode()) <= _FILE_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > _EXTENSION_BYTES:
        stem, dot, extension = name, "", ""
    room = _FILE_NAME_BYTES - len((dot + extension).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + extension
