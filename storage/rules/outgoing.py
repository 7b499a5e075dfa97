"""What a last look at a text finds before it leaves: words that promise a file, holes left open.

Read in the writer's own words alone: what is quoted was said by others, and what stands in code
is meant as it stands.
"""

import re

from storage.rules.quotes import own_words

_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_HOLE = re.compile(r"\{\{[^{}\n]{0,80}\}\}|\{%[^{}\n]{0,80}%\}")
_PROMISES = re.compile(
    r"\b(?:attached|attaching|attachments?|enclosed|anbei|angehängt|im anhang|ci-joint"
    r"|pièces? jointes?|adjunt[oa]s?|allegat[oi]|em anexo|bijlage|bifogad)\b",
    re.IGNORECASE,
)


def promised_file(text: str) -> str:
    """Return the word of `text` that promises a file; empty where none does."""
    found = _PROMISES.search(_meant(text))
    return found.group() if found else ""


def holes(text: str) -> tuple[str, ...]:
    """Return what stands in `text` to be filled in and was not: '{{customer.first}}'."""
    return tuple(dict.fromkeys(_HOLE.findall(_meant(text))))


def _meant(text: str) -> str:
    return _CODE.sub(" ", own_words(text))
