"""Mails out of an mbox, one after another, whatever program wrote it; and into one.

Read line by line: a file of many gigabytes costs the memory of its largest mail. Where a mail
begins is told by its postmark and the line below it, never by Content-Length: that one is the
sender's word, and with it a mail could swallow the next.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

LARGEST: Final = 100_000_000
"Bytes of one mail; a larger one is passed over and told."
_PIECE: Final = 65_536
"Of a line without an end: it is read in pieces."
_MARK: Final = b"From "
_BLANK: Final = frozenset({b"\n", b"\r\n"})
_STRICT: Final = re.compile(
    rb"From \S+ +(?:\([^)]*\) +)?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{3,30}\d\d?:\d\d"
)
# Thunderbird writes "From - " and a date, or nothing at all
_LOOSE: Final = re.compile(rb"From (?:.{0,300}\d\d?:\d\d|-? *\r?\n)")
_FIELD: Final = re.compile(rb"[!-9;-~]{1,100}[ \t]*:|>?From ")
_QUOTED: Final = re.compile(rb"(?m)^>(>*From )")
_TO_QUOTE: Final = re.compile(rb"(?m)^(>*From )")
_LONE_NEWLINE: Final = re.compile(rb"(?<!\r)\n")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_FIELD_OF_A_MAIL: Final = re.compile(
    rb"(?im)^(?:from|to|cc|subject|date|message-id|received|return-path|delivered-to|reply-to"
    rb"|mime-version|in-reply-to)[ \t]*:"
)
_HEAD_BYTES: Final = 1_000_000


class NoMboxError(ValueError):
    """It does not begin as an mbox does."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail of an mbox."""

    number: int
    "From 1."
    raw: bytes | None
    "With CRLF; None where it is larger than what is taken in."


def mails(file: BinaryIO, *, largest: int = LARGEST) -> Iterator[Letter]:
    """Yield the mails of an mbox; blank lines before the first count for nothing.

    Raises:
        NoMboxError: the first line is no postmark.
    """
    line = file.readline(_PIECE)
    while line in _BLANK:
        line = file.readline(_PIECE)
    if not line.removeprefix(b"\xef\xbb\xbf").startswith(_MARK):
        raise NoMboxError
    gathered = _Gathered(1, largest)
    mark, is_after_blank, begins_line = b"", False, line.endswith(b"\n")
    while line := file.readline(_PIECE):
        if mark:
            if _begins_a_mail(mark, line):
                if found := gathered.letter():
                    yield found
                gathered = _Gathered(gathered.number + 1, largest)
            else:
                gathered.add(mark, is_mark=True)
            mark = b""
        if begins_line and line.startswith(_MARK) and (is_after_blank or _STRICT.match(line)):
            mark = line
        else:
            gathered.add(line)
        is_after_blank = begins_line and line in _BLANK
        begins_line = line.endswith(b"\n")
    gathered.add(mark)
    if found := gathered.letter():
        yield found


def with_crlf(raw: bytes) -> bytes:
    """Return a mail with the line ends it travels with; one that has them stays as it is."""
    if b"\r\n" in raw[: raw.find(b"\n") + 1]:
        return raw
    if b"\r" not in raw:
        return raw.replace(b"\n", b"\r\n")
    return _LONE_NEWLINE.sub(b"\r\n", raw)


def is_mail(raw: bytes) -> bool:
    """Return whether the bytes begin as a mail does: with at least one field of a mail."""
    head = raw[:_HEAD_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    return bool(_FIELD_OF_A_MAIL.search(head.partition(b"\n\n")[0]))


def quoted(raw: bytes) -> bytes:
    """Return a mail as it stands in an mbox, every line that could be a postmark quoted (mboxrd)."""
    return _TO_QUOTE.sub(rb">\1", raw) if b"From " in raw else raw


def unquoted(raw: bytes) -> bytes:
    """Return what `quoted` was made of."""
    return _QUOTED.sub(rb"\1", raw) if b">From " in raw else raw


def _begins_a_mail(mark: bytes, below: bytes) -> bool:
    if _STRICT.match(mark) and below in _BLANK:
        return True
    return bool(_LOOSE.match(mark) and _FIELD.match(below))


@dataclass(slots=True)
class _Gathered:
    """The lines of one mail so far."""

    number: int
    largest: int
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    is_unquoted: bool = False
    "A line stands in it that others would have quoted: this writer quotes none."

    def add(self, line: bytes, *, is_mark: bool = False) -> None:
        self.is_unquoted |= is_mark
        self.size += len(line)
        if self.size <= self.largest:
            self.lines.append(line)
        else:
            self.lines.clear()

    def letter(self) -> Letter | None:
        """Return the mail; None where there is nothing but white space."""
        if self.size > self.largest:
            return Letter(self.number, None)
        raw = b"".join(self.lines)
        if not raw.strip():
            return None
        for end in (b"\r\n", b"\n"):  # the blank line after it is the mbox's
            if raw.endswith(end + end):
                raw = raw.removesuffix(end)
                break
        head_end = _HEAD_END.search(raw)
        if head_end and not self.is_unquoted:
            raw = raw[: head_end.end()] + unquoted(raw[head_end.end() :])
        return Letter(self.number, with_crlf(raw))
