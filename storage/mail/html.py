"""HTML mail as text: what its reader would see, nothing fetched, nothing run, nothing hidden.

Lexbor builds the tree and writes it out again, well-formed; one linear pass over that is all
that is left to do. What Lexbor is slow at never reaches it: formatting elements (they multiply
when misnested), great depth, attributes by the thousand.
"""

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser

from storage.mail.html_guard import is_a_bomb, without_formatting
from storage.rules.safe_text import is_web_link, link_host, one_line

_LARGEST = 2_000_000
_LONGEST_LINK = 2_000
_SHORT_CELL = 40
_DEEPEST = 12
"Levels of quotes and lists that are drawn."
_CELL = "\ue000"
"Stands between two cells until their line is written; private use, taken out of the text."

_UNSEEN = [
    *("style", "script", "head", "title", "template", "noscript", "svg", "object", "math", "xml"),
    *("iframe", "select", "textarea", "audio", "video", "canvas", "map", "noembed", "applet"),
]
_TOKEN = re.compile(
    r"<!--.*?-->|<(/?)([^\s/>!]+)((?:\s[^\s=>]*(?:=\"[^\"]*\")?)*)\s*>|([^<]+|<)", re.DOTALL
)
_VALUE = re.compile(r'([^\s="]+)="([^"]*)"')
_HIDING_STYLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)"
)
_FOLDED_STYLE = re.compile(r"(?:^|;)\s*max-height\s*:\s*0(?:px|em|pt)?\s*(?:;|!|$)")
_OVERFLOW_HIDDEN = re.compile(r"overflow\s*:\s*hidden")
_INDENTING = re.compile(r"(?i)border\s*:\s*(?:none|0)|webkit-indent")
# Nothing in one of these needs a closer look, and nearly all links are.
_USUAL_LINK = re.compile(r"https?://([a-z0-9][a-z0-9.-]*[a-z0-9])(?:[:/?#][!#-;=?-\[\]-~]*)?")
_HOST_IN_LABEL = re.compile(r"(?i)(?:https?://|\bwww\.)([\w.-]+\w)")

_VOID = frozenset(
    {
        *("area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img"),
        *("input", "keygen", "link", "meta", "param", "source", "track", "wbr"),
    }
)
_PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "blockquote", "hr"}
)
_BLOCKS = _PARAGRAPHS | {
    *("div", "li", "tr", "table", "center", "form", "section", "article", "header", "footer"),
    *("address", "fieldset", "caption", "main", "nav", "aside", "dt", "dd", "figure", "body"),
}


@dataclass(frozen=True, slots=True)
class Page:
    text: str
    hidden: int
    "Characters that its author hid."
    is_stripped: bool = False
    "It was too complex to read; its tags were only taken out."


def to_text(html: str) -> tuple[str, int]:
    """Return an HTML mail as text, and how many characters of it were hidden from the reader."""
    page = render(html)
    return page.text, page.hidden


def render(html: str) -> Page:
    """Return an HTML mail as text: links as [n] with a list below, quotes behind `>`."""
    html = without_formatting(html[:_LARGEST].replace(_CELL, ""))
    if is_a_bomb(html):
        return Page(_stripped(html), 0, is_stripped=True)
    tree = LexborHTMLParser(html)
    tree.strip_tags(_UNSEEN, recursive=True)
    body = tree.body.html if tree.body else ""
    writer = _Writer()
    for found in _TOKEN.finditer(body or ""):
        closes, name, attributes, text = found.groups()
        if text is not None:
            writer.text(text)
        elif name is not None and closes:
            writer.end(name)
        elif name is not None:
            writer.start(name, attributes)
    return Page(writer.finished(), writer.hidden)


