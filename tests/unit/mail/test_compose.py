"""Final bytes: what a receiver reads is what was meant, and nothing more."""

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from storage.errors import UsageError
from storage.mail.compose import OutgoingFile, compose
from storage.records.mail import Address

AT = datetime(2025, 11, 3, 14, 5, tzinfo=UTC)
REQUESTER = Address("Ana Lopez", "ana@customer.example")


def composed(**changes):
    return compose(
        **{
            "sender": Address("Ben at Acme", "support@acme.example"),
            "to": [REQUESTER],
            "subject": "Re: It is broken",
            "text": "Hello",
            "message_id": "7KQ2.0.0@acme.example",
            "date": AT,
            **changes,
        }
    )


def read(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def header_block(raw):
    return raw.partition(b"\r\n\r\n")[0].decode()


def test_a_reply_reads_back_as_it_was_meant():
    mail = read(
        composed(
            cc=[Address("", "boss@customer.example")], in_reply_to="a@b", references=["0@b", "a@b"]
        )
    )

    assert mail["From"] == "Ben at Acme <support@acme.example>"
    assert mail["To"] == "Ana Lopez <ana@customer.example>"
    assert mail["Cc"] == "boss@customer.example"
    assert mail["Subject"] == "Re: It is broken"
    assert mail["Date"].datetime == AT
    assert mail["Message-ID"] == "<7KQ2.0.0@acme.example>"
    assert mail["In-Reply-To"] == "<a@b>"
    assert mail["References"].split() == ["<0@b>", "<a@b>"]


def test_the_bytes_are_ascii_with_cr_lf_line_ends():
    raw = composed(subject="Žluťoučký", text="日本語 ✓ " * 200 + "\n" + "x" * 3000, cc=[REQUESTER])

    assert raw.isascii()
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", raw) is None
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


@pytest.mark.parametrize(
    "subject",
    [
        "\N{PILE OF POO} subject=?UTF-8?Q?=0A?=Bcc: injected@evil.example",
        "=?UTF-8?Q?=0A?=Bcc: injected@evil.example",
        "=?utf-8?b?SGk=?=",
        "a=?us-ascii?q?=0d=0aBcc:_x@evil.example?=",
    ],
)
def test_a_quoted_subject_cannot_add_a_header(subject):
    raw = composed(subject=subject)

    assert not re.search(r"(?im)^bcc", header_block(raw))
    assert read(raw)["Subject"] == subject


@pytest.mark.parametrize(
    "subject",
    [
        "short",
        "",
        "Ünïcode",
        "word " * 60,
        "x" * 200,
        "日本語" * 80,
        "two  spaces   three",
        "🎉" * 50,
        "a" * 68 + " " + "b" * 68,
    ],
)
def test_a_subject_reads_back_letter_by_letter(subject):
    raw = composed(subject=subject)

    unfolded = header_block(raw).partition("Subject: ")[2].split("\r\nDate:")[0]
    words = email.header.make_header(email.header.decode_header(re.sub(r"\r\n(?= )", "", unfolded)))

    assert str(words).strip() == subject.strip()


@pytest.mark.parametrize(
    "odd", ["a\r\nBcc: x@y.example", "a\nb", "a\x00b", "a\x85b", "a\u2028b", "\ud800"]
)
def test_a_line_break_in_a_subject_or_name_is_refused(odd):
    with pytest.raises(UsageError):
        composed(subject=odd)
    with pytest.raises(UsageError):
        composed(to=[Address(odd, "ana@customer.example")])


@pytest.mark.parametrize(
    "name",
    [
        'A very long name, with a comma and "quotes" in it, yes@evil.example <x@evil.example>',
        "ceo@customer.example",
        "Ünï, Cödé; <x@evil.example>" * 3,
        "=?utf-8?q?x=40evil.example?=",
        "back\\slash",
        "(comment)",
        "group: a@b.example;",
    ],
)
def test_no_name_adds_or_changes_a_recipient(name):
    raw = composed(to=[Address(name, "ana@customer.example"), Address("Zoe", "zoe@c.example")])

    listed = read(raw)["To"].addresses

    assert [one.addr_spec for one in listed] == ["ana@customer.example", "zoe@c.example"]
    # the standard library puts a space between two encoded words of a name, wrongly
    assert listed[0].display_name.replace(" ", "") == name[:64].replace(" ", "")


@pytest.mark.parametrize("count", [1, 12])
def test_long_ids_stand_in_the_header_byte_for_byte(count):
    ids = [f"{number:03d}{'a' * 90}@prod.outlook.example" for number in range(count)]

    raw = composed(in_reply_to=ids[-1], references=ids)

    lines = header_block(raw).split("\r\n")
    assert f"In-Reply-To: <{ids[-1]}>" in lines
    assert f"References: <{ids[0]}>" in lines
    assert all(f" <{one}>" in lines for one in ids[1:])


@pytest.mark.parametrize("bad", ["", "a b@c", "no-at", "a@b>\r\nBcc: x@y", "ä@b", "x" * 950 + "@b"])
def test_an_id_that_cannot_stand_in_a_header_is_left_out(bad):
    raw = composed(in_reply_to=bad, references=[bad, "good@b"])

    assert read(raw)["In-Reply-To"] is None
    assert read(raw)["References"] == "<good@b>"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b\r\nBcc: c@d.example",
        "a b@c.example",
        "a@b@c.example",
        "a@c.example, d@e.example",
        "<a@c.example>",
        "a@-.example",
        "a@b..example",
        "a" * 250 + "@c.example",
    ],
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(UsageError):
        composed(to=[Address("", address)])


