"""What customers of the benches write: enough words to index, the same each time."""

import random

WORDS = [
    "the",
    "webhook",
    "for",
    "our",
    "project",
    "fails",
    "since",
    "this",
    "morning",
    "with",
    "status",
    "and",
    "we",
    "have",
    "tried",
    "again",
    "twice",
    "please",
    "look",
    "at",
    "log",
    "below",
    "because",
    "customers",
    "wait",
    "für",
    "Rückmeldung",
    "café",
    "naïve",
    "thank",
    "you",
    "invoice",
    "domain",
    "bounce",
    "delay",
    "export",
    "login",
    "token",
    "region",
    "upgrade",
    "event",
    "payload",
    "signature",
    "retry",
]


_CHANCE = random.Random(7)
_INVENTED = [
    "".join(_CHANCE.choices(["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu"], k=size))
    for size in _CHANCE.choices((2, 3, 4), k=6_000)
]
_LINES = [
    " ".join(
        _CHANCE.choice(_INVENTED[: 10 ** _CHANCE.randint(1, 4)])
        if _CHANCE.random() < 0.4
        else _CHANCE.choice(WORDS)
        for _ in range(11)
    )
    for _ in range(8_000)
]
"Few words are frequent and many are rare, as in any language."


def line(rng: random.Random) -> str:
    """Return one line of eleven words."""
    return rng.choice(_LINES)


def sentences(rng: random.Random, size: int, *, end: str = "\n") -> str:
    """Return lines of about `size` characters in all."""
    lines = []
    while size > 0:
        lines.append(line(rng))
        size -= len(lines[-1])
    return end.join(lines)
