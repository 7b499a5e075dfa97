"""Category and product area of a ticket, each under a key that never moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from textual.reactive import reactive

from storage.records.words import Category
from widgets.cells import Cell, Line, fit, width_of
from widgets.painted import PaintedLines

_NAMES = 15
"Cells of the left column."
_AROUND = 6
"Cells of an offer beside its name: the key, a bracket on either side, room to the next."


class Look(Enum):
    """What stands before and after a name, and its role: never colour alone."""

    FREE = (" ", " ", "ink")
    CHOSEN = ("[", "]", "bold ok")
    OFF = ("(", ")", "ink-faint strike")


@dataclass(frozen=True, slots=True)
class Offer:
    key: str
    name: str
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryState:
    category: Category | None = None
    area: str | None = None
    areas: tuple[tuple[str, str], ...] = ()
    "Letter and name of each product area; empty leaves the areas out."
    names: Mapping[Category, str] = field(default_factory=dict)
    "What the team calls a category, where it is not its own word."
    off: frozenset[Category] = frozenset()


def category_name(category: Category, names: Mapping[Category, str]) -> str:
    return names.get(category, category.value.capitalize())


def lettered(areas: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return each area with a letter: one of its own where it is free, else any that is."""
    taken: dict[str, str] = {}
    for area in areas:
        own = [one for one in area.lower() if one.isascii() and one.isalpha()]
        letter = next(
            (one for one in [*own, *"abcdefghijklmnopqrstuvwxyz"] if one not in taken), ""
        )
        if letter:
            taken[letter] = area
    return tuple(taken.items())


class CategoryForm(PaintedLines):
    """Shows a `CategoryState`."""

    DEFAULT_CSS = "CategoryForm { height: auto; }"

    state: reactive[CategoryState] = reactive(CategoryState(), layout=True)

    def lines(self, width: int) -> list[Line]:
        room = max(width - _NAMES, 20)
        names = [category_name(one, self.state.names) for one in Category]
        categories = [
            Offer(str(number), name, self._drawn(one))
            for number, (one, name) in enumerate(zip(Category, names, strict=True), 1)
        ]
        areas = [
            Offer(letter, name, Look.CHOSEN if name == self.state.area else Look.FREE)
            for letter, name in self.state.areas
        ]
        return [
            *_under("category", _grid(categories, room, columns=(6, 3, 2, 1))),
            *_under("product area", _grid(areas, room, columns=(8, 6, 5, 4, 3, 2, 1))),
        ]

    def _drawn(self, category: Category) -> Look:
        if category is self.state.category:
            return Look.CHOSEN
        return Look.OFF if category in self.state.off else Look.FREE


def _grid(offers: Sequence[Offer], width: int, *, columns: Sequence[int]) -> list[list[Cell]]:
    """Return the offers in as many equal columns as fit, so that nothing ever moves."""
    size = max((width_of(one.name) for one in offers), default=0) + _AROUND
    many = next((count for count in columns if count * size <= width), 1)
    rows: list[list[Cell]] = []
    for place, one in enumerate(offers):
        if place % many == 0:
            rows.append([])
        before, after, role = one.look.value
        rows[-1] += [
            (one.key, "bold key"),
            (f"{before}{one.name}{after}", role),
            (fit("", size - 3 - width_of(one.name)), ""),
        ]
    return rows


def _under(name: str, rows: Sequence[Sequence[Cell]]) -> list[Line]:
    return [
        ((fit("" if number else name, _NAMES), "ink-dim"), *row) for number, row in enumerate(rows)
    ]
