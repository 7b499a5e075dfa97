"""A reply from text to its final bytes.

The bytes are made once, kept in the outbox and never made again: a retry sends the same
mail. The text part is the Markdown as it was written, the HTML part is made from it with
raw HTML escaped and images off. There is never a Bcc.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage

from markdown_it import MarkdownIt

from storage.mail import outgoing_headers as headers
from storage.records.mail import Address
from storage.rules import safe_text

_POLICY = policy.SMTP.clone(cte_type="7bit")
_MIME_TYPE = re.compile(
    r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}", re.IGNORECASE
)
_LONGEST_FOR_HTML = 100_000
"Characters; a longer text goes as text alone (a quoted bomb must not hold up the composer)."
_MOST_BRACKETS_FOR_HTML = 3_000
"Markdown links are quadratic in open brackets: 50,000 take 3 s."


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingFile:
    """A file that goes along."""

    filename: str
    mime: str
    content: bytes = field(repr=False)


def compose(
    *,
    sender: Address,
    to: Sequence[Address],
    cc: Sequence[Address] = (),
    subject: str,
    text: str,
    message_id: str,
    in_reply_to: str | None = None,
    references: Sequence[str] = (),
    date: datetime,
    attachments: Sequence[OutgoingFile] = (),
) -> bytes:
    """Return the final bytes of a mail: CR LF, and ASCII unless an address asks for more.

    `text` is Markdown, `references` oldest first, `date` aware; ids come without angle
    brackets and `message_id` is one of ours. `to` names at least one.

    Raises:
        UsageError: a name or subject with control characters, an address that is none, or
            bytes that do not read back as what was meant.
    """
    top = [
        headers.addresses("From", [sender]),
        headers.addresses("To", to),
        headers.addresses("Cc", cc) if cc else "",
        headers.text("Subject", subject),
        headers.date(date),
        headers.ids("Message-ID", [message_id]),
        headers.ids("In-Reply-To", [in_reply_to] if in_reply_to else []),
        headers.ids("References", references),
    ]
    body = _body(text, attachments)
    raw = "".join(top).encode("utf-8") + body
    names = [one.partition(":")[0] for one in top if one]
    headers.check(raw, names=[*names, *_body_names(body)])
    return raw


def as_html(text: str) -> str | None:
    """Return the HTML that `text`, Markdown, makes; None where it is too much of it.

    Raw HTML is escaped, links that could act (javascript:, data:) are not made, and an
    image is only its link: a mail of ours fetches nothing.
    """
    if len(text) > _LONGEST_FOR_HTML or text.count("[") > _MOST_BRACKETS_FOR_HTML:
        return None
    html: str = MarkdownIt("js-default").disable("image").render(text)
    return html


def _body(text: str, attachments: Sequence[OutgoingFile]) -> bytes:
    """Return the MIME part of the mail, its own headers first."""
    clean = safe_text.block(text).rstrip("\n") + "\n"
    message = EmailMessage(policy=_POLICY)
    message.set_content(clean, charset="utf-8")
    if html := as_html(clean):
        message.add_alternative(html, subtype="html", charset="utf-8")
    for one in attachments:
        kind, _, subtype = _mime(one.mime).partition("/")
        message.add_attachment(
            one.content,
            maintype=kind,
            subtype=subtype,
            filename=safe_text.file_name(one.filename),
        )
    return message.as_bytes()


def _mime(named: str) -> str:
    """Return the type of a file; one that would be read as a mail in the mail is none."""
    if not _MIME_TYPE.fullmatch(named) or named.lower().startswith(("message/", "multipart/")):
        return "application/octet-stream"
    return named.lower()


def _body_names(body: bytes) -> list[str]:
    """Return the header names that the MIME part begins with: MIME's own and no other."""
    block = body.partition(b"\r\n\r\n")[0].decode("ascii")
    found = [line.partition(":")[0] for line in block.split("\r\n") if line[:1] not in {" ", "\t"}]
    return [one for one in found if one == "MIME-Version" or one.startswith("Content-")]
