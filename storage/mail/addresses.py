"""Who a mail names: a rule of our own, because the usual readers can be made to see another.

`From: ceo@good.example <attacker@evil.example>` is the attacker: quoted strings and comments
are cut out first, then the first `<local@domain>` counts, else a bare address; encoded words
are decoded only after that, and only in names.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.mail.encoded_words import decode_words
from storage.records.mail import Address
from storage.rules.safe_text import ascii_domain, one_line

_LONGEST_FIELD = 100_000
_MOST_MAILBOXES = 1_000
_LONGEST_ADDRESS = 320
"64 + @ + 255: what SMTP allows."
_LONGEST_NAME = 200

_TOKEN = re.compile(
    r"(?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,2000}\?=)"
    r'|(?P<quoted>"(?:[^"\\]|\\.){0,1000}")'
    r"|(?P<comment>\((?:[^()\\]|\\.|\((?:[^()\\]|\\.){0,500}\)){0,500}\))"
    r"|<(?P<angle>[^<>]{0,1000})>"
    r"|(?P<mark>[,;:])"
    r'|(?P<text>\\.|[^=,;:"(<\\]+|.)',
    re.DOTALL,
)
_BARE = re.compile(r"[^\s<>()\[\],;:\"]+@(?:\[[^\s\[\]]+\]|[^\s<>()\[\],;:\"]+)")
# Not only what DNS allows: an address nobody can answer still names who it claims to be.
_DOMAIN = re.compile(r"[^\s<>(),;\"\\@]+", re.ASCII)
_COMMENT = re.compile(r"\([^()]*\)")
_AROUND_SIGNS = re.compile(r"\s*([@.])\s*")
# Nine in ten fields; nothing in them could be read in a second way.
_SIMPLE = re.compile(r'\s*(?:"([^"\\@<>=]*)"|([\w .\'&/!-]*))\s*<([^<>@\s"]+@[^<>@\s"]+)>\s*')
_PLAIN_EMAIL = re.compile(r"[a-z0-9_.+=-]+@[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_QUOTED_LOCAL = re.compile(r'"([^"\\]{1,64})"@([^\s"@]{1,255})')
_DOT_ATOM = re.compile(r"[\w.+=-]+")
_IN_WORDS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One entry of an address field."""

    address: Address
    is_clear: bool
    "False where what stands there can be read as two senders: never a participant."


def mailboxes(field: str) -> list[Mailbox]:
    """Return the mailboxes that a field names, groups taken apart; linear in its length."""
    simple = _SIMPLE.fullmatch(field)
    if simple and (address := email(simple.group(3))):
        name = one_line(simple.group(1) or simple.group(2) or "", limit=_LONGEST_NAME)
        return [Mailbox(Address(name.strip("'\" "), address), is_clear=True)]
    found: list[Mailbox] = []
    carried = ""
    for parts in _entries(field[:_LONGEST_FIELD]):
        entry = _mailbox(parts, carried)
        if entry is None:
            # "Doe, Jane <jane@…>" without quotes: the comma belongs to the name.
            carried += _name(parts) + ", "
            continue
        carried = ""
        found.append(entry)
        if len(found) == _MOST_MAILBOXES:
            break
    return found


def people(field: str) -> tuple[Address, ...]:
    """Return the clear addresses of a To, Cc or Reply-To."""
    return tuple(one.address for one in mailboxes(field) if one.is_clear)


def named_without_address(field: str) -> str:
    """Return what a field without any address calls its sender."""
    return _shown(field)


def hidden_in_encoding(field: str) -> Address | None:
    """Return the one address of a field that is encoded or quoted as a whole, None without one.

    Only for a field in which nothing else is an address: there is nobody else it could be.
    """
    said = decode_words(field[:2000])
    found = {address for one in _IN_WORDS.findall(said) if (address := email(one))}
    if len(found) != 1:
        return None
    return Address(_shown(_IN_WORDS.sub("", said)), found.pop())


def other_address_in(name: str, address: str) -> str:
    """Return an address that a display name holds and that is not the sender's own."""
    return next((one for one in _IN_WORDS.findall(name) if one.lower() != address), "")


