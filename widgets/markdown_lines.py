"""Markdown to lines, through markdown-it's tree: what an article looks like in a terminal.

Headings differ by their rule and weight, code by its ground and indent, links by their line and
host: nothing by colour alone. HTML is text here, as everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from storage.rules.safe_text import is_web_link, link_host
from widgets.cells import Cell, Line, clean, fit, line_width, width_of
from widgets.styled_wrap import wrap_cells
from widgets.wrap import wrap

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_RULE, _DOUBLE = "\N{BOX DRAWINGS LIGHT HORIZONTAL}", "\N{BOX DRAWINGS DOUBLE HORIZONTAL}"
_BAR = "\N{BOX DRAWINGS LIGHT VERTICAL}"
_LEAST = 12
"Cells that text gets however deep it stands."


@cache
def parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 27 ms that no list of tickets needs

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def markdown_lines(text: str, width: int) -> tuple[Line, ...]:
    """Return `text` as lines of at most `width` cells; never raises, whatever is in it."""
    from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415 - as the parser

    tree = SyntaxTreeNode(parser().parse(text))
    return tuple(_blocks(tree.children, max(width, _LEAST)))


def _blocks(nodes: Sequence["SyntaxTreeNode"], width: int, *, is_tight: bool = False) -> list[Line]:
    """Return blocks one below the other, a blank line between them unless the list is tight."""
    lines: list[Line] = []
    for node in nodes:
        paint = _PAINTERS.get(node.type)
        block = paint(node, width) if paint else _as_text(node, width)
        if lines and block and not is_tight:
            lines.append(())
        lines += block
    return lines


def _paragraph(node: "SyntaxTreeNode", width: int) -> list[Line]:
    return wrap_cells(_inline(node), width)


def _heading(node: "SyntaxTreeNode", width: int) -> list[Line]:
    lines = wrap_cells(_inline(node, "bold heading"), width)
    rule = {"h1": _DOUBLE, "h2": _RULE}.get(node.tag)
    if rule:
        lines.append(((rule * max(map(line_width, lines), default=0), "rule-strong"),))
    return lines


def _quote(node: "SyntaxTreeNode", width: int) -> list[Line]:
    inner = _blocks(node.children, max(width - 2, _LEAST))
    return [((f"{_BAR} ", "quote"), *line) for line in inner]


def _list(node: "SyntaxTreeNode", width: int) -> list[Line]:
    start = int(node.attrs.get("start", 1) or 1)
    is_ordered = node.type == "ordered_list"
    is_tight = all(
        part.hidden for item in node.children for part in item.children if part.type == "paragraph"
    )
    lines: list[Line] = []
    for place, item in enumerate(node.children):
        bullet = f"{start + place}. " if is_ordered else "- "
        inner = _blocks(item.children, max(width - len(bullet), _LEAST), is_tight=is_tight)
        if lines and not is_tight:
            lines.append(())
        for row, line in enumerate(inner or [()]):
            lead = (bullet, "bold ink-dim") if row == 0 else (" " * len(bullet), "")
            lines.append((lead, *line))
    return lines


def _code(node: "SyntaxTreeNode", width: int) -> list[Line]:
    lines = wrap(node.content.rstrip("\n"), max(width - 2, _LEAST))
    return [((fit(f"  {line}", width), "code @code-ground"),) for line in lines]


def _thematic_break(_node: "SyntaxTreeNode", width: int) -> list[Line]:
    return [((_RULE * width, "rule"),)]


def _as_text(node: "SyntaxTreeNode", width: int) -> list[Line]:
    """Return what we do not paint (HTML) as the text it is."""
    return [((line, "ink-faint"),) for line in wrap(node.content.rstrip("\n"), width)]


def _table(node: "SyntaxTreeNode", width: int) -> list[Line]:
    rows = [row for part in node.children for row in part.children]
    texts = [
        [_inline(cell, "bold ink" if cell.type == "th" else "ink") for cell in row.children]
        for row in rows
    ]
    widths = _column_widths([[_cells_width(cell) for cell in row] for row in texts], width)
    lines: list[Line] = []
    for place, row in enumerate(texts):
        wrapped = [wrap_cells(cell, size) for cell, size in zip(row, widths, strict=False)]
        for at in range(max(map(len, wrapped), default=0)):
            cells: list[Cell] = []
            for column, size in zip(wrapped, widths, strict=False):
                line = column[at] if at < len(column) else ()
                cells += [*line, (" " * (size - line_width(line) + 2), "")]
            lines.append(tuple(cells))
        if place == 0:
            lines.append(tuple((_RULE * size + "  ", "rule-strong") for size in widths))
    return lines


def _cells_width(cells: Sequence[Cell]) -> int:
    return sum(width_of(clean(text)) for text, _ in cells)


def _column_widths(sizes: Sequence[Sequence[int]], width: int) -> list[int]:
    """Return the widths of columns: what they need, or a fair share where there is too little."""
    wanted = [max(column, default=1) for column in zip(*sizes, strict=False)]
    room = max(width - 2 * len(wanted), 3 * len(wanted))
    if sum(wanted) <= room:
        return [max(one, 1) for one in wanted]
    share = room // max(len(wanted), 1)
    spare = room - sum(min(one, share) for one in wanted)
    wide = sum(one > share for one in wanted) or 1
    return [max(one if one <= share else min(one, share + spare // wide), 1) for one in wanted]


_PAINTERS: Mapping[str, Callable[["SyntaxTreeNode", int], list[Line]]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "blockquote": _quote,
    "bullet_list": _list,
    "ordered_list": _list,
    "fence": _code,
    "code_block": _code,
    "hr": _thematic_break,
    "table": _table,
}

_INLINE_ROLES = {"strong": "bold", "em": "italic", "s": "strike"}


def _inline(node: "SyntaxTreeNode", role: str = "ink") -> list[Cell]:
    cells: list[Cell] = []
    for child in node.children:
        match child.type:
            case "text" | "html_inline":
                cells.append((child.content.replace("\n", " "), role))
            case "code_inline":
                cells.append((child.content, f"{_styles(role)} code @code-ground"))
            case "softbreak":
                cells.append((" ", role))
            case "hardbreak":
                cells.append(("\n", role))
            case "link":
                cells += _link(child, role)
            case "image":
                cells.append((f"[image: {child.content or child.attrs.get('src', '')}]", "ink-dim"))
            case _:
                cells += _inline(child, f"{_INLINE_ROLES.get(child.type, '')} {role}".strip())
    return cells


def _styles(role: str) -> str:
    return " ".join(word for word in role.split() if word in {"bold", "italic", "strike"})


def _link(node: "SyntaxTreeNode", role: str) -> list[Cell]:
    """Return the words of a link and, where they do not tell it, the host it leads to."""
    url = str(node.attrs.get("href", ""))
    if not is_web_link(url):
        return [*_inline(node, role), (f" ({url})", "ink-faint")]
    cells = _inline(node, f"{_styles(role)} underline link".strip())
    host = link_host(url)
    said = "".join(text for text, _ in cells)
    return cells if host in said else [*cells, (f" ({host})", "ink-faint")]
