"""A mail of a Gmail export (Takeout): its labels, and the mail without what Google put above it.

The two fields above all others are Google's; further down they are the sender's word, and
count for nothing.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from storage.mail import fields
from storage.mail.folders import meant_by
from storage.records.words import FolderRole
from storage.rules.safe_text import one_line

_ABOVE: Final = re.compile(
    rb"\AX-GM-THRID:[^\r\n]*\r\n(?:X-Gmail-Labels:((?:[^\r\n]*\r\n[ \t])*[^\r\n]*)\r\n)?"
)
_LABEL: Final = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|\Z)')
_MOST: Final = 50
_LONGEST_TAG: Final = 40
# As Gmail names them in the languages that most accounts have.
_INBOX: Final = frozenset(
    [
        "inbox",
        "posteingang",
        "boîte de réception",
        "recibidos",
        "bandeja de entrada",
        "posta in arrivo",
        "caixa de entrada",
        "postvak in",
        "odebrane",
        "inkorg",
        "innboks",
        "indbakke",
        "saapuneet",
        "doručená pošta",
        "beérkező levelek",
        "входящие",
        "вхідні",
        "gelen kutusu",
        "受信トレイ",
        "收件箱",
        "收件匣",
        "받은편지함",
    ]
)
_CHAT: Final = frozenset({"chat", "chats"})
_PASSED: Final = {
    FolderRole.JUNK: "Spam",
    FolderRole.TRASH: "Trash",
    FolderRole.DRAFTS: "Drafts",
}
_NO_TAGS: Final = frozenset(
    [
        "important",
        "starred",
        "unread",
        "opened",
        "read",
        "archived",
        "muted",
        "snoozed",
        "scheduled",
        "all mail",
        "wichtig",
        "markiert",
        "ungelesen",
        "geöffnet",
        "archiviert",
        "suivis",
        "importants",
        "non lus",
        "ouvert",
        "archivé",
        "archivés",
        "importantes",
        "destacados",
        "no leídos",
        "abiertos",
        "archivados",
        "importanti",
        "speciali",
        "da leggere",
        "aperti",
        "archiviati",
        "com estrela",
        "não lidas",
        "abertas",
        "arquivadas",
        "belangrijk",
        "met ster",
        "ongelezen",
        "geopend",
        "gearchiveerd",
    ]
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mail with what Gmail had filed it under."""

    raw: bytes
    "As it travelled."
    labels: frozenset[str]
    "As Gmail writes them, in lower case."

    @property
    def is_sent(self) -> bool:
        return any(meant_by(one) is FolderRole.SENT for one in self.labels)

    @property
    def passed(self) -> str:
        """Where it lies if it is no mail that a desk should have: Spam, Trash, Drafts or Chat."""
        roles = {meant_by(one) for one in self.labels}
        named = next((name for role, name in _PASSED.items() if role in roles), "")
        return named or ("Chat" if self.labels & _CHAT else "")

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the labels that people made, as tags."""
        own = self.labels - _NO_TAGS - _INBOX - _CHAT
        some = {
            re.sub(r"\s+", "-", one)[:_LONGEST_TAG]
            for one in own
            if meant_by(one) not in {FolderRole.SENT, *_PASSED}
            and not one.startswith(("category ", "imap_", "kategorie "))
        }
        return tuple(sorted(one for one in some if one and one.isprintable()))

    def has(self, label: str) -> bool:
        """Return whether it lies under a label; any language's name of the inbox is one."""
        wanted = _folded(label)
        return bool(self.labels & (_INBOX if wanted in _INBOX else {wanted}))


def read(raw: bytes) -> Labelled | None:
    """Return what Google said of a mail; None of one that comes from elsewhere."""
    above = _ABOVE.match(raw)
    if above is None:
        return None
    said = fields.prose((above[1] or b"").replace(b"\r\n", b""))
    labels = [quoted or plain for quoted, plain in _LABEL.findall(said)[:_MOST]]
    known = {_folded(re.sub(r"\\(.)", r"\1", one)) for one in labels}
    return Labelled(raw[above.end() :], frozenset(known - {""}))


def _folded(label: str) -> str:
    return unicodedata.normalize("NFC", one_line(label, limit=200)).lower()
