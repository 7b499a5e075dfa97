"""Pairs of characters for scripts that write no spaces.

The full-text index takes a run of letters as one word, so `エラー` inside `設定エラー` is not
found, nor `API` in `APIキー`. The column `grams` holds those runs in pairs, for nobody else.
"""

import re
import unicodedata
from functools import cache

_CJK = (
    "\u0e00-\u0e7f"  # Thai
    "\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"  # Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # kana and their marks
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # ideographs
    "\u1100-\u11ff\uac00-\ud7af"  # Hangul
    "\uff66-\uff9f\uffa0-\uffdc"  # half-width kana and Hangul
)
_ANY = f"[{_CJK}]"
_FAR = "[\x00-\u0dff\u2000-\u3004]*+"
"No such script; six times faster than looking for one in all of a letter."
_RUN = rf"[{_CJK}]+|(?:(?![{_CJK}_])\w)+"
_WORD = rf"(?:[{_CJK}]|(?!_)\w)+"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile on first use: 10 ms that a search for ASCII words need not wait for."""
    return re.compile(pattern)


def cjk_grams(text: str) -> str | None:
    """Return what of `text` the column `grams` holds; None where no such script is in it.

    Of every run its pairs and its last character, so that a search for one character is a
    search for a beginning, and no pair seems to span two runs. Of words written without a
    space before or after one ('APIキー') the other part, too.
    """
    return " ".join(_grams(text, is_closed=True)) or None


def gram_phrase(word: str) -> str | None:
    """Return the phrase that finds `word` in the column; None where no such script is in it."""
    return " ".join(_grams(word, is_closed=False)) or None


def _grams(text: str, *, is_closed: bool) -> list[str]:
    if text.isascii() or _compiled(_FAR).fullmatch(text):
        return []
    if not (any_of := _compiled(_ANY)).search(text):
        return []
    grams: list[str] = []
    for word in _compiled(_WORD).findall(unicodedata.normalize("NFKC", text)):
        if any_of.search(word):
            for run in _compiled(_RUN).findall(word):
                grams += _pairs(run, is_closed=is_closed) if any_of.match(run) else [run]
    return grams


def _pairs(run: str, *, is_closed: bool) -> list[str]:
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    return [*pairs, run[-1]] if is_closed or not pairs else pairs
