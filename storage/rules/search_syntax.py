"""The language of the list: `is:open category:reliability from:acme "rate limit" -tag:vip`.

What a person types or pastes is words unless it is clearly a field: a line of a log, a URL
or a lone bracket is searched for, never a mistake. Only a field's name or value can be one.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from storage.records.ids import as_typed
from storage.rules.search_fields import (
    DEFAULT_STATE,
    FIELDS,
    STATES,
    Value,
    field_value,
    refuse_unknown_field,
)


@dataclass(frozen=True, slots=True)
class Words:
    """Text to find in mails and notes."""

    text: str
    phrase: bool = False
    "In this order, side by side."
    prefix: bool = False
    "The last word may go on."


@dataclass(frozen=True, slots=True)
class Term:
    """A field and what it must be; times are milliseconds UTC."""

    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Not:
    part: "Tree"


@dataclass(frozen=True, slots=True)
class And:
    parts: "tuple[Tree, ...]"
    "None of them: everything."


@dataclass(frozen=True, slots=True)
class Or:
    parts: "tuple[Tree, ...]"


Tree: TypeAlias = Words | Term | Not | And | Or

OPEN: Tree = Term("is", DEFAULT_STATE)
"What `list` shows without a query: neither closed nor dismissed nor merged."

_HANDLE = re.compile(r"#([0-9A-Za-z]{4,16})(?![\w-])")
_NO_HANDLE = re.compile(r"[^0-9A-HJKMNP-TV-Z]")
_FIELD = re.compile(r"([A-Za-z][A-Za-z_]*):")
_SHORTEST_PREFIX = 3
"A shorter beginning is one of thousands of words: it takes 100 times as long and says little."
_DEEPEST = 50
"Of brackets in brackets; more is a line of code, not a question."
_EVERYTHING: Tree = And(())
_INSIDE_A_WORD = -1


def parse(text: str, *, now: datetime) -> Tree:
    """Return what `text` asks for; `And(())`, everything, where it asks nothing.

    Args:
        text: What was typed.
        now: What `older:3d` counts from, UTC.

    Raises:
        UsageError: a field that does not exist, or a value that it cannot have; with the
            position and the nearest word.
    """
    # A NUL ends a full-text query early; half a character (of an argument that is no UTF-8)
    # cannot be bound. Both keep their length, so that positions stay true.
    clean = text.replace("\0", " ").encode(errors="replace").decode()
    return _Reader(clean, now).all()


def names_state(tree: Tree) -> bool:
    """Say whether `tree` says which states to show; if not, `search` shows them all."""
    match tree:
        case Term("status", _):
            return True
        case Term("is", value):
            return value in STATES
        case Not(part):
            return names_state(part)
        case And(parts) | Or(parts):
            return any(map(names_state, parts))
    return False


class _Reader:
    """Reads once, left to right; never looks back further than one token."""

    def __init__(self, text: str, now: datetime) -> None:
        self._text = text
        self._now = now
        self._at = 0
        self._closes = _matching_brackets(text)

    def all(self) -> Tree:
        return self._any_of(len(self._text), 0)

    def _any_of(self, end: int, depth: int) -> Tree:
        """Read up to `end`: runs of parts, with `or` between them."""
        runs: list[list[Tree]] = [[]]
        while self._skip_space(end) < end:
            word = self._bare_word(end)
            if (
                word.lower() in {"or", "and"}
                and runs[-1]
                and self._is_more(self._at + len(word), end)
            ):
                if word.lower() == "or":
                    runs.append([])
                self._at += len(word)
                continue
            runs[-1].append(self._part(end, depth))
        meant = [one for one in map(_all_of, runs) if one != _EVERYTHING]
        return Or(tuple(meant)) if len(meant) > 1 else _all_of(meant)

    def _part(self, end: int, depth: int) -> Tree:
        start = self._at
        is_negated = self._text[start] == "-" and self._is_negatable(start + 1, end)
        self._at += is_negated
        part = self._bracketed(depth) or self._quoted(end) or self._handle() or self._field(end)
        if part is None:
            part = self._word(end)
        return Not(part) if is_negated and part != _EVERYTHING else part

    def _bracketed(self, depth: int) -> Tree | None:
        close = self._closes.get(self._at)
        if close is None or depth >= _DEEPEST:
            return None
        self._at += 1
        tree = self._any_of(close, depth + 1)
        self._at = close + 1
        return tree

    def _quoted(self, end: int) -> Tree | None:
        if self._text[self._at] != '"':
            return None
        return _words(self._until_quote(end), is_phrase=True)

    def _handle(self) -> Tree | None:
        found = _HANDLE.match(self._text, self._at)
        if not found or _NO_HANDLE.search(handle := as_typed(found[1])):
            return None
        self._at = found.end()
        return Term("handle", handle)

    def _field(self, end: int) -> Tree | None:
        start = self._at
        found = _FIELD.match(self._text, start, end)
        if not found:
            return None
        name, after = found[1].lower(), found.end()
        if name not in FIELDS:
            value = self._bare_word(end)[after - start :]
            refuse_unknown_field(found[1], value, position=start)
            return None
        self._at = after
        if self._text[after:end].startswith('"'):
            value = self._until_quote(end)
        else:
            value = self._bare_word(end)
            self._at += len(value)
        return Term(*field_value(name, value, now=self._now, position=after))

    def _word(self, end: int) -> Tree:
        word = self._bare_word(end)
        self._at += len(word)
        if word.lower() == "mine":
            return Term("is", "mine")
        stem = word.rstrip("*")
        is_prefix = stem != word and len(stem) >= _SHORTEST_PREFIX
        return _words(stem, is_prefix=is_prefix)

    def _until_quote(self, end: int) -> str:
        """Take what stands between quotes; one that is never closed goes to the end."""
        close = self._text.find('"', self._at + 1, end)
        stop = end if close < 0 else close
        value = self._text[self._at + 1 : stop]
        self._at = min(stop + 1, end)
        return value

    def _bare_word(self, end: int) -> str:
        stop = self._at
        while stop < end and not self._text[stop].isspace():
            stop += 1
        return self._text[self._at : stop]

    def _skip_space(self, end: int) -> int:
        while self._at < end and self._text[self._at].isspace():
            self._at += 1
        return self._at

    def _is_more(self, at: int, end: int) -> bool:
        return bool(self._text[at:end].strip())

    def _is_negatable(self, at: int, end: int) -> bool:
        # `--verbose` and a lone dash are pasted, not meant.
        return at < end and not self._text[at].isspace() and self._text[at] != "-"


def _all_of(parts: list[Tree]) -> Tree:
    """Return the conjunction of `parts`, flat."""
    flat = [one for part in parts for one in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def _words(text: str, *, is_phrase: bool = False, is_prefix: bool = False) -> Tree:
    """Return the search for `text`; everything where it holds no letter or digit to find."""
    if not any(map(str.isalnum, text)):
        return _EVERYTHING
    return Words(text, phrase=is_phrase, prefix=is_prefix)


def _matching_brackets(text: str) -> dict[int, int]:
    """Return where each bracket that opens a group is closed.

    A group opens before a part and closes after one; `f(x)`, `:-)` and what stands in quotes
    are words.
    """
    pairs: dict[int, int] = {}
    opened: list[int] = []
    is_quoted = False
    for at, character in enumerate(text):
        before = text[at - 1] if at else " "
        if character == '"' and (is_quoted or before in " \t\n(:-"):
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif character == "(":
            opened.append(at if before.isspace() or before in "(-" else _INSIDE_A_WORD)
        elif character == ")" and opened:
            pairs[opened.pop()] = at
    pairs.pop(_INSIDE_A_WORD, None)
    return pairs
