"""Tables for people: one line a thing, cut to the terminal when there is one."""

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import click

from console.cli.frame import printable

_GAP: Final = "  "


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    gives_way: bool = False
    "Cut first when the terminal is narrow."
    is_number: bool = False
    at_least: int = 8
    "A column that gives way keeps this many cells."
    may_go: bool = False
    "Left out, the rightmost first, where there is no room for all."


def show(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print `rows` under their headings; without rows, nothing."""
    for line in lines(columns, [[printable(one) for one in row] for row in rows], width=_width()):
        click.echo(line)


def lines(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], *, width: int | None
) -> list[str]:
    """Return the lines of the table, its heading first; `width` None: as wide as it is."""
    if not rows:
        return []
    table = [[one.heading for one in columns], *rows]
    widths = [max(cells(row[at]) for row in table) for at in range(len(columns))]
    if width is not None:
        widths = _fitted(columns, widths, width)
        at = _dispensable(columns) if _total(widths) > width else None
        if at is not None:
            return lines(
                [*columns[:at], *columns[at + 1 :]],
                [[*row[:at], *row[at + 1 :]] for row in rows],
                width=width,
            )
    whole = [
        _GAP.join(
            _padded(text.replace("\n", " "), wide, to_the_right=column.is_number)
            for text, wide, column in zip(row, widths, columns, strict=True)
        ).rstrip()
        for row in table
    ]
    return whole if width is None else [cut(line, width) for line in whole]


def cells(text: str) -> int:
    """Return how many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(one) for one in text)


def cut(text: str, width: int) -> str:
    """Return as much of `text` as fits into `width` columns; a dot stands for the rest."""
    if cells(text) <= width:
        return text
    kept, used = [], 1
    for one in text:
        used += _cells_of(one)
        if used > width:
            break
        kept.append(one)
    return "".join(kept).rstrip() + "."


def _cells_of(one: str) -> int:
    if unicodedata.combining(one):
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1


def _padded(text: str, width: int, *, to_the_right: bool) -> str:
    if text.isascii() and len(text) <= width:
        return text.rjust(width) if to_the_right else text.ljust(width)
    text = cut(text, width)
    space = " " * (width - cells(text))
    return space + text if to_the_right else text + space


def _fitted(columns: Sequence[Column], widths: list[int], width: int) -> list[int]:
    over = _total(widths) - width
    fitted = list(widths)
    while over > 0:
        yielding = [
            at for at, one in enumerate(columns) if one.gives_way and fitted[at] > one.at_least
        ]
        if not yielding:
            break
        widest = max(yielding, key=lambda at: fitted[at])
        fitted[widest] -= 1
        over -= 1
    return fitted


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _dispensable(columns: Sequence[Column]) -> int | None:
    """Return the rightmost column that may go."""
    return next((at for at in reversed(range(len(columns))) if columns[at].may_go), None)


def _width() -> int | None:
    if not sys.stdout.isatty():
        return None
    import shutil  # noqa: PLC0415 - only a terminal needs it

    return shutil.get_terminal_size().columns


def has_color() -> bool:
    """Return whether people see colour here: a terminal, and no NO_COLOR."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
