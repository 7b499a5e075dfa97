"""Mails out of an mbox, whatever program wrote it."""

import io
import mailbox

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.mail import mbox

MARK = b"From zoe@acme.example Mon Jan  5 10:00:00 2015\n"


def read(raw, **limits):
    return [one.raw for one in mbox.mails(io.BytesIO(raw), **limits)]


def test_mails_come_one_after_another_as_they_travelled():
    raw = MARK + b"Subject: a\n\none\n\n" + MARK + b"Subject: b\n\ntwo\n"

    assert read(raw) == [b"Subject: a\r\n\r\none\r\n", b"Subject: b\r\n\r\ntwo\r\n"]


@pytest.mark.parametrize(
    "mark",
    [
        b"From - Mon Jan  5 10:00:00 2015\r\n",
        b"From - \r\n",
        b"From \r\n",
        b"From 1499@xxx Mon Jan 05 10:00:00 +0000 2015\r\n",
        b"From MAILER-DAEMON Mon Jan  5 10:00 2015\r\n",
        b'From "zoe z"@acme.example Mon Jan  5 10:00:00 2015 remote from x\r\n',
    ],
)
def test_every_programs_postmark_is_known(mark):
    raw = b"\r\n" + mark + b"Subject: a\r\n\r\none\r\n\r\n" + mark + b"Subject: b\r\n\r\ntwo\r\n"

    assert read(raw) == [b"Subject: a\r\n\r\none\r\n", b"Subject: b\r\n\r\ntwo\r\n"]


def test_a_sentence_that_begins_like_a_postmark_begins_no_mail():
    words = b"\nFrom me to you, at 10:30:\nNote: it works.\n\nFrom the manual, 2015\n"

    (found,) = read(MARK + b"Subject: a\n\nHello\n" + words[:20] + b"\n" + words[21:])

    assert b"the manual" in found


def test_one_level_of_quoting_is_taken_off():
    raw = MARK + b"Subject: a\n\n>From here\n>>From there\n> From afar\n"

    assert read(raw)[0].endswith(b"\r\n\r\nFrom here\r\n>From there\r\n> From afar\r\n")


def test_a_writer_that_quotes_nothing_is_believed():
    raw = MARK + b"Content-Length: 40\n\nHello\n\nFrom us all\n\n>From you?\n"

    assert read(raw)[0].endswith(b"\r\nFrom us all\r\n\r\n>From you?\r\n")


def test_the_length_that_a_sender_claims_swallows_no_mail():
    first = MARK + b"Content-Length: 5000\n\none\n\n"

    assert len(read(first + MARK + b"Subject: b\n\ntwo\n")) == 2


def test_a_mail_that_is_too_large_is_passed_over_and_the_next_is_read():
    large = MARK + b"Subject: a\n\n" + b"x" * 300_000 + b"\n\n"

    assert read(large + MARK + b"Subject: b\n\ntwo\n", largest=1_000) == [
        None,
        b"Subject: b\r\n\r\ntwo\r\n",
    ]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"Subject: a\n\n", b"\x1f\x8b\x08", b"From"])
def test_what_is_no_mbox_is_refused(raw):
    with pytest.raises(mbox.NoMboxError):
        read(raw)


def test_old_second_postmarks_below_the_first_belong_to_the_mail():
    raw = MARK + b">From zoe Mon Jan  5 10:00:00 2015\nSubject: a\n\none\n"

    assert len(read(raw)) == 1


LINES = st.lists(
    st.sampled_from([b"From me", b">From me", b">>From me", b"", b"word", b"Subject: x", MARK[:-1]])
)


@given(st.lists(LINES, min_size=1, max_size=4))
def test_what_was_written_is_read_again(bodies):
    mails = [b"Subject: a\r\n\r\n" + b"".join(line + b"\r\n" for line in one) for one in bodies]
    written = b"".join(MARK + mbox.quoted(one).replace(b"\r\n", b"\n") + b"\n" for one in mails)

    assert read(written) == mails


def test_another_reader_reads_what_was_written(tmp_path):
    raw = b"Subject: a\n\nFrom me\n>From you\n"
    (tmp_path / "x.mbox").write_bytes(2 * (MARK + mbox.quoted(raw) + b"\n"))

    assert len(mailbox.mbox(tmp_path / "x.mbox")) == 2
