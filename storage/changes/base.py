"""What every change is.

`check` may refuse and must not write; `facts` says what is now so and must not refuse;
`local` returns this machine's rows. None of them reads a clock, chance or configuration:
what a change needs of those it carries.
"""

from collections.abc import Iterable
from typing import ClassVar, Protocol, runtime_checkable

from sqlalchemy import Connection

from storage.errors import UsageError
from storage.queries import tickets
from storage.records.facts import Fact
from storage.records.local import LocalRow


class Change(Protocol):
    kind: ClassVar[str]
    "Stored with each fact, for ever."

    def check(self, conn: Connection) -> None:
        """Refuse by raising a DeskError; write nothing."""

    def facts(self, conn: Connection) -> Iterable[Fact]:
        """Yield what is now so."""


@runtime_checkable
class LocalChange(Protocol):
    def local(self, conn: Connection) -> Iterable[LocalRow]:
        """Yield this machine's rows, written in the same transaction."""


def known_area(conn: Connection, area: str | None) -> None:
    """Refuse a product area that is not on the team's list."""
    areas = tickets.settings(conn).areas
    if area and area not in areas:
        raise UsageError(f"There is no product area '{area}'; the team's are {', '.join(areas)}.")
