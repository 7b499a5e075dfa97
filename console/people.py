"""Recipients as a person types them."""

import re
from collections.abc import Iterable
from typing import Final

from storage.errors import UsageError
from storage.mail.outgoing_headers import mailbox_of
from storage.records.mail import Address
from storage.rules import safe_text

_PIECES: Final = re.compile(r'(?:"[^"]*"|<[^>]*>|[^,;"<])+')
_NAMED: Final = re.compile(r'\s*"?(?P<name>[^"<]*?)"?\s*<(?P<email>[^<>]+)>\s*')


def typed(people: Iterable[Address]) -> str:
    """Return people as `read` reads them back."""
    return ", ".join(_shown(one) for one in people)


def _shown(one: Address) -> str:
    name = one.name.replace('"', "")
    if not name:
        return one.email
    return f'"{name}" <{one.email}>' if re.search(r"[,;<>@]", name) else f"{name} <{one.email}>"


def read(text: str) -> tuple[Address, ...]:
    """Return the people that `text` names, each once.

    Raises:
        UsageError: a piece of it is no address; the sentence names it.
    """
    found: dict[str, Address] = {}
    for piece in _PIECES.findall(text):
        if piece.strip():
            one = _address(piece.strip())
            found.setdefault(one.email, one)
    return tuple(found.values())


def _address(piece: str) -> Address:
    named = _NAMED.fullmatch(piece)
    name, email = (named["name"], named["email"].strip()) if named else ("", piece)
    try:
        mailbox_of(email)
    except UsageError:
        raise UsageError(f"{safe_text.one_line(piece, limit=60)!r} is no address.") from None
    return Address(safe_text.one_line(name, limit=64), email.lower())
