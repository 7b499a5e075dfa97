"""Long lines to several, at blanks where there are any, never through a wide letter."""

from collections.abc import Iterator

from widgets.cells import clean, clip, width_of

_TAB = 8
_DEEPEST_HANG = 12
"Cells a continued line may be set in; a log indented further starts at the margin."


def wrap(text: str, width: int) -> list[str]:
    """Return the lines of `text`, each made safe and at most `width` cells wide."""
    wrapped: list[str] = []
    for raw in text.split("\n"):
        line = raw.expandtabs(_TAB).rstrip() if "\t" in raw else raw.rstrip()
        if line.isascii() and len(line) <= width and line.isprintable():
            wrapped.append(line)
        else:
            wrapped.extend(_pieces(clean(line), max(width, 2)))
    return wrapped


def _pieces(line: str, width: int) -> Iterator[str]:
    if width_of(line) <= width:
        yield line
        return
    hang = " " * _indent(line, width)
    at, lead = 0, ""
    while at < len(line):
        room = width - len(lead)
        piece = clip(line[at : at + room * 4], room)
        if not line.startswith(piece, at):
            piece = piece[:-1]  # a blank stands for the half of a wide letter
        end = at + max(len(piece), 1)
        if end < len(line) and line[end] != " ":
            cut = line.rfind(" ", at, end)
            if cut > at and line[at:cut].strip():
                end = cut
        yield lead + line[at:end].rstrip()
        at = end
        while at < len(line) and line[at] == " ":
            at += 1
        lead = hang


def _indent(line: str, width: int) -> int:
    """Return where the words of a line begin, past blanks, quote signs and a list's bullet."""
    at = len(line) - len(line.lstrip(" >"))
    if line[at : at + 2] in {"- ", "* "}:
        at += 2
    return at if at <= min(_DEEPEST_HANG, width // 3) else 0
