"""The keys, one table: bindings, footer, `?`, palette, docs and remapping read it.

Standard library only, so that the command line and the docs can read it without Textual.
"""

import difflib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from console.keymap import everywhere, sheets, tickets, work, writing
from console.keymap.key import Context, Key
from storage.errors import UsageError

if TYPE_CHECKING:
    from textual.binding import BindingType

CONTEXTS: Final = {
    one.name: one
    for one in (
        everywhere.EVERYWHERE,
        everywhere.MOVE,
        everywhere.MARK,
        tickets.INBOX,
        tickets.TICKET,
        work.BUGS,
        work.KB,
        work.OUTBOX,
        writing.PROMPT,
        writing.EDITOR,
        writing.REVIEW,
        writing.SEND_LINE,
        writing.PREVIEW,
        writing.ARTICLE_REVIEW,
        writing.BUG_REVIEW,
        writing.FEATURE_REVIEW,
        sheets.CLOSE_SHEET,
        sheets.CATEGORY_SHEET,
        sheets.KB_SHEET,
        sheets.VERSIONS_SHEET,
        sheets.CONFIRM,
        sheets.READING,
        sheets.QUIT,
    )
}
EATEN_BY_TERMINALS: Final = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
}
"What a terminal sends for these keys."
_NAMED: Final = {
    *("enter", "escape", "space", "tab", "backspace", "delete", "insert", "home", "end"),
    *("pageup", "pagedown", "up", "down", "left", "right"),
    *(f"f{number}" for number in range(1, 25)),
}
_MODIFIERS: Final = {"ctrl", "shift", "alt", "super"}
_SHOWN: Final = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "delete": "Del",
    "insert": "Ins",
    "backspace": "Backsp",
}
_OTHER_NAMES: Final = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"Where Textual's name of a key is not Unicode's name of its character."
_CHARACTERS: Final = {
    _OTHER_NAMES.get(name, name): one
    for one in map(chr, range(33, 127))
    if not one.isalnum()
    and (name := unicodedata.name(one).lower().replace(" ", "_").replace("-", "_"))
}
_BY_CHARACTER: Final = {one: name for name, one in _CHARACTERS.items()}


def shown(key: str) -> str:
    """Return a key as people read it: '?', 'Esc', 'g i'."""
    return " ".join(
        "+".join(_SHOWN.get(one, _CHARACTERS.get(one, one)) for one in stroke.split("+"))
        if stroke != "plus"
        else "+"
        for stroke in key.split()
    )


def named(typed: str) -> str | None:
    """Return what a person wrote for a key as Textual names it; None where it names none."""
    strokes = [_stroke(one) for one in typed.split()]
    return " ".join(one for one in strokes if one) if strokes and all(strokes) else None


def _stroke(typed: str) -> str | None:
    if len(typed) == 1:
        return _BY_CHARACTER.get(typed, typed) if typed.isprintable() else None
    *modifiers, key = typed.split("+") if not typed.endswith("+") else [typed]
    if not set(modifiers) <= _MODIFIERS:
        return None
    if len(key) == 1 and modifiers:
        return "+".join([*modifiers, _BY_CHARACTER.get(key, key)])
    return typed if key in _NAMED or key in _CHARACTERS else None


