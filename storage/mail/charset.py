"""Bytes of a mail into text, whatever charset they claim to be in.

The names are a closed list: an unknown one is never looked up, because a lookup imports a
module by that name, and some codecs (idna, punycode, unicode_escape) are no charsets at all.
"""

import codecs
import re
from contextlib import suppress
from encodings.aliases import aliases
from functools import lru_cache

_NOT_TEXT = {
    *("base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"),
    *("idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "mbcs", "oem"),
}
# What is declared, and the superset that mail programs really mean by it.
_MEANT = {
    "iso8859_1": "cp1252",
    "latin_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
_ALSO_CALLED = {
    "utf8": "utf_8",
    "utf_8_mac": "utf_8",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "x_unknown": "",
    "chinesebig5": "big5hkscs",
    "x_gbk": "gb18030",
    "x_sjis": "cp932",
    "ms_kanji": "cp932",
    "x_euc_jp": "euc_jp",
    "x_mac_japanese": "cp932",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "x_windows_949": "cp949",
    "iso_8859_8_i": "cp1255",
    "iso_8859_8_e": "cp1255",
    "iso8859_8_i": "cp1255",
    "iso_8859_6_i": "iso8859_6",
    "windows_1258": "cp1258",
    "windows_874": "cp874",
    "x_mac_roman": "mac_roman",
    "x_mac_ce": "mac_latin2",
    "x_mac_cyrillic": "mac_cyrillic",
    "cp_850": "cp850",
    "cp_1252": "cp1252",
    "win_1251": "cp1251",
    "windows_31j": "cp932",
}
_BOMS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)
_HIGH = bytes(range(0x80, 0x100))
_KNOWN = {
    name: codec for name, codec in {**aliases, **_ALSO_CALLED}.items() if codec not in _NOT_TEXT
}
_KNOWN.update({codec: codec for codec in list(_KNOWN.values())})


def decode(raw: bytes, declared: str) -> tuple[str, bool]:
    """Return `raw` as text, and whether it is what its sender declared.

    The ladder: what was declared, or the superset meant by it; UTF-8; Windows-1252. False
    means guessed or with replaced characters. Never raises.
    """
    codec = _codec(declared)
    if not codec or codec == "ascii":
        if raw.isascii() and b"\x1b" not in raw:
            return raw.decode("ascii"), True
        return _guess(raw), False
    if codec in {"utf_16", "utf_32"} or raw[:1] in {b"\xef", b"\xff", b"\xfe"}:
        codec = _by_mark(raw, codec)
    try:
        return raw.decode(codec).removeprefix("\ufeff"), True
    except (UnicodeError, LookupError):
        return _guess(raw, codec), False


def encode(text: str, declared: str) -> bytes:
    """Return `text` as bytes of the charset that was declared, or else of UTF-8."""
    if text.isascii():
        return text.encode("ascii")
    with suppress(UnicodeError, LookupError):
        return text.encode(_codec(declared) or "utf_8")
    return text.encode("utf_8", "replace")


@lru_cache(256)
def _codec(declared: str) -> str:
    """Return the codec to use for a declared name; empty for one we do not know."""
    name = re.sub(r"[^a-z0-9]+", "_", declared[:40].lower()).strip("_")
    if name.startswith(("utf_8_", "utf_8mb")):
        return "utf_8"
    found = _KNOWN.get(name) or _KNOWN.get(name.removeprefix("x_").replace("windows_", "cp"), "")
    return _MEANT.get(found, found)


def _by_mark(raw: bytes, codec: str) -> str:
    for mark, marked in _BOMS:
        if raw.startswith(mark):
            return marked
    if codec == "utf_16" and b"\0" in raw[:200]:
        # Without a mark the RFC says big-endian and mail programs write little-endian.
        return "utf_16_be" if raw[:200:2].count(0) > raw[1:200:2].count(0) else "utf_16_le"
    if codec in {"utf_16", "utf_32"} and b"\0" not in raw[:200]:
        return "utf_8"
    return codec


def _guess(raw: bytes, codec: str = "") -> str:
    if b"\x1b$" in raw or b"\x1b(" in raw:
        with suppress(UnicodeError):
            return raw.decode("iso2022_jp_ext")
    with suppress(UnicodeError):
        return raw.decode("utf_8").removeprefix("\ufeff")
    high = len(raw) - len(raw.translate(None, _HIGH))
    for likely in (codec, "utf_8"):
        # A few broken characters in the right charset beat a text that is all wrong.
        text = raw.decode(likely, "replace") if likely not in {"", "ascii"} else ""
        if text and text.count("\ufffd") * 4 <= high:
            return text
    return raw.decode("cp1252", "replace")
