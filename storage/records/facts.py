"""Facts: what is now so. The journal keeps them for ever; folds read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"
"Values of facts. No floats: two machines must write the same text."


@dataclass(frozen=True, slots=True)
class Fact:
    """A cell of an entity and what it holds from now on; None means as if never set."""

    entity: str
    "'ticket:UID', 'message:KEYHEX', 'bug:UID', 'feature:UID', 'article:UID' or 'desk'."
    key: str
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A fact with who, when and in which change."""

    stamp: bytes
    "UUIDv7 whose time is a hybrid logical clock: identity, total order and time in 16 bytes."
    change: bytes
    "16 bytes; one commit, one undo step."
    kind: str
    actor: str
    fact: Fact

    @property
    def at_ms(self) -> int:
        return int.from_bytes(self.stamp[:6], "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Uids of what a transaction changed, so that a reader re-reads only that."""

    tickets: frozenset[str] = frozenset()
    bugs: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    "'outbox', 'engine', 'desk', 'draft'."
    everything: bool = field(default=False)
    "The reader is too far behind to be told what; it re-reads all it shows."

    def __bool__(self) -> bool:
        return bool(
            self.everything
            or self.tickets
            or self.bugs
            or self.features
            or self.articles
            or self.others
        )

    def __or__(self, other: "Touched") -> "Touched":
        return Touched(
            tickets=self.tickets | other.tickets,
            bugs=self.bugs | other.bugs,
            features=self.features | other.features,
            articles=self.articles | other.articles,
            others=self.others | other.others,
            everything=self.everything or other.everything,
        )
