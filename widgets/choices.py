"""What a picker offers, and in which order once somebody types."""

from collections.abc import Sequence
from dataclasses import dataclass

_MOST = 200
"Ranked choices shown; who needs more types on."
_LEAST_LIKE = 62
"Below this rapidfuzz finds likeness in everything."


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One line of a picker."""

    key: str
    "What picking it means; unique."
    title: str
    detail: str = ""
    "Beside the title, dimmed; searched too."
    hint: str = ""
    "At the right: the key that does the same, a count. Not searched."
    role: str = "ink"


def rank(choices: Sequence[Choice], query: str) -> tuple[Choice, ...]:
    """Return the choices that match `query`, the best first.

    All words found come before likeness; words at a beginning before words within. Equals keep
    the order they were given in. Everything, as given, for an empty query.
    """
    words = query.casefold().split()
    if not words:
        return tuple(choices)
    texts = [f"{one.title} {one.detail} {one.key}".casefold() for one in choices]
    exact = sorted(
        (_distance(text, words), place)
        for place, text in enumerate(texts)
        if all(word in text for word in words)
    )
    found = [place for _, place in exact]
    if len(found) < _MOST:
        found += _alike(" ".join(words), texts, set(found))
    return tuple(choices[place] for place in found[:_MOST])


def _distance(text: str, words: Sequence[str]) -> tuple[bool, int]:
    """Return how far a match is from ideal: the title itself, then beginnings of words."""
    within = sum(not (text.startswith(word) or f" {word}" in text) for word in words)
    return (not text.startswith(words[0]), within)


def _alike(query: str, texts: Sequence[str], known: set[int]) -> list[int]:
    # 18 ms to import, and only needed once somebody mistypes
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    found = process.extract(query, texts, scorer=fuzz.WRatio, score_cutoff=_LEAST_LIKE, limit=_MOST)
    return [place for _, _, place in found if place not in known]
