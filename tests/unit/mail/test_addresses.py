"""Who a mail is from: I1-I8 and what real programs write."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.mail.addresses import mailboxes, people
from storage.mail.headers import parse_headers

SENDERS = {
    "usual": ("Ana Ruiz <ana@example.com>", "Ana Ruiz", "ana@example.com"),
    "bare": ("ana@example.com", "", "ana@example.com"),
    "comment as name": ("ana@example.com (Ana (the) Ruiz)", "Ana (the) Ruiz", "ana@example.com"),
    "comma without quotes": ("Ruiz, Ana <ana@example.com>", "Ruiz, Ana", "ana@example.com"),
    "comma in quotes": ('"Ruiz, Ana" <ana@example.com>', "Ruiz, Ana", "ana@example.com"),
    "escaped quotes": ('"Ana \\"A\\" Ruiz" <ana@example.com>', 'Ana "A" Ruiz', "ana@example.com"),
    "upper case": ("<Ana@EXAMPLE.com>", "", "ana@example.com"),
    "encoded word with quotes": (
        '=?utf-8?Q?"Ruiz,_Ana"?= <ana@example.com>',
        "Ruiz, Ana",
        "ana@example.com",
    ),
    "encoded word in quotes": (
        '"=?utf-8?B?QW5h?=" <ana@example.com>',
        "Ana",
        "ana@example.com",
    ),
    "no closing bracket": ("Ana <ana@example.com", "Ana", "ana@example.com"),
    "no closing quote": ('"Ana <ana@example.com>', "Ana", "ana@example.com"),
    "two brackets": ("<<ana@example.com>>", "", "ana@example.com"),
    "mailto": ("Ana <mailto:ana@example.com>", "Ana", "ana@example.com"),
    "source route": ("<@a.example,@b.example:ana@example.com>", "", "ana@example.com"),
    "comments inside": ("Ana <ana(work)@example.com(x)>", "Ana", "ana@example.com"),
    "quoted local part": ('"ana ruiz"@example.com', "ana ruiz@example.com", '"ana ruiz"@example.com'),
    "other alphabet": ("ana@bücher.example", "", "ana@xn--bcher-kva.example"),
    "smiley": ("Ana :) <ana@example.com>", "Ana :)", "ana@example.com"),
    "address literal": ("ana@[192.0.2.1]", "", "ana@[192.0.2.1]"),
    "encoded as a whole": ("=?utf-8?q?Ana_=3Cana=40example=2Ecom=3E?=", "Ana", "ana@example.com"),
    "no address": ("Mail Delivery System", "Mail Delivery System", ""),
    "I1 address in the name": (
        "ceo@customer.example <a@evil.example>",
        "ceo@customer.example",
        "a@evil.example",
    ),
    "I2 the same in quotes": (
        '"ceo@customer.example" <a@evil.example>',
        "ceo@customer.example",
        "a@evil.example",
    ),
    "I3 the same encoded": (
        "=?utf-8?q?ceo=40customer.example_=3Cceo=40customer.example=3E?= <a@evil.example>",
        "ceo@customer.example <ceo@customer.example",
        "a@evil.example",
    ),
    "I4 stray parenthesis": ("alice@example.org)<bob@evil.example>", None, ""),
    "I4 stray bracket": ("alice@example.org]<bob@evil.example>", None, ""),
    "I4 without angles": ("alice@example.org)bob@evil.example", None, ""),
    "I5 two at signs": ("a@evil.example@good.example", None, ""),
    "I5 in angles": ("<a@evil.example@good.example>", None, ""),
    "two bare addresses": ("a@evil.example b@good.example", None, ""),
    "I8 hidden characters": ("\u202eAna\u200b <ana@example.com>", "Ana", "ana@example.com"),
}  # fmt: skip


@pytest.mark.parametrize(("field", "name", "email"), SENDERS.values(), ids=SENDERS)
def test_the_sender_is_whom_the_structure_names(field, name, email):
    sender = parse_headers(f"From: {field}\n\n".encode()).sender

    assert sender.email == email
    assert name is None or sender.name == name


@pytest.mark.parametrize(
    ("field", "doubt"),
    [
        ("ceo@customer.example <a@evil.example>", "holds another address"),
        ("alice@example.org)<bob@evil.example>", "unclear"),
        ("a@example.com, b@example.com", "more than one sender"),
        ("Ana\nFrom: Ben <ben@example.com>", "no address"),
        ("ana@example.com\nFrom: ben@example.com", "more than one sender"),
        ("Ana <ana@xn--pple-43d.example>", "not plain ASCII"),
        ("Pаypal <ana@example.com>", "mixes alphabets"),
        ("=?utf-8?q?ana=40example=2Ecom?=", "hides the address"),
    ],
)
def test_i6_i7_a_doubtful_sender_is_flagged(field, doubt):
    assert doubt in " ".join(parse_headers(f"From: {field}\n\n".encode()).defects)


def test_names_in_one_alphabet_are_not_flagged():
    for name in ("Мария Петрова", "Müller & Söhne", "山田太郎 (Yamada)", "Anna-Μαρία"):
        headers = parse_headers(f"From: {name} <ana@example.com>\n\n".encode())

        assert headers.defects == (), name


def test_groups_are_taken_apart():
    field = "Team: a@example.com, Ben <b@example.com>; undisclosed-recipients:;"

    assert [one.email for one in people(field)] == ["a@example.com", "b@example.com"]


def test_nobody_is_named_by_undisclosed_recipients():
    assert people("undisclosed-recipients:;") == ()


@pytest.mark.parametrize(
    "field",
    ['"\\' * 50_000, '"' * 100_000, "(" * 100_000, "<" * 100_000, "=?a?q?" * 20_000, "," * 100_000,
     "a@b.example, " * 50_000, "@" * 100_000, "<a@" * 30_000, ":" * 50_000 + ";"],
    ids=ascii,
)  # fmt: skip
def test_a_hostile_field_takes_linear_time(field):
    start = time.process_time()

    mailboxes(field)

    assert time.process_time() - start < 3


@given(st.text(st.sampled_from('<>@,;:"()[]\\ =?abq.\u202e\n\x00ä')))
def test_what_is_called_clear_is_one_plain_address(field):
    for one in mailboxes(field):
        assert one.is_clear == bool(one.address.email)
        outside_quotes = one.address.email.rpartition('"')[2]
        assert outside_quotes.count("@") == int(one.is_clear)
        assert one.address.email.isprintable()
        assert one.address.name.isprintable()