def email(raw: str) -> str:
    """Return an address in its one form: lower case, domain in ASCII; empty if it is none."""
    if _PLAIN_EMAIL.fullmatch(plain := raw.lower()) and len(plain) <= _LONGEST_ADDRESS:
        return plain
    said = _COMMENT.sub("", raw) if "(" in raw else raw
    said = _AROUND_SIGNS.sub(r"\1", said.strip().strip("'\"").strip())
    said = said.removeprefix("mailto:").removeprefix("MAILTO:").lstrip("<")
    if said.startswith("@") and ":" in said:
        said = said.rpartition(":")[2]
    if quoted := _QUOTED_LOCAL.fullmatch(raw.strip()):
        local, domain = quoted.groups()
        domain = ascii_domain(one_line(domain))
        plain = local if _DOT_ATOM.fullmatch(local) else f'"{one_line(local)}"'
        return f"{plain}@{domain}".lower() if _DOMAIN.fullmatch(domain) else ""
    if any(char.isspace() for char in said):
        holding = [part for part in said.split() if "@" in part]
        said = holding[0] if len(holding) == 1 else ""
    local, at, domain = said.rpartition("@")
    unquoted = re.sub(r'"[^"]*"', "", local)
    if not (local and at) or "@" in unquoted or len(said) > _LONGEST_ADDRESS:
        return ""
    domain = ascii_domain(one_line(domain))
    local = one_line(unicodedata.normalize("NFC", local)).lower()
    return f"{local}@{domain}" if local and _DOMAIN.fullmatch(domain) else ""


def _entries(field: str) -> Iterator[list[tuple[str, str]]]:
    """Yield the tokens between top-level commas, group names dropped."""
    parts: list[tuple[str, str]] = []
    has_groups = ";" in field
    for found in _TOKEN.finditer(field):
        kind, text = str(found.lastgroup), found.group(str(found.lastgroup))
        if kind == "mark" and text != ":":
            yield parts
            parts = []
        elif kind == "mark" and has_groups and not any("@" in one for _, one in parts):
            parts = []
        else:
            parts.append(("text" if kind == "mark" else kind, text))
    yield parts


def _mailbox(parts: Sequence[tuple[str, str]], carried: str) -> Mailbox | None:
    angles = [at for at, (kind, text) in enumerate(parts) if kind == "angle" and "@" in text]
    if angles:
        at = angles[0]
        address = email(parts[at][1])
        before = "".join(text for kind, text in parts[:at] if kind == "text")
        name = _name(parts[:at]) or _name(parts[at + 1 :])
        return _judged(parts, carried + name, "" if _closes_early(before) else address)
    bare = "".join(text if kind == "text" else " " for kind, text in parts)
    quoted = _quoted_local(parts)
    found = [quoted] if quoted else _BARE.findall(bare) if "@" in bare else []
    if not found:
        return None
    address = email(found[0]) if len(found) == 1 and not _closes_early(bare) else ""
    name = _name([(kind, text.replace(found[0], "")) for kind, text in parts])
    return _judged(parts, carried + name, address)


def _judged(parts: Sequence[tuple[str, str]], name: str, address: str) -> Mailbox:
    if not address:
        name = "".join(f"<{text}>" if kind == "angle" else text for kind, text in parts)
    shown = _shown(name)
    return Mailbox(Address("" if shown.lower() == address else shown, address), bool(address))


def _quoted_local(parts: Sequence[tuple[str, str]]) -> str:
    """Return the address of `"john doe"@example.com`: a quoted string that goes on with @."""
    for (kind, text), (_, following) in pairwise(parts):
        if kind == "quoted" and following.startswith("@"):
            return text + following.split()[0]
    return ""


def _closes_early(text: str) -> bool:
    """Whether an address is followed by a bracket that nothing opened (CVE-2023-27043)."""
    return "@" in text and (
        text.count(")") != text.count("(") or text.count("]") != text.count("[")
    )


def _name(parts: Sequence[tuple[str, str]]) -> str:
    words = []
    for kind, text in parts:
        if kind == "quoted":
            words.append(re.sub(r"\\(.)", r"\1", text[1:-1]))
        elif kind in {"word", "text"}:
            words.append(text)
    name = "".join(words).strip()
    if not name.strip("<>'\" "):
        name = next((text[1:-1] for kind, text in parts if kind == "comment"), "")
    return name


def _shown(name: str) -> str:
    name = re.sub(r"(?:\(<?>?\)|[<>\s,]){1,9}\Z", "", decode_words(name.strip()[:2_000]))
    return one_line(name.strip("\"'<>, "), limit=_LONGEST_NAME).strip("\"' ")
