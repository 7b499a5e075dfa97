"""Whole mails as values: P3-P12, what is text, what is a file, what a bounce is about."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.mail.parse import parse_body, parse_mail


def mail(body, *, kind="text/plain; charset=utf-8", **more):
    lines = [
        "From: Ana <ana@example.com>",
        "Message-ID: <own@example.com>",
        f"Content-Type: {kind}",
    ]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return ("\n".join(lines) + "\n\n").encode() + (
        body if isinstance(body, bytes) else body.encode()
    )


def multipart(*parts, kind="mixed"):
    body = "".join(f"--xx\n{part}\n" for part in parts) + "--xx--\n"
    return mail(body, kind=f"multipart/{kind}; boundary=xx")


def body_of(raw):
    return parse_mail(raw).body


PLAIN = "Content-Type: text/plain; charset=utf-8\n\nplain words"
HTML = "Content-Type: text/html; charset=utf-8\n\n<p>rich words</p>"
BLANK = "Content-Type: text/plain\n\n \xa0\n"
FILE = 'Content-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64\n\nJVBERi0='
NAMED_TEXT = "Content-Type: text/plain\nContent-Disposition: attachment; filename=log.txt\n\nline"

TEXTS = {
    "plain": (mail("hello\n"), "hello"),
    "html only": (mail("<p>hello</p>", kind="text/html"), "hello"),
    "alternative": (multipart(PLAIN, HTML, kind="alternative"), "plain words"),
    "blank plain beside html": (multipart(BLANK, HTML, kind="alternative"), "rich words"),
    "html first": (multipart(HTML, PLAIN, kind="alternative"), "plain words"),
    "two plain texts": (multipart(PLAIN, PLAIN.replace("plain words", "more words")), "plain words\n\nmore words"),
    "P7 a second text of another kind": (multipart(PLAIN, HTML), "plain words\n\n* * *\n\nrich words"),
    "the same in two kinds": (multipart(PLAIN, HTML.replace("rich", "plain")), "plain words"),
    "P7 a text that is a file": (multipart(PLAIN, NAMED_TEXT), "plain words"),
    "only a named text": (
        multipart("Content-Type: text/plain; name=mail.txt\n\nnamed words", FILE), "named words"
    ),
    "P10 enriched": (mail("<bold>a</bold> << b", kind="text/enriched"), "a < b"),
    "P10 unknown kind of text": (mail("BEGIN:X", kind="text/x-odd"), "BEGIN:X"),
    "a kind that is no type": (mail("words", kind="text"), "words"),
    "quoted-printable": (mail("caf=C3=A9 =\nau lait =ZZ", Content_Transfer_Encoding="quoted-printable"), "café au lait =ZZ"),
    "8 bit inside quoted-printable": (mail("café=20x", Content_Transfer_Encoding="quoted-printable"), "café x"),
    "base64": (mail(base64.b64encode("é".encode()), Content_Transfer_Encoding="base64"), "é"),
    "base64 with a list's footer": (
        mail(base64.b64encode("é!".encode()) + b"\n____\nlist info\n", Content_Transfer_Encoding="base64"), "é!"
    ),
    "uuencode": (mail("begin 644 x\n#86)C\n`\nend\n", Content_Transfer_Encoding="x-uuencode"), "abc"),
    "flowed": (
        mail("> a \n> b\nc \nd\n-- \nAna", kind="text/plain; format=flowed"), "> a b\nc d\n-- \nAna"
    ),
    "charset of the page itself": (
        mail("<meta charset=koi8-r><p>привет".encode("koi8-r"), kind="text/html"), "привет"
    ),
    "T7 T8 T9": (mail("a\rb\x08\x00\tc"), "a\nb\ufffd\tc"),
    "P5 boundary missing": (mail("all\nof it", kind="multipart/mixed; boundary=none"), "all\nof it"),
    "P5 never closed": (mail("--xx\n\nwords", kind="multipart/mixed; boundary=xx"), "words"),
    "P5 closed and never opened": (
        multipart("Content-Type: multipart/related; boundary=yy\n\n--yy--", PLAIN), "plain words"
    ),
    "P5 inner boundary is the outer one": (
        mail(
            "--xx\nContent-Type: multipart/alternative; boundary=xx\n\n--xx\n\ninner\n--xx--\n",
            kind="multipart/mixed; boundary=xx",
        ),
        "inner",
    ),
    "P5 inner boundary begins like the outer one": (
        mail(
            "--x\nContent-Type: multipart/mixed; boundary=xy\n\n--xy\n\none\n--xy--\n--x\n\ntwo\n--x--\n",
            kind="multipart/mixed; boundary=x",
        ),
        "one\n\ntwo",
    ),
    "another boundary declared": (
        mail("--zz\nContent-Type: text/plain\n\nwords\n--zz--\n", kind="multipart/mixed; boundary=zz_"), "words"
    ),
    "boundary not declared": (
        mail("--zz\nContent-Type: text/plain\n\nwords\n--zz--\n", kind="multipart/mixed"), "words"
    ),
    "P12 nothing": (b"", ""),
    "P12 only a line end": (b"\r\n", ""),
    "P12 only carriage returns": (b"Subject: x\r\rwords\rmore", "words\nmore"),
    "no header at all": (b"just words\nof somebody\n", "just words\nof somebody"),
    "text right after the header": (b"Subject: x\nHello you\n\nthere\n", "Hello you\n\nthere"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "text"), TEXTS.values(), ids=TEXTS)
def test_the_text_is_what_people_read(raw, text):
    assert body_of(raw).text == text


@pytest.mark.parametrize(("raw", "text"), TEXTS.values(), ids=TEXTS)
def test_line_ends_of_the_wire_change_nothing(raw, text):
    if b"\r" in raw:
        return
    on_the_wire = raw.replace(b"\n", b"\r\n")

    assert body_of(on_the_wire).text == text
    assert body_of(on_the_wire).content_hash == body_of(raw).content_hash


@pytest.mark.parametrize(("raw", "_text"), TEXTS.values(), ids=TEXTS)
def test_header_and_text_apart_say_what_the_mail_says(raw, _text):
    blank = raw.find(b"\n\n") + 2 if b"\n\n" in raw else len(raw)

    assert parse_body(raw[:blank], raw[blank:]) == body_of(raw)


FILES = {
    "usual": (FILE, ("a.pdf", "application/pdf", 5, True)),
    "a text": (NAMED_TEXT, ("log.txt", "text/plain", 4, True)),
    "F1 a path": (FILE.replace("a.pdf", "../../x/a.pdf"), ("a.pdf", "application/pdf", 5, True)),
    "F1 a path of Windows": (FILE.replace("a.pdf", r"C:\TEMP\nsmail.pdf"), ("nsmail.pdf", "application/pdf", 5, True)),
    "encoded word": (FILE.replace("a.pdf", "=?utf-8?Q?caf=C3=A9.pdf?="), ("café.pdf", "application/pdf", 5, True)),
    "RFC 2231": (
        FILE.replace('name="a.pdf"', "name*0*=utf-8''caf%C3; name*1*=%A9; name*2=.pdf"),
        ("café.pdf", "application/pdf", 5, True),
    ),
    "RFC 2231 out of order": (
        FILE.replace('name="a.pdf"', "name*1=b.pdf; name*0=a"), ("ab.pdf", "application/pdf", 5, True)
    ),
    "spaces without quotes": (
        "Content-Type: application/pdf\nContent-Disposition: attachment; filename=my file.pdf; size=4\n\nabcd",
        ("my file.pdf", "application/pdf", 4, True),
    ),
    "no name": ("Content-Type: image/png\nContent-ID: <c@x>\n\nabcd", ("part-2.png", "image/png", 4, False)),
    "P4 an embedded mail": (
        "Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/html\n\n<b>x",
        ("part-2.eml", "message/rfc822", 44, False),
    ),
    "P9 S/MIME": (
        "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nabcd",
        ("smime.p7s", "application/pkcs7-signature", 4, True),
    ),
    "P9 winmail.dat": (
        "Content-Type: application/ms-tnef; name=winmail.dat\n\nabcd", ("winmail.dat", "application/ms-tnef", 4, True)
    ),
    "P10 a calendar": ("Content-Type: text/calendar\n\nBEGIN", ("part-2.ics", "text/calendar", 5, False)),
}  # fmt: skip


@pytest.mark.parametrize(("part", "expected"), FILES.values(), ids=FILES)
def test_what_is_no_text_of_the_mail_is_listed(part, expected):
    body = body_of(multipart(PLAIN, part))

    assert body.text == "plain words"
    assert [(one.filename, one.mime, one.size, one.is_named) for one in body.parts] == [expected]
    assert body.parts[0].part == "2"


def test_pictures_of_the_page_that_is_not_shown_are_listed():
    related = (
        "Content-Type: multipart/related; boundary=yy\n\n--yy\n"
        + HTML
        + "\n--yy\nContent-Type: image/png; name=logo.png\nContent-ID: <l@x>\n\nabc\n--yy--"
    )

    body = body_of(multipart(PLAIN, related, kind="alternative"))

    assert body.text == "plain words"
    assert [(one.part, one.filename, one.cid) for one in body.parts] == [("2.2", "logo.png", "l@x")]


def test_wordings_for_other_programs_are_no_files():
    amp = "Content-Type: text/x-amp-html\n\n<html amp>"

    assert body_of(multipart(PLAIN, amp, HTML, kind="alternative")).parts == ()


def test_p3_one_bad_character_marks_the_file_and_shows_the_message():
    body = body_of(multipart(PLAIN, FILE.replace("JVBERi0=", "JVB!ERi0=")))

    assert body.text == "plain words"
    assert body.parts[0].content == b"%PDF-"
    assert body.defects == ("Its file a.pdf is damaged.",)


def test_the_same_content_encoded_in_another_way_has_the_same_hash():
    one = mail("café  au\nlait")
    other = mail("caf=C3=A9 au lait", Content_Transfer_Encoding="quoted-printable")

    assert body_of(one).content_hash == body_of(other).content_hash


@pytest.mark.parametrize(
    "other",
    [PLAIN.replace("plain words", "other"), NAMED_TEXT, FILE.replace("JVBERi0=", "JVBERi4=")],
)
def test_another_content_has_another_hash(other):
    assert (
        body_of(multipart(PLAIN, FILE)).content_hash
        != body_of(multipart(PLAIN, other)).content_hash
    )


def test_an_encrypted_mail_says_so():
    raw = multipart("Content-Type: application/pgp-encrypted\n\nVersion: 1", FILE, kind="encrypted")

    assert any("encrypted" in one for one in body_of(raw).defects)


def bounce(*parts):
    return multipart(PLAIN, *parts, kind="report; report-type=delivery-status")


BOUNCES = {
    "embedded mail": bounce(
        "Content-Type: message/rfc822\n\nMessage-ID: <a@b.example>\nSubject: x\n\nbody"
    ),
    "embedded header": bounce(
        "Content-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID:\n <a@b.example>\n"
    ),
    "status": bounce(
        "Content-Type: message/disposition-notification\n\nOriginal-Message-ID: <a@b.example>"
    ),
    "copied below, nothing typed": (
        b"From: MAILER-DAEMON@mx.example\nMessage-ID: <own@mx.example>\n\nNot delivered.\n\n"
        b"--- Below this line is a copy\n\nReceived: x\nMessage-Id: <a@b.example>\nSubject: x\n"
    ),
    "typed as something else": bounce(
        "Content-Type: message/partial\n\nMessage-ID: <a@b.example>\n\nbody"
    ),
    "null path, quoted": b"Return-Path: <>\nFrom: postmaster@mx.example\n\n> Message-ID: <a@b.example>\n",
}


@pytest.mark.parametrize("raw", BOUNCES.values(), ids=BOUNCES)
def test_a_bounce_names_the_mail_it_is_about(raw):
    assert body_of(raw).reported_ids == ("a@b.example",)


def test_a_person_who_quotes_an_id_sends_no_bounce():
    assert body_of(mail("Message-ID: <a@b.example>")).reported_ids == ()


HOSTILE = st.lists(
    st.sampled_from(
        [b"--xx\n", b"--xx--\n", b"--yy\r\n", b"Content-Type: ", b"multipart/mixed; boundary=xx\n",
         b"multipart/alternative; boundary=yy\r\n", b"text/html\n", b"message/rfc822\n", b"\n", b"\r\n", b"\r",
         b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n",
         b"Content-Transfer-Encoding: x-uuencode\n", b"begin 644 x\n", b"From: a@b.c\n", b"=C3=A", b"QUJD", b"<p>x",
         b"\xff\xfe", b"Content-Disposition: attachment; filename*0*=utf-8''%", b"; charset=utf-16", b"a" * 80]
    ),
    max_size=30,
)  # fmt: skip


@given(HOSTILE)
def test_no_mail_is_refused(pieces):
    found = parse_mail(b"".join(pieces)).body

    assert not any("could not be taken apart" in one for one in found.defects)
    assert not set(found.text) & set("\x00\x08\r\x1b\x7f\x9b")


@given(st.binary())
def test_no_bytes_are_refused_either(raw):
    found = parse_mail(raw)

    assert len(found.body.content_hash) == 32
    assert not any("could not be taken apart" in one for one in found.body.defects)
