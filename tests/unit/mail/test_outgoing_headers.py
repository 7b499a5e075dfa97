"""The last look at the bytes before they are kept."""

import pytest

from storage.errors import UsageError
from storage.mail.outgoing_headers import check

NAMES = ["From", "To"]
GOOD = b"From: a@b\r\nTo: c@d,\r\n e@f\r\n\r\nhello\r\n"


def test_what_was_meant_passes():
    check(GOOD, names=NAMES)


@pytest.mark.parametrize(
    "raw",
    [
        GOOD.replace(b"To:", b"Bcc: x@y\r\nTo:"),
        GOOD.replace(b"To:", b"To: x@y\r\nTo:"),
        GOOD.replace(b"To: c@d,\r\n e@f", b"From: x@y"),
        GOOD.replace(b" e@f", b"e@f"),
        GOOD.replace(b"To: c", b"To : c"),
        GOOD.replace(b"To: c", b"To\xc3\xb6: c"),
        GOOD.replace(b"hello", b"hel\nlo"),
        GOOD.replace(b"hello", b"hel\rlo"),
        GOOD.replace(b"hello", b"hel\0lo"),
        GOOD.replace(b"hello", b"x" * 999),
        GOOD.replace(b" e@f", b" \t "),
        GOOD.replace(b"hello\r\n", b""),
        b" folded first\r\n" + GOOD,
        b"",
    ],
)
def test_anything_odd_is_refused(raw):
    with pytest.raises(UsageError):
        check(raw, names=NAMES)
