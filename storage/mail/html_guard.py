"""What makes an HTML parser slow, found or taken out before it sees a stranger's page.

Lexbor is quadratic in open depth (40,000 elements: 11 s) and in the attributes of one tag
(40,000: 7 s); misnested formatting elements multiply in every HTML5 parser.
"""

import re

_FORMATTING = r"(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])"
_RENAMED = [
    (re.compile(begin + name, re.IGNORECASE), begin + plain)
    for name, plain in ((_FORMATTING, "span"), (r"a(?=[\s/>])", "x-a"))
    for begin in ("<", "</")
]
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+)>?")
_ATTRIBUTE = re.compile(r"[^\s/>=]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]*))?")

_FEW_TAGS = 5_000
"So few cannot nest deep enough to hurt."
_FEW_CHARACTERS = 20_000
"So few hold no tag with enough attributes to hurt."
_DEEPEST = 1_000
_MOST_ATTRIBUTES = 200

_CLOSED_BY_OTHERS = frozenset(
    {
        *("area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta"),
        *("param", "source", "track", "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "tbody"),
        *("thead", "tfoot", "colgroup", "option", "optgroup", "html", "body", "head"),
    }
)
_INLINE = frozenset({"span", "x-a", "label", "q", "cite", "abbr", "sub", "sup", "ins", "del"})
"Their end tags reach no further up than the next block; those of unknown elements neither."
_REACHING_UP = frozenset(
    {"div", "table", "center", "blockquote", "ul", "ol", "dl", "pre", "section"}
)
"Their end tags close what is open inside of them."
_WALLS = frozenset({"table", "object", "marquee", "applet", "template", "svg", "math", "select"})
"An end tag inside of one closes nothing outside of it."


def without_formatting(html: str) -> str:
    """Return `html` with bold, fonts and links under names that no parser treats specially."""
    for pattern, plain in _RENAMED:
        html = pattern.sub(plain, html)
    return html


def is_a_bomb(html: str) -> bool:
    """Return whether a parser would choke: nested deeper than 1,000, or 200 attributes in a tag."""
    if len(html) > _FEW_CHARACTERS and any(
        len(found.group(3)) > 2 * _MOST_ATTRIBUTES
        and len(_ATTRIBUTE.findall(found.group(3))) > _MOST_ATTRIBUTES
        for found in _TAG.finditer(html)
    ):
        return True
    return html.count("<") > _FEW_TAGS and _is_too_deep(html)


def _is_too_deep(html: str) -> bool:
    open_now: list[str] = []
    for found in _TAG.finditer(html):
        name = found.group(2).lower()
        if name in _CLOSED_BY_OTHERS:
            continue
        if not found.group(1):
            open_now.append(name)
            if len(open_now) > _DEEPEST:
                return True
            continue
        # Never closes more than the parser would: a guard may only err towards "too deep".
        for at in range(len(open_now) - 1, -1, -1):
            if open_now[at] == name:
                del open_now[at:]
                break
            if open_now[at] in _WALLS or (name not in _REACHING_UP and open_now[at] not in _INLINE):
                break
    return False
