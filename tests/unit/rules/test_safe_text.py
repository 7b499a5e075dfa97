"""The terminal, file name and link cases: T1-T14, F1, I8, I12, U1, U2."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.safe_text import ascii_domain, block, file_name, is_web_link, link_host, one_line

ACTS_ON_A_TERMINAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

SEQUENCES = {
    "T1 clipboard": ("x\x1b]52;c;ZWNobyBwd25k\x1b\\y", "xy"),
    "T1 clipboard ended by BEL": ("x\x1b]52;c;ZWNobw==\x07y", "xy"),
    "T2 C1 colour and title": ("\x9b31mred\x9d0;t\x9cbar", "redbar"),
    "T3 clear the screen": ("\x1b[2J\x1b[Hx", "x"),
    "T8 backspaces": ("ab" + "\x08" * 20, "ab"),
    "T9 NUL": ("a\x00b", "a\ufffdb"),
    "T10 DCS": ("\x1bP1$r0m\x1b\\z", "z"),
    "T10 kitty graphics": ("\x1b_Ga=T;AAAA\x1b\\z", "z"),
    "T11 OSC without an end": ("text \x1b]rest", "text rest"),
    "T13 a server's colours": ("535 \x1b[32mconnected", "535 connected"),
    "reset": ("a\x1bcb", "ab"),
    "half a surrogate pair": ("a\ud83d", "a\ufffd"),
}


@pytest.mark.parametrize(("text", "expected"), SEQUENCES.values(), ids=SEQUENCES)
def test_an_escape_sequence_is_gone_and_the_words_stay(text, expected):
    assert block(text) == expected
    assert one_line(text) == expected


def test_t7_a_carriage_return_begins_a_line_and_covers_nothing():
    assert block("safe\rEVIL\r\nnext") == "safe\nEVIL\nnext"
    assert one_line("safe\rEVIL") == "safe EVIL"


def test_t9_tabs_and_newlines_stay_in_a_block():
    assert block("a\tb\nc") == "a\tb\nc"


def test_t12_marks_are_clamped_and_emoji_keep_their_joiners():
    assert block("e" + "\u0301" * 100 + "x") == "e" + "\u0301" * 5 + "x"
    assert one_line("👩\u200d💻 ❤\ufe0f\u200d🔥") == "👩\u200d💻 ❤\ufe0f\u200d🔥"
    assert one_line("می\u200cخواهم") == "می\u200cخواهم"
    assert one_line("pay\u200dpal") == "paypal"


def test_t12_a_pile_of_marks_cannot_hide_behind_joiners():
    pile = "ก" + "\u0e48\u200d" * 100

    assert len(block(pile)) <= 6


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u200b", "\u2066", "\ufeff", "\u00ad", "\U000e0041", "\u200f"]
)
def test_i8_what_reorders_or_hides_is_gone_from_a_line(hidden):
    assert one_line(f"pay{hidden}pal") == "paypal"


def test_i12_no_break_spaces_and_long_names_are_cut_to_size():
    assert one_line("A\xa0\x00B") == "A \ufffdB"
    assert one_line("n" * 4096, limit=200) == "n" * 199 + "…"


def test_marks_of_right_to_left_prose_stay_in_a_block():
    assert block("שלום\u200f!") == "שלום\u200f!"


def test_a_block_is_cut_at_its_limit():
    assert block("abcdef", limit=3) == "abc"


@given(st.text())
def test_nothing_that_passed_can_act_on_a_terminal(text):
    assert not ACTS_ON_A_TERMINAL.search(block(text))
    assert not ACTS_ON_A_TERMINAL.search(one_line(text))
    assert "\n" not in one_line(text)
    assert "\t" not in one_line(text)


@given(st.text(st.sampled_from("\x1b\x9b\x9d[]P_;m\\\x07\x9c\u200d👩e\u0301\r\n ax0")))
def test_cleaning_twice_changes_nothing(text):
    assert block(block(text)) == block(text)
    assert one_line(one_line(text)) == one_line(text)


NAMES = {
    "../../.ssh/authorized_keys": "authorized_keys",
    "/etc/passwd": "passwd",
    r"C:\Windows\x": "x",
    r"..\..\x": "x",
    "1234/../../1234.txt": "1234.txt",
    "php://foo": "foo",
    "a\nb.pdf": "a b.pdf",
    "x\x00.pdf": "x_.pdf",
    ".bashrc": "_bashrc",
    "": "attachment",
    ".": "attachment",
    "..": "attachment",
    "CON": "_CON",
    "aux.txt": "_aux.txt",
    "a.": "a",
    "a:stream": "a_stream",
    "-rf": "_rf",
    "~root": "_root",
    "invoice\u202egpj.exe": "invoicegpj.exe",
    "見積書 (最終).pdf": "見積書 (最終).pdf",
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items(), ids=[ascii(name) for name in NAMES])
def test_f1_a_file_name_means_a_plain_file_in_the_chosen_folder(name, expected):
    assert file_name(name) == expected


def test_f1_a_long_name_keeps_its_extension():
    name = file_name("é" * 300 + ".pdf")

    assert len(name.encode()) <= 200
    assert name.endswith("é.pdf")


@given(st.text())
def test_f1_no_name_leaves_the_folder(text):
    name = file_name(text)

    assert name
    assert len(name.encode()) <= 200
    assert name[0] not in ".-"
    assert not set(name) & set('/\\:\x00<>"|?*')
    assert not any(unicodedata.category(one) in {"Cc", "Cs"} for one in name)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://example.com/a?b=c#d",
        "HTTPS://EXAMPLE.COM",
        "mailto:a@example.com?subject=x",
    ],
)
def test_u1_a_web_link_may_be_opened(url):
    assert is_web_link(url)


@pytest.mark.parametrize(
    "url",
    [
        "--flag", "%action--x", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ssh://host",
        "vscode://x", r"\\host\share", "http://", "https:example.com", "http:///x", "http://-x.example", "http://[::1",
        "http://x/\x1b]52;c;QQ\x1b\\", "http://x/a b", "http://x/\u202e", "mailto:?attach=/etc/passwd", "mailto:-x@y.de",
        "", "http://" + "a" * 5000,
    ],
)  # fmt: skip
def test_u1_u2_t5_anything_else_is_shown_and_not_opened(url):
    assert not is_web_link(url)


def test_u3_the_host_shown_is_the_one_that_is_reached():
    assert link_host("https://bank.example@evil.example/login") == "evil.example"
    assert link_host("https://аpple.example/") == "xn--pple-43d.example"


def test_i7_a_domain_in_another_alphabet_shows_its_ascii_form():
    assert ascii_domain("BÜCHER.example.") == "xn--bcher-kva.example"
    assert ascii_domain("a" * 300 + "ü") == ""
