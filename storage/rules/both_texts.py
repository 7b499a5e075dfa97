"""Two texts of one article made into one text to decide in, marked as version control marks it."""

import difflib
from collections.abc import Sequence

_FIRST, _SECOND, _END = "<<<<<<< ", "=======", ">>>>>>> "


def both(first: str, second: str, *, first_by: str, second_by: str) -> str:
    """Return what both texts say once, and where they differ both, each under its author.

    Never chooses: two edits of one sentence would become plausible nonsense.
    """
    one, other = first.split("\n"), second.split("\n")
    lines: list[str] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += one[a:b]
        else:
            lines += _marked(one[a:b], other[c:d], first_by, second_by)
    return "\n".join(lines)


def _marked(one: Sequence[str], other: Sequence[str], by: str, other_by: str) -> list[str]:
    # the blank line keeps Markdown from taking the middle mark for the line under a heading
    gap = [""] if one and one[-1].strip() else []
    return [f"{_FIRST}{by}", *one, *gap, _SECOND, *other, f"{_END}{other_by}"]


def is_undecided(text: str) -> bool:
    """Return whether a text still holds marks of `both`."""
    return any(line.startswith((_FIRST, _END)) for line in text.split("\n"))
