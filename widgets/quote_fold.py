"""What of a mail is its author's own, until the rule for it is here."""

from dataclasses import dataclass
from itertools import groupby
from typing import Literal


@dataclass(frozen=True, slots=True)
class Span:
    kind: Literal["own", "quote", "signature"]
    text: str

    @property
    def lines(self) -> int:
        return self.text.count("\n") + 1


def fold(text: str) -> tuple[Span, ...]:
    runs = groupby(text.split("\n"), key=lambda line: line.startswith(">"))
    return tuple(Span("quote" if quoted else "own", "\n".join(lines)) for quoted, lines in runs)