def _stripped(html: str) -> str:
    text = re.sub(r"(?is)<(style|script)\b.*?</\1\s*>", " ", html[: _LARGEST // 4])
    return "\n".join(" ".join(line.split()) for line in re.sub(r"<[^>]*>?", " ", text).split("\n"))


@dataclass(slots=True)
class _Links:
    """The numbered list below a page."""

    numbers: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def mark(self, href: str, label: str) -> str:
        """Return the " [n]" for a link, empty where its text is the address already."""
        url = _address(href)
        if not url:
            return ""
        if ("." in label or "/" in label) and _is_the_address(label, url):
            return ""
        if url not in self.numbers:
            self.numbers[url] = len(self.notes) + 1
            self.notes.append(f"[{len(self.notes) + 1}] {url}{_warning(url, label)}")
        return f" [{self.numbers[url]}]"


def _is_the_address(label: str, url: str) -> bool:
    bare = url.strip("/")
    mailbox = url.removeprefix("mailto:").partition("?")[0]
    return label.strip("/") in {bare, bare.partition("://")[2], mailbox}


def _address(href: str) -> str:
    """Return where a link leads on one line; empty where it stays on its page."""
    url = one_line("".join(href.split("\n")).strip().replace(" ", "%20"), limit=_LONGEST_LINK)
    return "" if url[:1] in {"", "#"} or url.lower().startswith("cid:") else url


def _warning(url: str, label: str) -> str:
    """Return the real host where the link's words or its address pretend another."""
    usual = _USUAL_LINK.fullmatch(url)
    if not usual and not is_web_link(url):
        return " (not a web link)"
    host = usual.group(1) if usual else link_host(url)
    claimed = _HOST_IN_LABEL.search(label)
    pretends = claimed and _bare(claimed.group(1)) != _bare(host)
    disguised = not usual and (
        host not in url.lower() or "@" in url.partition("://")[2].partition("/")[0]
    )
    return f" (leads to {host})" if pretends or disguised else ""


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")


def _plain(written: str) -> str:
    """Return text that the parser has written: it escapes these and nothing else."""
    if "&" not in written:
        return written
    for escaped, char in (("&nbsp;", "\xa0"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"')):
        written = written.replace(escaped, char)
    return written.replace("&amp;", "&")


def _is_hidden(attributes: str) -> bool:
    lower = attributes.lower()
    # Plain searches first: most tags hide nothing, and this is asked for each of them.
    if "none" not in lower and "hid" not in lower:
        return False
    said = dict(_VALUE.findall(lower))
    style = said.get("style", "")
    return (
        "hidden" in said
        or bool(_HIDING_STYLE.search(style))
        or bool(_FOLDED_STYLE.search(style) and _OVERFLOW_HIDDEN.search(style))
    )


def _is_quote(name: str, attributes: str) -> bool:
    # Gmail indents with blockquotes too; those have no border.
    if name == "blockquote":
        return not _INDENTING.search(attributes)
    return name == "div" and "yahoo_quoted" in attributes


@dataclass(slots=True)
class _Writer:
    """Collects lines while the tags go by."""

    hidden: int = 0
    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    "What the end of each open element does; empty: nothing but what its name says."
    unseen: int = 0
    "Depth inside a hidden element; 0 where things show."
    quoted: int = 0
    bullets: list[str] = field(default_factory=list)
    "What the next line of each open list begins with."
    counts: list[int] = field(default_factory=list)
    "The number of the last item of each open list; -1 where they are not counted."
    links: _Links = field(default_factory=_Links)
    open_links: list[tuple[str, int]] = field(default_factory=list)
    preformatted: int = 0
    cell: int = 0
    "Where in the line the current cell begins."

    def text(self, text: str) -> None:
        text = _plain(text)
        if self.unseen:
            self.hidden += len("".join(text.split()))
        elif self.preformatted:
            first, *rest = text.split("\n")
            self.line.append(first)
            for one in rest:
                self._flush(force=True)
                self.line.append(one)
        else:
            self.line.append(text)

    def start(self, name: str, attributes: str) -> None:
        if self.unseen:
            self.unseen += name not in _VOID
            return
        if name in _BLOCKS:
            self._flush()
        if attributes and _is_hidden(attributes):
            self.unseen = int(name not in _VOID)
            return
        if name in _PARAGRAPHS:
            self._gap()
        if name in _VOID:
            if name == "br":
                self._flush(force=True)
            elif name == "img":
                self._picture(attributes)
        else:
            self.ends.append(self._opened(name, attributes))

    def _opened(self, name: str, attributes: str) -> str:
        """Act on an element that begins; return what is to be done at its end."""
        if name == "x-a":
            href = dict(_VALUE.findall(attributes)).get("href", "")
            self.open_links.append((_plain(href), len(self.line)))
            return "link"
        if name in {"td", "th"}:
            self._cell()
        elif name == "li":
            self._item()
        elif name in {"ul", "ol"}:
            self.bullets.append("")
            self.counts.append(0 if name == "ol" else -1)
            return "list"
        elif name == "pre":
            self.preformatted += 1
            return "pre"
        elif _is_quote(name, attributes):
            self.quoted += 1
            return "quote"
        return ""

    def end(self, name: str) -> None:
        if self.unseen:
            self.unseen -= 1
            return
        at_end = self.ends.pop() if self.ends else ""
        if at_end == "link":
            self._close_link(*self.open_links.pop())
        if name in _BLOCKS:
            self._flush()
        if at_end == "list":
            self.bullets.pop()
            self.counts.pop()
        elif at_end == "quote":
            self.quoted -= 1
        elif at_end == "pre":
            self.preformatted -= 1
        if name in _PARAGRAPHS:
            self._gap()

    def finished(self) -> str:
        self._flush()
        while self.lines and not self.lines[-1].strip("> "):
            self.lines.pop()
        if self.links.notes:
            self.lines += ["", *self.links.notes]
        return "\n".join(self.lines).lstrip("\n")

    def _flush(self, *, force: bool = False) -> None:
        said = "".join(self.line)
        self.line.clear()
        self.cell = 0
        if self.open_links:
            self.open_links = [(href, 0) for href, _ in self.open_links]
        said = said.rstrip() if self.preformatted else " ".join(said.split())
        if _CELL in said:
            said = said.strip(_CELL + " ").replace(_CELL, " | ")
        if said and self.bullets:
            said = "  " * min(len(self.bullets) - 1, _DEEPEST) + self.bullets[-1] + said
            self.bullets[-1] = " " * len(self.bullets[-1])
        if said or force:
            self._add(said)

    def _gap(self) -> None:
        if not self.bullets:
            self._add("")

    def _add(self, line: str) -> None:
        if line or (self.lines and self.lines[-1].strip("> ")):
            self.lines.append(("> " * min(self.quoted, _DEEPEST) + line).rstrip())

    def _item(self) -> None:
        if not self.bullets:
            self.line.append("- ")
        elif self.counts[-1] < 0:
            self.bullets[-1] = "- "
        else:
            self.counts[-1] += 1
            self.bullets[-1] = f"{self.counts[-1]}. "

    def _cell(self) -> None:
        """Keep short cells of a row on one line; long ones are a page's layout, not a table."""
        last = "".join(self.line[self.cell :]).strip()
        if len(last) > _SHORT_CELL:
            self._flush()
        elif last:
            self.line.append(_CELL)
        self.cell = len(self.line)

    def _picture(self, attributes: str) -> None:
        said = dict(_VALUE.findall(attributes))
        alt = one_line(_plain(said.get("alt", "")), limit=200)
        if alt and not (said.get("width") == "1" or said.get("height") == "1"):
            self.line.append(f" [{alt}] ")

    def _close_link(self, href: str, start: int) -> None:
        label = " ".join("".join(self.line[start:]).split())
        mark = self.links.mark(href, label)
        if not mark:
            return
        if self.lines and self.lines[-1].strip("> ") and not any(map(str.strip, self.line)):
            self.lines[-1] += mark
        else:
            self.line.append(mark)