def test_a_foreign_domain_is_written_in_ascii():
    raw = composed(to=[Address("J", "j@exämple.example")])

    assert read(raw)["To"].addresses[0].addr_spec == "j@xn--exmple-cua.example"


def test_a_local_part_in_other_letters_is_kept_and_is_all_that_is_not_ascii():
    raw = composed(to=[Address("Jürgen", "jürgen@c.example")], subject="Grüße", text="Grüße")

    assert b"<j\xc3\xbcrgen@c.example>" in raw
    assert raw.replace(b"j\xc3\xbcrgen", b"").isascii()


def test_a_mail_to_nobody_is_refused():
    with pytest.raises(UsageError):
        composed(to=[])


def test_a_date_without_a_zone_is_refused():
    with pytest.raises(UsageError):
        composed(date=datetime(2025, 11, 3))  # noqa: DTZ001 - the point


def test_a_date_in_another_zone_keeps_its_instant():
    there = AT.astimezone(timezone(timedelta(hours=-7)))

    assert read(composed(date=there))["Date"].datetime == AT


def test_the_text_part_is_the_markdown_and_the_html_part_is_made_from_it():
    mail = read(composed(text="# Try this\n\n1. *one*\n2. `two`\n"))

    plain, html = mail.iter_parts()
    assert mail.get_content_type() == "multipart/alternative"
    assert plain.get_content().replace("\r\n", "\n") == "# Try this\n\n1. *one*\n2. `two`\n"
    assert "<em>one</em>" in html.get_content()


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("<img src=x onerror=y>", "<img"),
        ("[x](javascript:alert)", 'href="javascript'),
        ("[x](data:text/html;base64,xx)", 'href="data'),
        ("[x](file:///etc/passwd)", 'href="file'),
        ("![x](http://track.example/pixel.png)", "<img"),
    ],
)
def test_nothing_in_the_html_part_can_act(text, never):
    html = read(composed(text=text)).get_body(("html",)).get_content()

    assert never not in html


def test_control_characters_of_a_quoted_text_do_not_leave():
    raw = composed(text="> \x1b]52;c;QQ\x1b\\ \x9b31m \x00 done")

    plain = read(raw).get_body(("plain",)).get_content()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", plain.replace("\r\n", "\n"))
    assert "done" in plain


def test_a_lone_surrogate_does_not_stop_a_reply():
    assert composed(text="broken \ud83d half")


@pytest.mark.parametrize("text", ["[" * 50_000, "x " * 80_000])
def test_a_bomb_in_the_quote_goes_as_text_alone(text):
    assert read(composed(text=text)).get_content_type() == "text/plain"


def test_a_body_with_a_lone_dot_is_kept_as_it_is():
    mail = read(composed(text=".\nMAIL FROM:<x@y>\n..\n"))

    plain = mail.get_body(("plain",)).get_content()
    assert plain.replace("\r\n", "\n") == ".\nMAIL FROM:<x@y>\n..\n"


@pytest.mark.parametrize(
    "name",
    ['a"b.pdf', "a\r\nBcc: x@y.example.pdf", "../../etc/passwd", "日本語.pdf", "x" * 300 + ".pdf"],
)
def test_an_attachment_arrives_whole_under_a_safe_name(name):
    content = bytes(range(256)) * 40

    raw = composed(
        attachments=[OutgoingFile(filename=name, mime="application/pdf", content=content)]
    )

    (part,) = read(raw).iter_attachments()
    assert part.get_content() == content
    assert not re.search(r"[\r\n/]", part.get_filename())
    assert part.get_filename().endswith(".pdf") or "passwd" in part.get_filename()
    assert not re.search(rb"(?im)^bcc", raw)


@pytest.mark.parametrize("mime", ["message/rfc822", "multipart/mixed", "x", "", "a/b\r\nBcc: c"])
def test_a_file_type_that_would_be_read_as_mail_becomes_plain_bytes(mime):
    raw = composed(attachments=[OutgoingFile(filename="f.bin", mime=mime, content=b"x")])

    (part,) = read(raw).iter_attachments()
    assert part.get_content_type() == "application/octet-stream"


def test_there_is_never_a_bcc():
    assert read(composed(cc=[REQUESTER]))["Bcc"] is None
