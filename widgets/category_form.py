"""Category and product area of a ticket, each under a key that never moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from textual.reactive import reactive

from storage.records.words import Category
from widgets.cells import Cell, Line, fit, width_of
from widgets.painted import PaintedLines

_NAMES = 15
"Cells of the left column."


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
            (str(number), name, self._role(one))
            for number, (one, name) in enumerate(zip(Category, names, strict=True), 1)
        ]
        areas = [
            (letter, name, "bold ok" if name == self.state.area else "ink")
            for letter, name in self.state.areas
        ]
        return [
            *_under("category", _grid(categories, room, columns=(6, 3, 2, 1))),
            *_under("product area", _grid(areas, room, columns=(8, 6, 5, 4, 3, 2, 1))),
        ]

    def _role(self, category: Category) -> str:
        if category is self.state.category:
            return "bold ok"
        return "ink-faint strike" if category in self.state.off else "ink"


def _grid(
    choices: Sequence[tuple[str, str, str]], width: int, *, columns: Sequence[int]
) -> list[list[Cell]]:
    """Return (key, name, role) in as many equal columns as fit, so that nothing ever moves."""
    size = max((width_of(name) for _, name, _ in choices), default=0) + 5
    many = next((count for count in columns if count * size <= width), 1)
    rows: list[list[Cell]] = []
    for place, (key, name, role) in enumerate(choices):
        if place % many == 0:
            rows.append([])
        rows[-1] += [
            (f"{key} ", "bold key"),
            (name, role),
            (fit("", size - 2 - width_of(name)), ""),
        ]
    return rows


def _under(name: str, rows: Sequence[Sequence[Cell]]) -> list[Line]:
    return [
        ((fit("" if number else name, _NAMES), "ink-dim"), *row) for number, row in enumerate(rows)
    ]
