"""One row of the key table, and the place it belongs to. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """What a key does somewhere."""

    id: str
    "'inbox.close_ticket': context and action; the name that `[keys]` in config.toml uses."
    keys: tuple[str, ...]
    "As Textual names them; with a space it is a chord: 'g i'."
    label: str
    "For the footer; empty: not in it. Earlier rows win where it is narrow."
    help: str
    "A sentence for `?`, the palette and the docs."

    @property
    def context(self) -> str:
        return self.id.partition(".")[0]

    @property
    def action(self) -> str:
        return self.id.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Context:
    """A place of the console where keys mean something."""

    name: str
    title: str
    keys: tuple[Key, ...]
    inherits: tuple[str, ...] = ()
    "Contexts whose keys work here too, nearest first."
    is_text_entry: bool = False
    "Printable keys are text here."


def keys_of(context: str, *rows: tuple[str, str, str, str]) -> tuple[Key, ...]:
    """Return rows of (action, keys separated by commas, footer label, help) as keys."""
    return tuple(
        Key(f"{context}.{action}", tuple(one.strip() for one in keys.split(",")), label, told)
        for action, keys, label, told in rows
    )
