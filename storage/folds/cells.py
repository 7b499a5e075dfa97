"""Registers and elements out of a set of facts: the last stamp of a cell wins.

What says something that this version cannot read is not seen: as if it had never been said.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TypeVar

from storage.records.facts import Json, Stamped
from storage.rules.fact_shapes import fits

Word = TypeVar("Word", bound=StrEnum)


class Cells:
    """The winners of a set of facts, whatever order they came in and whatever they say."""

    def __init__(self, facts: Iterable[Stamped]) -> None:
        self._winners: dict[str, Stamped] = {}
        self.first: Stamped | None = None
        self.last_ms = 0
        self._facts = sorted((one for one in facts if fits(one.fact)), key=lambda one: one.stamp)
        for one in self._facts:
            self.first = self.first or one
            self.last_ms = max(self.last_ms, one.at_ms)
            self._winners[one.fact.key] = one

    def __bool__(self) -> bool:
        return bool(self._winners)

    def holder(self, key: str) -> Stamped | None:
        """Return the fact that set `key` last, a null one included."""
        return self._winners.get(key)

    def history(self, key: str) -> Iterator[Stamped]:
        """Yield every fact that ever set `key`, the oldest first."""
        return (one for one in self._facts if one.fact.key == key)

    def value(self, key: str) -> Json:
        one = self._winners.get(key)
        return one.fact.value if one else None

    def text(self, key: str, default: str = "") -> str:
        value = self.value(key)
        return value if isinstance(value, str) else default

    def maybe(self, key: str) -> str | None:
        value = self.value(key)
        return value if isinstance(value, str) and value else None

    def flag(self, key: str) -> bool:
        return self.value(key) is True

    def elements(self, prefix: str) -> Iterator[tuple[str, Stamped]]:
        """Yield (element, fact) for what is in the set `prefix`; nulls are taken out."""
        for key, one in self._winners.items():
            if key.startswith(prefix) and one.fact.value not in (None, False):
                yield key[len(prefix) :], one

    def gone(self, prefix: str) -> Iterator[tuple[str, Stamped]]:
        """Yield (element, fact) for what was taken out of the set `prefix`."""
        for key, one in self._winners.items():
            if key.startswith(prefix) and one.fact.value in (None, False):
                yield key[len(prefix) :], one


def word(kind: type[Word], text: str | None) -> Word | None:
    """Return the stored word; None where it is empty or of a newer rotadesk."""
    try:
        return kind(text) if text else None
    except ValueError:
        return None
