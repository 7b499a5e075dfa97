"""A mail of a Gmail export (Takeout): its labels, and the mail without what Google put above it.

The two fields above all others are Google's; further down they are the sender's word, and
count for nothing.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from storage.mail import fields
from storage.mail.folders import find_role
from storage.records.remote import RemoteFolder
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
_PASSED: Final = frozenset(
    [
        "spam",
        "trash",
        "bin",
        "drafts",
        "draft",
        "chat",
        "chats",
        "papierkorb",
        "entwürfe",
        "entwurf",
        "corbeille",
        "brouillons",
        "brouillon",
        "papelera",
        "borradores",
        "borrador",
        "cestino",
        "bozze",
        "bozza",
        "lixeira",
        "lixo",
        "rascunhos",
        "rascunho",
        "prullenbak",
        "concepten",
        "kosz",
        "wersje robocze",
        "papperskorgen",
        "utkast",
        "papirkurv",
        "kladder",
        "roskakori",
        "luonnokset",
        "koš",
        "koncepty",
        "kuka",
        "piszkozatok",
        "корзина",
        "черновики",
        "кошик",
        "чернетки",
        "çöp kutusu",
        "taslaklar",
        "ゴミ箱",
        "下書き",
        "已删除邮件",
        "草稿",
        "垃圾桶",
        "휴지통",
        "임시보관함",
    ]
)
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
        return any(_is(one, FolderRole.SENT) for one in self.labels)

    @property
    def is_passed(self) -> bool:
        """Spam, thrown away, never sent, or a chat: no mail that a desk should have."""
        return any(one in _PASSED or _is(one, FolderRole.JUNK) for one in self.labels)

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the labels that people made, as tags."""
        own = self.labels - _NO_TAGS - _INBOX - _PASSED
        some = {
            re.sub(r"\s+", "-", one)[:_LONGEST_TAG]
            for one in own
            if not _is(one, FolderRole.SENT)
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


def _is(label: str, role: FolderRole) -> bool:
    folder = RemoteFolder(name=label, shown=label, delimiter="", flags=frozenset())
    return find_role([folder], role) is not None