@dataclass(frozen=True, slots=True)
class Keymap:
    """All keys as this engineer has them."""

    contexts: Mapping[str, Context]

    def context(self, name: str) -> Context:
        return self.contexts[name]

    def own(self, name: str) -> tuple[Key, ...]:
        """Return the keys of a context with those it inherits, but not those of everywhere."""
        reachable = self.reachable(name)
        return tuple(
            dict.fromkeys(
                one
                for context in self.seen_from(name)
                if context.name == name or context.name != "global"
                for one in context.keys
                if any(reachable[key] is one for key in one.keys)
            )
        )

    def seen_from(self, name: str) -> Iterator[Context]:
        """Yield the contexts whose keys work here, nearest first."""
        yield self.contexts[name]
        for above in self.contexts[name].inherits:
            yield self.contexts[above]

    def reachable(self, name: str) -> dict[str, Key]:
        """Return what every key does here; the nearest context wins."""
        found: dict[str, Key] = {}
        for context in self.seen_from(name):
            for one in context.keys:
                for key in one.keys:
                    found.setdefault(key, one)
        return found

    def rows(self, name: str) -> list[tuple[Context, Key, tuple[str, ...]]]:
        """Return for `?` every key that works here, with the keys that reach it."""
        reachable = self.reachable(name)
        return [
            (context, one, live)
            for context in self.seen_from(name)
            for one in context.keys
            if (live := tuple(key for key in one.keys if reachable[key] is one))
        ]

    def footer(self, name: str) -> list[tuple[str, str, str]]:
        """Return (key as shown, label, id) for the footer, what matters most first."""
        return [
            (shown(live[0]), one.label, one.id) for _, one, live in self.rows(name) if one.label
        ]

    def chords(self, name: str, typed: str) -> dict[str, Key]:
        """Return what may follow the strokes `typed` here, by the last stroke."""
        prefix = typed + " "
        return {
            key.removeprefix(prefix): one
            for key, one in self.reachable(name).items()
            if key.startswith(prefix)
        }

    def remapped(self, changes: Mapping[str, tuple[str, ...]]) -> "Keymap":
        """Return this keymap with other keys for some actions.

        Raises:
            UsageError: an action or key that is none, a key that terminals swallow, or one that
                would do two things in one place.
        """
        mine = {one.id: one for context in self.contexts.values() for one in context.keys}
        new = dict(mine)
        for action, typed in changes.items():
            if action not in mine:
                near = difflib.get_close_matches(action, mine, 1, 0.5)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise UsageError(f"keys.{action}: there is no such action.{hint}")
            new[action] = replace(mine[action], keys=tuple(_judged(action, one) for one in typed))
        after = Keymap(
            {
                name: replace(context, keys=tuple(new[one.id] for one in context.keys))
                for name, context in self.contexts.items()
            }
        )
        for action in changes:
            _refuse_clashes(self, after, new[action])
        return after

    def changed_from(self, other: "Keymap") -> dict[str, str]:
        """Return id to keys, in Textual's own form, of the actions that differ from `other`."""
        before = {one.id: one.keys for context in other.contexts.values() for one in context.keys}
        return {
            one.id: ",".join(key for key in one.keys if " " not in key)
            for context in self.contexts.values()
            for one in context.keys
            if one.keys != before[one.id]
        }


def _judged(action: str, typed: str) -> str:
    key = named(typed)
    if key is None:
        raise UsageError(
            f"keys.{action}: {typed!r} is no key; allowed are such as e, E, ?, f5, ctrl+e."
        )
    if key in EATEN_BY_TERMINALS:
        same = EATEN_BY_TERMINALS[key]
        raise UsageError(f"keys.{action}: a terminal sends {typed} as {same}; choose another key.")
    return key


def _refuse_clashes(before: Keymap, after: Keymap, changed: Key) -> None:
    """Refuse a key that hides another action wherever the changed one works."""
    for name, context in after.contexts.items():
        if changed.context not in (name, *context.inherits):
            continue
        rows = [one for seen in after.seen_from(name) for one in seen.keys if one.id != changed.id]
        was = before.reachable(name)
        for other in rows:
            for key in changed.keys:
                clash = next((one for one in other.keys if _clash(key, one)), None)
                if clash and was.get(clash, other).id != changed.id:
                    raise UsageError(
                        f"keys.{changed.id}: {shown(key)} is {other.id} already"
                        f" ({other.help.lower()}); give that another key too, or choose one."
                    )


def _clash(one: str, other: str) -> bool:
    return one == other or one.startswith(other + " ") or other.startswith(one + " ")


DEFAULT: Final = Keymap(CONTEXTS)


def bindings(context: str) -> list["BindingType"]:
    """Return the bindings of a pane or a sheet; `console.chords` minds the chords."""
    from textual.binding import Binding  # noqa: PLC0415 - the table itself is standard library

    return [
        Binding(key, one.action, one.label or one.help, show=False, id=one.id)
        for one in DEFAULT.own(context)
        for key in one.keys
        if " " not in key and DEFAULT.reachable(context)[key] is one
    ]
