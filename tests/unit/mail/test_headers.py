"""A header block as a value: ids, dates, subjects, machines."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.mail.headers import parse_headers
from storage.rules.safe_text import one_line


def headers(**fields):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return parse_headers(("\r\n".join(lines) + "\r\n\r\n").encode())


SUBJECTS = {
    "plain": ("Hello", "Hello"),
    "folded": ("Hello\r\n there", "Hello there"),
    "encoded": ("=?utf-8?Q?caf=C3=A9?= x", "café x"),
    "cut inside a character": ("=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9_ok?=", "café ok"),
    "padding missing": ("=?utf-8?B?Y2Fmw6kgYWI?=", "café ab"),
    "end missing": ("=?utf-8?B?Y2Fmw6kgYWJj", "café abc"),
    "question mark inside": ("=?utf-8?q?what?=20now?=", "what? now"),
    "space inside": ("=?UTF-8?Q?Foo bar?=", "Foo bar"),
    "no space between": ("=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
    "language": ("=?utf-8*en?Q?x?=", "x"),
    "unknown charset": ("=?x-none?Q?=E4?=", "ä"),
    "raw UTF-8": ("café", "café"),
    "H1 a header inside": ("=?UTF-8?Q?x=0D=0ABcc:_b@example.com?=", "x Bcc: b@example.com"),
    "T1 a clipboard sequence": ("x=?utf-8?q?=1B]52;c;QQ=3D=3D=1B\\?=", "x"),
}


@pytest.mark.parametrize(("said", "subject"), SUBJECTS.values(), ids=SUBJECTS)
def test_a_subject_is_read_as_people_meant_it(said, subject):
    assert headers(Subject=said).subject == subject


def test_raw_bytes_of_a_subject_are_read_in_the_charset_of_the_text():
    raw = "Subject: [광고] 5\nContent-Type: text/plain; charset=euc-kr\n\n".encode("euc-kr")

    assert parse_headers(raw).subject == "[광고] 5"


def test_raw_bytes_inside_an_encoded_word_are_read_in_its_charset():
    assert (
        parse_headers("Subject: =?iso-8859-1?Q?Fr\xf6sche?=\n\n".encode("latin-1")).subject
        == "Frösche"
    )


DATES = {
    "Mon, 3 Mar 2025 10:12:00 +0100": datetime(2025, 3, 3, 9, 12, tzinfo=UTC),
    "3 Mar 2025 10:12 GMT": datetime(2025, 3, 3, 10, 12, tzinfo=UTC),
    "Mon, 3 Mar 2025 10:12:00 -0500 (EST)": datetime(2025, 3, 3, 15, 12, tzinfo=UTC),
    "Mon, 3 Mar 25 10:12:00 PST": datetime(2025, 3, 3, 18, 12, tzinfo=UTC),
    "Mon Mar  3 10:12:00 2025": datetime(2025, 3, 3, 10, 12, tzinfo=UTC),
    "2025-03-03T10:12:00+01:00": datetime(2025, 3, 3, 9, 12, tzinfo=UTC),
    "Tue, 29 Jul 102 14:50:00 +0000": datetime(2002, 7, 29, 14, 50, tzinfo=UTC),
    "Mon, 3 Mar 2025 10:12:60 +0000": datetime(2025, 3, 3, 10, 12, 59, tzinfo=UTC),
    "Mon, 3 Mar 2025 10:12:00 +9999": datetime(2025, 3, 3, 10, 12, tzinfo=UTC),
    "Thu, 1 Jan 1901 00:00:00 +0000": datetime(1970, 1, 1, tzinfo=UTC),
    "Fri, 31 Dec 9999 23:59:59 +0000": datetime(2100, 1, 1, tzinfo=UTC),
    "yesterday": None,
    "": None,
}


@pytest.mark.parametrize(("said", "moment"), DATES.items(), ids=DATES)
def test_p11_a_date_is_read_in_utc_and_kept_between_1970_and_2100(said, moment):
    assert headers(Date=said).date == moment


@pytest.mark.parametrize(
    "said", ["Thu, 1 Jan 1901 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 +0000", "yesterday"]
)
def test_p11_an_odd_date_is_shown_as_it_was(said):
    assert said in " ".join(headers(Date=said, From="ana@example.com").defects)


@pytest.mark.parametrize(
    "said", ["<>", "< >", "<@>", "<a@>", "<@b>", f"<{'a' * 5000}@b>", "", "no id"]
)
def test_k5_what_is_no_id_is_ignored(said):
    found = headers(Message_ID=said, In_Reply_To=said, References=said)

    assert (found.message_id, found.in_reply_to, found.references) == ("", (), ())


@pytest.mark.parametrize(
    "said",
    [
        "<a@b.example>",
        "a@b.example",
        "Your mail of Monday <a@b.example> (x)",
        "<a@\r\n b.example>",
        "=?utf-8?q?=3Ca=40b=2Eexample=3E?=",
    ],
)
def test_an_id_is_read_through_white_space_comments_and_encoding(said):
    assert headers(In_Reply_To=said).in_reply_to == ("a@b.example",)


def test_k8_of_50_000_references_the_first_and_the_last_50_are_kept():
    found = headers(References=" ".join(f"<{at}@b.example>" for at in range(50_000))).references

    assert len(found) == 100
    assert found[0] == "0@b.example"


def test_the_key_survives_what_servers_rewrite():
    one = parse_headers(
        b"From: Ana <ana@example.com>\r\nSubject: =?utf-8?q?caf=C3=A9?= ok\r\n"
        b"Date: Mon, 3 Mar 2025 10:12:00 +0100\r\nMessage-ID: <a@b.example>\r\n\r\n"
    )
    other = parse_headers(
        "Received: x\nMessage-ID:\n <a@b.example>\nDate: Mon, 03 Mar 2025 09:12:00 GMT\n"
        "From: ANA@EXAMPLE.COM\nSubject: cafe\u0301  \n ok\n\n".encode()
    )

    assert one.key == other.key
    assert len(one.key) == 16


@pytest.mark.parametrize("name", ["From", "Subject", "Date", "Message_ID"])
def test_the_key_tells_other_mails_apart(name):
    fields = {
        "From": "ana@example.com",
        "Subject": "x",
        "Date": "Mon, 3 Mar 2025 10:12:00 +0000",
        "Message_ID": "<a@b.example>",
    }
    other = {
        "From": "ben@example.com",
        "Subject": "y",
        "Date": "now",
        "Message_ID": "<c@d.example>",
    }

    assert headers(**fields).key != headers(**{**fields, name: other[name]}).key


AUTO = {
    "K13 vacation": ({"Auto_Submitted": "auto-replied (vacation)"}, True, False),
    "answered by a person": ({"Auto_Submitted": "no"}, False, True),
    "autoresponder": ({"X_Autoreply": "yes"}, True, False),
    "bounce": ({"Content_Type": "multipart/report; report-type=delivery-status"}, True, False),
    "K15 our own loop": ({"X_Loop": "rotadesk"}, True, False),
    "somebody else's loop header": ({"X_Loop": "majordomo"}, False, True),
    "K17 suppress None": ({"X_Auto_Response_Suppress": "None"}, False, True),
    "K17 suppress All": ({"X_Auto_Response_Suppress": "All"}, False, False),
    "list": ({"Precedence": "list", "List_Id": "<x.example>"}, False, False),
    "null path": ({"Return_Path": "<>"}, False, False),
    "usual": ({"Return_Path": "<ana@example.com>"}, False, True),
}


@pytest.mark.parametrize(("fields", "is_auto", "may_reply"), AUTO.values(), ids=AUTO)
def test_machines_are_told_from_people(fields, is_auto, may_reply):
    found = headers(From="ana@example.com", **fields)

    assert (found.is_auto, found.may_auto_reply) == (is_auto, may_reply)


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON@example.com",
        "MAILER-DAEMON (Mail Delivery System)",
        "Mail <mailer-daemon+x@example.com>",
    ],
)
def test_a_mailer_daemon_waits_for_its_body(sender):
    assert headers(From=sender).is_report


@pytest.mark.parametrize(
    "sender", ["no-reply@example.com", "noreply+x@example.com", "postmaster@example.com", "nobody"]
)
def test_nobody_is_answered_automatically_who_does_not_listen(sender):
    assert not headers(From=sender).may_auto_reply


AUTHENTICATION = {
    "dmarc pass": ("mx.example; dmarc=pass header.from=example.com", True),
    "dmarc fail beats spf": ("mx.example; spf=pass smtp.mailfrom=ana@example.com; dmarc=fail header.from=example.com", False),
    "dkim of the domain": ("mx.example; dkim=pass (ok) header.d=example.com", True),
    "dkim of a stranger": ("mx.example; dkim=pass header.d=evil.example", False),
    "dkim of one of two": ("mx.example; dkim=pass header.i=@evil.example; dkim=pass header.i=@mail.example.com", True),
    "spf of the domain": ("mx.example; spf=pass smtp.mailfrom=bounces.example.com", True),
    "nothing looked at": ("mx.example; none", None),
    "look-alike domain": ("mx.example; dkim=pass header.d=notexample.com", False),
}  # fmt: skip


@pytest.mark.parametrize(("said", "passed"), AUTHENTICATION.values(), ids=AUTHENTICATION)
def test_the_provider_vouches_for_the_sender_or_not(said, passed):
    raw = f"Authentication-Results: {said}\nFrom: ana@example.com\n\n".encode()

    assert parse_headers(raw, authserv_ids={"mx.example"}).auth_passed is passed


def test_without_a_result_nothing_is_claimed():
    assert headers(From="ana@example.com").auth_passed is None


def test_i11_a_result_below_the_topmost_is_ignored():
    raw = (
        b"Authentication-Results: mx.example; dmarc=fail header.from=example.com\n"
        b"Authentication-Results: mx.example; dmarc=pass header.from=example.com\n"
        b"From: ana@example.com\n\n"
    )

    assert parse_headers(raw, authserv_ids={"mx.example"}).auth_passed is False


def test_i11_nothing_is_believed_while_our_provider_is_not_known():
    raw = b"Authentication-Results: mx.example; dmarc=pass\nFrom: ana@example.com\n\n"

    assert parse_headers(raw).auth_passed is None


def test_i11_a_result_by_another_server_counts_for_nothing():
    raw = b"Authentication-Results: evil.example; dmarc=pass\nFrom: ana@example.com\n\n"

    assert parse_headers(raw, authserv_ids={"mx.example"}).auth_passed is None


def test_a_broken_line_costs_that_line():
    raw = b"From: ana@example.com\nthis is no field\nSubject: x\n\nbody"

    found = parse_headers(raw)

    assert (found.sender.email, found.subject) == ("ana@example.com", "x")
    assert any("no sense" in one for one in found.defects)


def test_p12_only_carriage_returns_are_line_ends_too():
    assert parse_headers(b"From: ana@example.com\rSubject: x\r\rbody").subject == "x"


def test_a_huge_header_block_is_read_at_its_beginning():
    found = parse_headers(b"Subject: x\n" + b"X-A: b\n" * 300_000 + b"\n")

    assert found.subject == "x"
    assert any("too large" in one for one in found.defects)


@given(st.binary())
def test_no_bytes_are_refused(raw):
    assert len(parse_headers(raw).key) == 16


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    b"From",
                    b"Subject",
                    b"Date",
                    b"Content-Type",
                    b"References",
                    b"To",
                    b"Message-ID",
                    b"Authentication-Results",
                    b"\xff",
                ]
            ),
            st.binary(max_size=60),
        ),
        max_size=8,
    )
)
def test_no_field_is_refused(fields):
    found = parse_headers(b"".join(name + b": " + value + b"\r\n" for name, value in fields))

    for text in (found.subject, found.sender.name):
        assert one_line(text) == text
        assert not {unicodedata.category(one) for one in text} & {"Cc", "Cs", "Zl", "Zp"}


OURS = "team@example.com"
"""The address that a forger writes; example.com has to be vouched for."""

PROVIDERS = {
    "Gmail": (
        "mx.google.com",
        [
            (
                "mx.google.com;\n       dkim=pass header.i=@example.com header.s=20161025 header.b=qvNLDfV5;\n"
                "       spf=pass (google.com: domain of team@example.com designates 209.85.220.65 as"
                " permitted sender) smtp.mailfrom=team@example.com;\n"
                "       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=example.com"
            )
        ],
        True,
    ),
    "Gmail, a stranger's server": (
        "mx.google.com",
        [
            (
                "mx.google.com;\n       spf=neutral (google.com: 192.0.2.7 is neither permitted nor denied"
                " by best guess record for domain of a@evil.example) smtp.mailfrom=a@evil.example"
            ),
            "mx.google.com; dmarc=pass header.from=example.com",
        ],
        False,
    ),
    "Microsoft 365 names nobody": (
        "-",
        [
            (
                "spf=pass (sender IP is 66.111.4.28)\n smtp.mailfrom=example.com; dkim=pass (signature"
                " was verified)\n header.d=example.com;dmarc=pass action=none\n"
                " header.from=example.com;compauth=pass reason=100"
            )
        ],
        True,
    ),
    "Microsoft 365, a stranger": (
        "-",
        [
            (
                "spf=pass (sender IP is 192.0.2.7)\n smtp.mailfrom=evil.example; dkim=none (message not"
                " signed)\n header.d=none;dmarc=fail action=oreject\n header.from=example.com;"
            ),
            "spf=pass smtp.mailfrom=example.com; dmarc=pass header.from=example.com",
        ],
        False,
    ),
    "Microsoft 365, within the house": (
        "-",
        [
            "dkim=none (message not signed)\n header.d=none;dmarc=none action=none\n header.from=example.com;"
        ],
        None,
    ),
    "Microsoft 365, no policy but all well": (
        "-",
        [
            (
                "spf=pass (sender IP is 192.0.2.7)\n smtp.mailfrom=example.com; dkim=none (message not"
                " signed) header.d=none;dmarc=bestguesspass action=none header.from=example.com;"
            )
        ],
        True,
    ),
    "iCloud, a field for each method": (
        ".icloud.com",
        [
            'bimi.icloud.com; bimi=skipped reason="insufficient dmarc"',
            "dmarc.icloud.com; dmarc=pass header.from=example.com",
            (
                "dkim-verifier.icloud.com;\n\tdkim=pass (2048-bit key) header.d=example.com"
                " header.i=@example.com header.b=XEFkSwVW"
            ),
            (
                "spf.icloud.com; spf=pass (spf.icloud.com: domain of team@example.com designates"
                " 66.111.4.28 as permitted sender) smtp.mailfrom=team@example.com"
            ),
        ],
        True,
    ),
    "iCloud, a stranger who writes like it": (
        ".icloud.com",
        [
            'bimi.icloud.com; bimi=skipped reason="insufficient dmarc"',
            "dmarc.icloud.com; dmarc=none header.from=example.com",
            "dkim-verifier.icloud.com; dkim=none",
            (
                "spf.icloud.com; spf=none (spf.icloud.com: a@evil.example does not designate permitted"
                " sender hosts) smtp.mailfrom=a@evil.example"
            ),
            "dmarc.icloud.com; dmarc=pass header.from=example.com",
            "dkim-verifier.icloud.com; dkim=pass header.d=example.com",
        ],
        None,
    ),
    "Fastmail, the same name again and again": (
        ".messagingengine.com",
        [
            (
                "mx1.messagingengine.com;\n    x-csa=none;\n    x-me-sender=none;\n    x-ptr=pass"
                " smtp.helo=nx184.example.net\n      policy.ptr=nx184.example.net"
            ),
            "mx1.messagingengine.com;\n    bimi=skipped (DMARC did not pass)",
            (
                "mx1.messagingengine.com;\n    dkim=none (no signatures found);\n    dmarc=none"
                " policy.published-domain-policy=none\n      (p=none,d=none,d.eval=none)"
                " policy.policy-from=p\n      header.from=example.com;\n    iprev=pass"
                " smtp.remote-ip=89.22.108.184\n      (nx184.example.net);\n    spf=none"
                " smtp.mailfrom=team@example.com\n      smtp.helo=nx184.example.net"
            ),
            "aaa.example; dkim=pass header.i=@example.com",
        ],
        None,
    ),
    "Yahoo": (
        ".yahoo.com",
        [
            (
                "atlas324.free.mail.ne1.yahoo.com;\n dkim=unknown;\n spf=pass"
                " smtp.mailfrom=example.com;\n dmarc=unknown header.from=example.com;"
            )
        ],
        True,
    ),
    "Posteo, the topmost of two": (
        "posteo.de",
        [
            "posteo.de; dmarc=none (p=none dis=none) header.from=example.com",
            "posteo.de; spf=pass smtp.mailfrom=example.com",
        ],
        None,
    ),
}


@pytest.mark.parametrize(("name", "results", "passed"), PROVIDERS.values(), ids=PROVIDERS)
def test_i11_what_large_providers_write_is_read_as_they_mean_it(name, results, passed):
    raw = "".join(f"Authentication-Results: {one}\n" for one in results) + f"From: {OURS}\n\n"

    assert parse_headers(raw.encode(), authserv_ids={name}).auth_passed is passed


@pytest.mark.parametrize(
    "said",
    [
        'mx.example; spf=pass (domain of "a); dmarc=pass (b"@evil.example) smtp.mailfrom=evil.example',
        "mx.example; spf=pass (domain of a); dmarc=pass (b@evil.example) smtp.mailfrom=a); dmarc=pass (b",
        'mx.example; spf=pass smtp.mailfrom="a; dmarc=pass header.from=example.com;"@evil.example',
        "mx.example; (a (b) dmarc=pass header.from=example.com) spf=fail smtp.mailfrom=evil.example",
        "mx.example; (a (b); dmarc=pass header.from=example.com",
        'mx.example; spf=pass smtp.mailfrom="x smtp.mailfrom=example.com"@evil.example',
        "mx.example; dkim=fail header.d=example.com; dkim=pass",
        "mx.example; dkim=pass header.i=a\\; header.d=evil.example",
        r'mx.example; spf=pass (of "a\"); dmarc=pass (b"@evil.example) smtp.mailfrom=evil.example',
        "mx.example; dmarc=fail header.from=example.com; dmarc=pass header.from=example.com",
        "mx.example.evil.example; dmarc=pass header.from=example.com",
        "dmarc=pass header.from=example.com; mx.example",
        "mx.example" + " " * 20_000 + "; dmarc=pass header.from=example.com",
    ],
)
def test_i11_a_strangers_words_inside_the_result_vouch_for_nobody(said):
    raw = f"Authentication-Results: {said}\nFrom: {OURS}\n\n".encode()

    assert parse_headers(raw, authserv_ids={"mx.example"}).auth_passed is not True


def test_i11_a_result_below_another_hop_is_ignored():
    raw = (
        b"Authentication-Results: dmarc.icloud.com; dmarc=none header.from=example.com\n"
        b"Received: from evil.example by mx.icloud.com\n"
        b"Authentication-Results: spf.icloud.com; spf=pass smtp.mailfrom=example.com\n"
        b"From: team@example.com\n\n"
    )

    assert parse_headers(raw, authserv_ids={".icloud.com"}).auth_passed is None


def test_i11_a_name_that_only_ends_alike_is_not_our_providers():
    raw = b"Authentication-Results: evil-icloud.com; dmarc=pass\nFrom: team@example.com\n\n"

    assert parse_headers(raw, authserv_ids={".icloud.com"}).auth_passed is None
