"""Bytes of a mail into values. Never raises: what cannot be read becomes a sentence.

The text is the plain one where there is one; HTML where plain is missing or blank. Everything
that is no text of the mail is listed, nothing is opened, and an embedded mail is a file.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from storage.errors import DeskError
from storage.mail import charset, content, fields, headers, held, pieces, structure
from storage.mail.bounces import reported_ids
from storage.mail.fields import Fields
from storage.mail.held import Held, Keep
from storage.mail.html import render
from storage.mail.origins import has_null_path, is_report
from storage.mail.spooled import Raw, windows
from storage.mail.structure import Part, Tree
from storage.records.mail import MailPart, ParsedBody, ParsedMail
from storage.rules.safe_text import block, one_line

_LARGEST_MAIL = 100_000_000
_LARGEST_TEXT = 8_000_000
"Bytes of one text that are decoded; two million characters of it are shown."
_LONGEST_TEXT = 2_000_000
_HASHED_AT_ONCE = 500_000
_MOST_HTML = 4_000_000
_COMPARED = 200_000
"Characters up to which two texts are compared: longer ones are never the same by chance."
_WHITE_SPACE = b" \t\r\n\x0b\x0c"
_RULE = "\n\n* * *\n\n"
"Between two texts that are no alternatives of each other."
_BODIES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext"})
_OF_A_BOUNCE = frozenset(
    {
        *("message/rfc822", "message/global", "text/rfc822-headers", "message/delivery-status"),
        *("message/global-delivery-status", "message/disposition-notification"),
    }
)


def parse_mail(raw: bytes) -> ParsedMail:
    """Return everything a whole mail says."""
    raw = headers.with_newlines(raw)
    head, start = fields.read(raw)
    return ParsedMail(headers=headers.of_fields(head), body=_body(raw, head, start))


def parse_body(header: bytes, text: Raw, *, keep: Keep | None = None) -> ParsedBody:
    """Return what a body says.

    Args:
        header: BODY[HEADER], for its Content-Type.
        text: BODY[TEXT]; the two together are the mail, byte for byte.
        keep: Takes the files while they are read, so that no large one is held; None: each
            comes with its content. What is said of the mail is the same.
    """
    head, end = fields.read(header)
    if end < len(header) or b"\n" not in header:
        # The server and we do not agree where the header block ends.
        raw = headers.with_newlines(header + text[:])
        return _body(raw, *fields.read(raw), keep=keep)
    return _body(text, head, 0, keep=keep)


@dataclass(slots=True)
class _Reading:
    """One mail while it is being read."""

    tree: Tree
    sources: dict[str, str] = field(default_factory=dict)
    "Text parts decoded, before anything is made of them; by number."
    shown: dict[str, str] = field(default_factory=dict)
    "The same as people read them."
    hidden: int = 0
    rendered: int = 0
    "Characters of HTML so far."

    def source(self, part: Part) -> str:
        if part.number not in self.sources:
            raw, is_whole = pieces.beginning(self.tree.raw, part, most=_LARGEST_TEXT)
            if not is_whole:
                self.tree.note("Part of its text is damaged.")
            if len(raw) > _LARGEST_TEXT:
                self.tree.note("Its text is too long; only the beginning is shown.")
                raw = raw[:_LARGEST_TEXT]
            declared = content.charset(raw, part)
            text, is_exact = charset.decode(raw, declared)
            if declared and not is_exact:
                self.tree.note(
                    "Its text is not in the charset it names; some characters may be wrong."
                )
            self.sources[part.number] = text
        return self.sources[part.number]

    def words(self, part: Part) -> str:
        if part.number not in self.shown:
            text = self.source(part)
            if part.mime == "text/html":
                text = self._page(text)
            elif part.mime in {"text/enriched", "text/richtext"}:
                text = content.without_rich_commands(text)
            text = block(text, limit=_LONGEST_TEXT)
            if part.parameters.get("format", "").lower() == "flowed":
                is_spaced = part.parameters.get("delsp", "").lower() == "yes"
                text = content.unflowed(text, del_space=is_spaced)
            self.shown[part.number] = text.strip("\n").rstrip()
        return self.shown[part.number]

    def _page(self, html: str) -> str:
        if self.rendered > _MOST_HTML:
            self.tree.note("It has too many pages; the rest are not shown.")
            return ""
        self.rendered += len(html)
        page = render(html)
        self.hidden += page.hidden
        if page.is_stripped:
            self.tree.note("Its page is too complex to be read; only its bare text is shown.")
        return page.text


def _body(raw: Raw, head: Fields, start: int, *, keep: Keep | None = None) -> ParsedBody:
    end = min(len(raw), _LARGEST_MAIL)
    try:
        return _read(_Reading(structure.tree(raw, head=head, start=start, end=end)), keep)
    except DeskError:
        raise  # the disk takes no more files: no fault of the mail
    except Exception:  # noqa: BLE001 - a stranger's bytes: one mail must never stop all others
        told = hashlib.sha256()
        for piece in windows(raw, start, len(raw)):
            told.update(piece)
        return ParsedBody(
            text=block(raw[start : start + 100_000].decode("ascii", "replace")),
            hidden_text=0,
            parts=(),
            content_hash=told.digest(),
            reported_ids=(),
            defects=("It could not be taken apart; its source is shown.",),
        )


def _read(reading: _Reading, keep: Keep | None) -> ParsedBody:
    raw, root = reading.tree.raw, reading.tree.root
    text = _text(reading)
    told = hashlib.sha256()
    files: list[MailPart] = []
    embedded: list[tuple[str, bytes]] = []
    for part in reading.tree.leaves():
        if _is_body(part):
            told.update(b"T")
            source = reading.source(part)
            for at in range(0, len(source), _HASHED_AT_ONCE):
                some = source[at : at + _HASHED_AT_ONCE].encode("utf-8", "replace")
                told.update(some.translate(None, _WHITE_SPACE))
            continue
        is_file = not _is_other_wording(part)
        one = held.kept(raw, part, keep) if keep and is_file else held.whole(raw, part)
        told.update(b"F" + one.told)
        if not one.is_whole:
            reading.tree.note(f"Its file {content.shown_name(part)} is damaged.")
        if is_file:
            files.append(_file(part, one))
            if part.mime in _OF_A_BOUNCE:
                embedded.append((files[-1].mime, one.opening))
    if (
        root.head.first("content-type")
        .lower()
        .startswith((b"multipart/encrypted", b"application/pkcs7-m"))
    ):
        reading.tree.note("It is encrypted and cannot be read here.")
    return ParsedBody(
        text=text,
        hidden_text=reading.hidden,
        parts=tuple(files),
        content_hash=told.digest(),
        reported_ids=_reported(
            root.head, embedded, text, source=raw[root.start : root.start + held.OPENING]
        ),
        defects=tuple(reading.tree.defects),
    )


def _text(reading: _Reading) -> str:
    text, last = "", ""
    for part in _chosen(reading, reading.tree.root):
        words = reading.words(part)
        if not words or (text and last != part.mime and _repeats(words, text)):
            continue
        # Two texts that are no alternatives: a second one may not pass for the first's author.
        text += words if not text else ("\n\n" if last == part.mime else _RULE) + words
        last = part.mime
    if not text:
        named = [one for one in reading.tree.leaves() if _is_shown_file(one)]
        text = next((words for one in named if (words := reading.words(one))), "")
    if len(text) > _LONGEST_TEXT:
        reading.tree.note("Its text is too long; only the beginning is shown.")
    return text[:_LONGEST_TEXT]


def _chosen(reading: _Reading, part: Part) -> list[Part]:
    """Return the text parts to show, in order; recursion is bounded by the tree's depth."""
    if not part.children:
        return [part] if _is_body(part) else []
    picks = [_chosen(reading, child) for child in part.children]
    if part.mime != "multipart/alternative":
        return [leaf for pick in picks for leaf in pick]
    for pick in picks:
        if any(leaf.mime == "text/plain" and reading.words(leaf) for leaf in pick):
            return pick
    rich = [pick for pick in picks if any(reading.words(leaf) for leaf in pick)]
    return rich[-1] if rich else []


