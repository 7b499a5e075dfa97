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


def sentences(rng: random.Random, size: int, *, end: str = "\n") -> str:
    """Return lines of about `size` characters in all."""
    lines = []
    while size > 0:
        line = " ".join(rng.choices(WORDS, k=11))
        lines.append(line)
        size -= len(line)
    return end.join(lines)
