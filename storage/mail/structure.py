"""Where the parts of a mail begin and end. Bytes are looked at, nothing is decoded or copied.

One reader of our own: two consoles must agree on what a mail holds to the byte, or the same
mail would become two messages, and the libraries that are fast enough lose bytes or whole
mails (docs/adr/0004). Regions are cut by their outer boundary first, so an inner one can never
swallow what follows; everything is bounded, and what lies beyond a bound is one opaque part.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from storage.mail import fields, spooled
from storage.mail.fields import Fields
from storage.mail.spooled import Raw

_MOST_PARTS = 1_000
_DEEPEST = 50
_MOST_DASHES = 200_000
"Places that look like a boundary and may be none; a real mail has dozens."
_LONGEST_BOUNDARY = 1_000
_REST_OF_LINE = re.compile(rb"(--)?[ \t\r]{0,200}(?:\n|\Z)")
_ANY_BOUNDARY = re.compile(rb"(?<![^\n])--([^\s-][^\r\n]{0,200})\r?\nContent-", re.IGNORECASE)
_ANYTHING = re.compile(rb"\S")


@dataclass(slots=True)
class Part:
    """One node of the MIME tree."""

    number: str
    "As IMAP numbers it; empty for the mail itself where it is a multipart."
    head: Fields
    mime: str
    parameters: dict[str, str]
    disposition: tuple[str, dict[str, str]]
    start: int
    end: int
    parent: str = ""
    "The type of the multipart it lies in."
    children: list["Part"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return self.mime.startswith("multipart/")


@dataclass(slots=True)
class Tree:
    raw: Raw
    root: Part
    defects: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        if sentence not in self.defects:
            self.defects.append(sentence)

    def leaves(self) -> Iterator[Part]:
        """Yield the parts that hold something, in the order of the mail."""
        waiting = [self.root]
        while waiting:
            part = waiting.pop()
            if part.children:
                waiting.extend(reversed(part.children))
            else:
                yield part


def tree(raw: Raw, *, head: Fields, start: int, end: int) -> Tree:
    """Return the parts of the mail whose body is `raw[start:end]`."""
    found = Tree(raw, _part(head, "", start, end, parent=""))
    waiting = [(found.root, 0)]
    parts, dashes = 1, 0
    while waiting:
        part, depth = waiting.pop()
        if not part.is_multipart:
            continue
        if depth == _DEEPEST or parts >= _MOST_PARTS or dashes > _MOST_DASHES:
            _close(found, part)
            continue
        regions, looked = _regions(raw, part, most=_MOST_PARTS - parts)
        dashes += looked
        if not regions:
            part.mime = "text/plain"
            if _ANYTHING.search(raw, part.start, part.end):
                found.note("Its parts are not where it says; all of it is shown.")
            continue
        default = "message/rfc822" if part.mime == "multipart/digest" else "text/plain"
        for at, (begin, stop) in enumerate(regions, 1):
            inner, body = fields.read(raw, begin, stop)
            spooled.give_back(raw)
            number = f"{part.number}.{at}" if part.number else str(at)
            part.children.append(
                _part(inner, number, body, stop, parent=part.mime, default=default)
            )
        parts += len(regions)
        if parts >= _MOST_PARTS:
            _close(found, part.children[-1])
        waiting.extend((child, depth + 1) for child in part.children)
    if not found.root.children:
        found.root.number = "1"
    return found


def _close(found: Tree, part: Part) -> None:
    found.note("It has too many parts; the rest was not opened.")
    part.mime = "application/octet-stream"


def _part(
    head: Fields, number: str, start: int, end: int, *, parent: str, default: str = "text/plain"
) -> Part:
    mime, parameters = fields.parameters(head.first("content-type"))
    kind, slash, subtype = mime.partition("/")
    if not (slash and kind and subtype):
        # "Content-Type: text" and the like: RFC 2045 says to take it for plain text.
        mime = {"multipart": "multipart/mixed", "html": "text/html"}.get(mime, default)
    disposition = fields.parameters(head.first("content-disposition"))
    return Part(number, head, mime, parameters, disposition, start, end, parent)


def _regions(raw: Raw, part: Part, *, most: int) -> tuple[list[tuple[int, int]], int]:
    """Return where the children of a multipart lie, and how many places were looked at.

    The last of `most` reaches to the end of the multipart, whatever it holds.
    """
    boundary = part.parameters.get("boundary", "")[:_LONGEST_BOUNDARY].rstrip()
    delimiter = b"--" + boundary.encode("utf-8", "surrogateescape") if boundary else b""
    regions, looked = _cut(raw, part, delimiter, most=most)
    if not regions and (
        guessed := spooled.search(_ANY_BOUNDARY, raw, part.start, part.end, longest=300)
    ):
        # Missing, or not the one that was declared: the first that has a header below it.
        regions, more = _cut(raw, part, b"--" + guessed.group(1).rstrip(), most=most)
        looked += more
    return regions, looked


def _cut(raw: Raw, part: Part, delimiter: bytes, *, most: int) -> tuple[list[tuple[int, int]], int]:
    regions: list[tuple[int, int]] = []
    opened, looked = -1, 0
    at = raw.find(delimiter, part.start, part.end) if delimiter else -1
    while at >= 0 and looked < _MOST_DASHES and len(regions) < most - 1:
        looked += 1
        after = at + len(delimiter)
        rest = _REST_OF_LINE.match(raw, after, part.end)
        if rest and (at == part.start or raw[at - 1 : at] == b"\n"):
            if opened >= 0 or rest.group(1):
                # Closed but never opened: what stands before the end is all there is.
                begin = opened if opened >= 0 else part.start
                regions.append((begin, max(begin, _before_line_end(raw, at))))
            opened = -1 if rest.group(1) else rest.end()
            if rest.group(1):
                break
        at = raw.find(delimiter, after, part.end)
    if opened >= 0:
        regions.append((opened, part.end))
    return regions, looked


def _before_line_end(raw: Raw, at: int) -> int:
    """Return where the line before `at` ends: the line end belongs to the boundary."""
    at -= raw[at - 1 : at] == b"\n"
    return at - (raw[at - 1 : at] == b"\r")