def _is_body(part: Part) -> bool:
    """Return whether a leaf is text of the mail itself and no file."""
    if part.disposition[0] not in {"", "inline"} or content.name(part):
        return False
    return part.mime in _BODIES or (not part.parent and part.mime.startswith("text/"))


def _is_shown_file(part: Part) -> bool:
    """Return whether a named text may stand in where a mail has no other."""
    return part.mime in _BODIES and part.disposition[0] in {"", "inline"}


def _is_other_wording(part: Part) -> bool:
    """Return whether a part repeats the text for other programs (AMP, watches)."""
    return (
        part.parent == "multipart/alternative"
        and part.mime.startswith("text/")
        and part.mime not in {"text/calendar", *_BODIES}
        and not content.name(part)
    )


def _file(part: Part, one: Held) -> MailPart:
    return MailPart(
        part=part.number,
        filename=content.shown_name(part),
        is_named=bool(content.name(part)),
        mime=one_line(part.mime, limit=100),
        size=one.size,
        cid=one_line(fields.text(part.head.first("content-id")).strip().strip("<>"), limit=300),
        content=one.content,
        sha256=one.sha256,
    )


def _reported(
    head: Fields, embedded: Sequence[tuple[str, bytes]], text: str, *, source: bytes
) -> tuple[str, ...]:
    sender, _ = headers.sender_of(head)
    if not (is_report(head, sender=sender) or has_null_path(head)):
        return ()
    own = (*headers.ids(head.first("message-id")), "")[0]
    return reported_ids(embedded, text=text, source=source, own=own)


def _repeats(words: str, text: str) -> bool:
    return len(text) < _COMPARED and " ".join(words.split()) in " ".join(text.split())
