"""The rows of a FETCH."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.mail.imap_rows import FetchRow, NotImapError, begins_row, read_row


class Said:
    """What follows a row's first line."""

    def __init__(self, *parts):
        self.left = list(parts)

    def read(self, size):
        chunk = self.left.pop(0)
        assert len(chunk) == size
        return chunk

    def more(self):
        return self.left.pop(0)


def read(line, *rest):
    said = Said(*rest)
    row = read_row(b"* 7 FETCH (" + line, said)
    assert said.left == []
    return row


def test_a_row_with_a_literal_is_read_whole():
    row = read(
        b"UID 42 FLAGS (\\Seen $Work) RFC822.SIZE 1234"
        b' INTERNALDATE " 3-Nov-2025 16:05:00 +0200" BODY[HEADER] {6}',
        b"A: b\r\n",
        b")",
    )

    assert (row.uid, row.flags, row.size) == (42, {"\\Seen", "$Work"}, 1234)
    assert row.arrived_at == datetime(2025, 11, 3, 14, 5, tzinfo=UTC)
    assert row.parts == {"HEADER": b"A: b\r\n"}


def test_items_after_the_literal_count_too():
    row = read(b"BODY[TEXT] {2}", b"hi", b" UID 42 FLAGS ())")

    assert (row.uid, row.flags, row.parts) == (42, frozenset(), {"TEXT": b"hi"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [(b'"a \\"b\\" (UID 9) \\\\"', b'a "b" (UID 9) \\'), (b'""', b""), (b"NIL", b"")],
)
def test_a_quoted_or_missing_text_is_read(written, meant):
    row = read(b"UID 42 BODY[TEXT] " + written + b")")

    assert (row.uid, row.parts) == (42, {"TEXT": meant})


def test_a_header_block_that_is_nil_was_not_given():
    row = read(b"UID 42 FLAGS () BODY[HEADER] NIL)")

    assert (row.uid, row.parts) == (42, {})


def test_a_row_without_a_uid_is_never_taken_for_another_messages():
    assert read(b"FLAGS (\\Deleted))") is None


@pytest.mark.parametrize(
    ("row", "rest"),
    [
        (b'MODSEQ (12121) X-GM-LABELS ("a b" (c)) UID 42 FLAGS (\\Seen))', ()),
        (b"UID 42 FLAGS (\\Seen) MODSEQ (7))", ()),
        (b"FLAGS (\\Seen) MODSEQ (7) UID 42)", ()),
        (
            b'ENVELOPE (NIL "UID 9)" ((NIL NIL {3}',
            (b"(a)", b" {1}", b")", b"))) UID 42 FLAGS (\\Seen))"),
        ),
        (b'BODYSTRUCTURE (("text" "plain" ("a" "b)") NIL)(("x"))) UID 42 FLAGS (\\Seen))', ()),
        (b'BODY[HEADER.FIELDS ("a]b" c)]<0> {2}', (b"UI", b" UID 42 FLAGS (\\Seen))")),
        (b"uid 42 flags (\\Seen) )", ()),
        (b"BINARY[1] ~{2}", (b"\0)", b" UID 42 FLAGS (\\Seen))")),
        (b"UID 42 X () FLAGS (\\Seen))", ()),
    ],
)
def test_items_that_nobody_asked_for_are_stepped_over(row, rest):
    found = read(row, *rest)

    assert (found.uid, found.flags) == (42, {"\\Seen"})


def test_a_piece_of_a_text_is_that_part():
    assert read(b"UID 1 BODY[TEXT]<4096> {2}", b"hi", b")").parts == {"TEXT": b"hi"}


@pytest.mark.parametrize(
    "written", [b'"99-Foo-0000 99:99:99 +9999"', b"NIL", b'""', b'"31-Feb-2025 00:00:00 +0000"']
)
def test_a_date_that_is_none_is_no_reason_to_stop(written):
    row = read(b"UID 42 INTERNALDATE " + written + b")")

    assert (row.uid, row.arrived_at) == (42, None)


@pytest.mark.parametrize(
    ("written", "hour", "minute"),
    [
        (b'"03-Nov-2025 12:00:00 +0530"', 6, 30),
        (b'"03-Nov-2025 12:00:00 -0330"', 15, 30),
        (b'" 3-NOV-2025 12:00:00 +0000"', 12, 0),
    ],
)
def test_a_date_names_an_instant(written, hour, minute):
    row = read(b"UID 42 INTERNALDATE " + written + b")")

    assert row.arrived_at == datetime(2025, 11, 3, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"UID 42",
        b"UID 42 FLAGS (a)",
        b"UID 42))",
        b"UID 42 FLAGS (a) junk)x",
        b"UID x)",
        b'UID 42 BODY[TEXT] "open)',
        b"UID 42 ENVELOPE (((a) b)",
        b"UID 42 ENVELOPE (a {3 b))",
    ],
)
def test_what_is_no_row_is_refused(line):
    with pytest.raises(ValueError):  # noqa: PT011 - NotImapError is one, and so is a number that is none
        read(line)


def test_other_answers_are_no_rows():
    said = (b"* 7 EXISTS", b"* SEARCH 1", b"A1 OK", b"* 7 FETCH", b"+ ok")

    assert not any(begins_row(one) for one in said)
    with pytest.raises(NotImapError):
        read_row(b"* SEARCH 1", Said())


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4), st.randoms())
def test_whatever_a_mail_holds_comes_back_byte_for_byte(texts, rng: random.Random):
    names = [f"PART{n}" for n in range(len(texts))]
    line, rest = b"* 1 FETCH (UID 9", []
    for name, text in zip(names, texts, strict=True):
        line += b" BODY[" + name.encode() + b"] "
        if rng.random() < 0.5 and not set(text) & {10, 13, 0}:
            line += b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        else:
            rest += [line + b"{%d}" % len(text), text]
            line = b""
    first, *others = [*rest, line + b")"]

    assert read_row(first, Said(*others)) == FetchRow(9, parts=dict(zip(names, texts, strict=True)))
