"""A mail in a file is read as the same mail in memory is: identity hangs on it."""

import base64
import binascii
import hashlib
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage.mail import spooled
from storage.mail.parse import parse_body
from storage.mail.pieces import Quads
from tests.unit.mail.test_parse import TEXTS, multipart

HEADER = b"From: Ana <ana@example.com>\nMessage-ID: <own@example.com>\nContent-Type: "
ENCODINGS = ("base64", "quoted-printable", "x-uuencode", "7bit", "")
ODD_LINE_ENDS = "Content-Type: text/csv; name=a.csv\n\na\rb\r\r\nc\r\n\r\n\nd\r\n\r\n\r"
SAMPLES = [*(raw for raw, _ in TEXTS.values()), multipart(ODD_LINE_ENDS)]


def split(raw):
    head, blank, text = raw.partition(b"\n\n")
    return head + blank, text


def in_pieces(tmp_path, header, text, *, piece):
    """Return the body read from a file, and the files that were kept, by their SHA-256."""
    path = tmp_path / "spool"
    path.write_bytes(text)
    files = {}

    def keep(pieces):
        content = b"".join(pieces)
        files[hashlib.sha256(content).digest()] = content
        return hashlib.sha256(content).digest()

    return parse_body(header, spooled.opened(path, piece=piece), keep=keep), files


def assert_alike(tmp_path, header, text, *, piece):
    at_once = parse_body(header, text)

    body, files = in_pieces(tmp_path, header, text, piece=piece)

    with_contents = [
        replace(one, content=files[one.sha256], sha256=None) if one.sha256 else one
        for one in body.parts
    ]
    assert replace(body, parts=tuple(with_contents)) == at_once


@pytest.mark.parametrize("piece", [1, 7, 64, 262_144])
@pytest.mark.parametrize("raw", SAMPLES)
def test_every_kind_of_mail_is_the_same_from_a_file(tmp_path, raw, piece):
    assert_alike(tmp_path, *split(raw), piece=piece)


@st.composite
def contents(draw):
    raw = draw(st.binary(max_size=200))
    line = draw(st.sampled_from([4, 19, 60, 76]))
    good = base64.b64encode(raw)
    lines = b"\r\n".join(good[at : at + line] for at in range(0, len(good), line))
    return draw(
        st.one_of(
            st.just(lines),
            st.just(
                lines + draw(st.sampled_from([b"=", b"\n\n", b"\n--\nlist info", b"QUJD", b"A"]))
            ),
            st.just(raw),
            st.just(binascii.b2a_qp(raw)),
            st.text("ab=\r\n-x \t09", max_size=200).map(str.encode),
        )
    )


@st.composite
def texts(draw):
    """Draw the text of a multipart that is right, or wrong in one of the usual ways."""
    lines = []
    for place in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["text/plain", "text/html", "image/png", "message/rfc822"]))
        name = draw(st.sampled_from(["", f"; name=file{place}"]))
        encoding = draw(st.sampled_from(ENCODINGS)).encode()
        lines += [
            b"--xx",
            f"Content-Type: {kind}{name}".encode(),
            b"Content-Transfer-Encoding: " + encoding,
            *([b""] * draw(st.sampled_from([1, 1, 1, 0]))),
            draw(contents()),
        ]
    end = draw(st.sampled_from([b"\n--xx--\n", b"\n", b"", b"\n--x"]))
    return draw(st.sampled_from([b"\n", b"\r\n"])).join(lines) + end


@settings(max_examples=300, deadline=None)
@given(
    texts(), st.integers(1, 40), st.sampled_from([b"multipart/mixed; boundary=xx", b"text/plain"])
)
def test_no_mail_is_another_one_because_it_came_in_pieces(tmp_path_factory, text, piece, kind):
    header = HEADER + kind + b"\n\n"

    assert_alike(tmp_path_factory.mktemp("spool"), header, text, piece=piece)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.text("QUJD= \n", max_size=9).map(str.encode), max_size=8))
@example([b"QU=", b"=QUJD"])
@example([b"QU=", b"JD"])
def test_base64_in_pieces_is_base64_at_once(pieces):
    quads = Quads()

    undone = b"".join(quads.feed(one) for one in pieces)

    try:
        at_once = binascii.a2b_base64(b"".join(pieces))
    except binascii.Error:
        assert not quads.is_complete
    else:
        assert quads.is_complete
        assert undone == at_once


def test_a_long_text_is_cut_where_it_is_cut_in_memory(tmp_path):
    text = "Grüße aus Köln. ".encode() * 700_000

    assert_alike(tmp_path, HEADER + b"text/plain; charset=utf-8\n\n", text, piece=262_144)
