"""Pairs of characters for scripts that part no words: a word of two is found inside a run."""

import re

_RUNS = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")  # fmt: skip


def cjk_grams(text: str) -> str | None:
    """Return the 2-grams of every CJK, Hangul and Thai run; None where there is none."""
    pairs = [run[at : at + 2] for run in _RUNS.findall(text) for at in range(max(1, len(run) - 1))]
    return " ".join(pairs) or None
