"""The charset ladder: P6."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.mail.charset import decode

DECLARED = {
    "utf-8": ("é€".encode(), "é€", True),
    "ISO-8859-1": ("“é”".encode("cp1252"), "“é”", True),
    "us-ascii": (b"plain", "plain", True),
    "gb2312": ("镕基".encode("gb18030"), "镕基", True),
    "Shift_JIS": ("①あ".encode("cp932"), "①あ", True),
    "ks_c_5601-1987": ("똠방각하".encode("cp949"), "똠방각하", True),
    "chinesebig5": ("中文".encode("big5"), "中文", True),
    "iso-2022-jp": ("日本語".encode("iso2022_jp"), "日本語", True),
    "koi8-r": ("привет".encode("koi8_r"), "привет", True),
    "utf-7": (b"+AOk-", "é", True),
    "utf-16": ("é".encode("utf-16"), "é", True),
    "utf-8-sig": (b"\xef\xbb\xbfa", "a", True),
    "iso-8859-8-i": ("שלום".encode("cp1255"), "שלום", True),
}


@pytest.mark.parametrize("declared", DECLARED)
def test_a_declared_charset_is_used_or_the_superset_meant_by_it(declared):
    raw, text, is_exact = DECLARED[declared]

    assert decode(raw, declared) == (text, is_exact)


@pytest.mark.parametrize(
    "declared",
    ["DEFAULT", "binary", "", "utf-8\r\n <div style=", "unicode_escape", "idna", "punycode", "rot13", "zlib",
     "hex", "undefined", "os.path", "../x", "x" * 10_000, "\x00", "\udcff"],
    ids=ascii,
)  # fmt: skip
def test_p6_what_is_no_charset_is_never_looked_up(declared):
    assert decode("é \\u0041 xn--".encode(), declared)[0] == "é \\u0041 xn--"


def test_text_without_a_charset_is_utf_8_or_else_windows_1252():
    assert decode("é".encode(), "") == ("é", False)
    assert decode("é".encode("cp1252"), "") == ("é", False)
    assert decode("日本語".encode("iso2022_jp"), "") == ("日本語", False)


def test_a_few_broken_characters_do_not_spoil_the_others():
    raw = ("é" * 50).encode() + b"\xff" + ("é" * 50).encode()

    assert decode(raw, "utf-8") == ("é" * 50 + "\ufffd" + "é" * 50, False)


def test_a_byte_that_windows_1252_lacks_costs_that_byte():
    assert decode("“é”".encode("cp1252") + b"\x8f", "windows-1252") == ("“é”\ufffd", False)


def test_latin_1_that_claims_to_be_utf_8_is_read_as_latin_1():
    assert decode("Größe für Öl".encode("latin-1"), "utf-8") == ("Größe für Öl", False)


@given(
    st.binary(),
    st.sampled_from([*DECLARED, "utf-32", "hz", "euc-jp", "cp037", "mac-roman", "utf-16le"]),
)
def test_no_bytes_are_refused(raw, declared):
    assert isinstance(decode(raw, declared)[0], str)


@given(st.binary(), st.text())
def test_no_name_is_refused(raw, declared):
    assert isinstance(decode(raw, declared)[0], str)
