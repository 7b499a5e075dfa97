"""The screen's keys: which of them mean something here, and running what they mean."""

from typing import TYPE_CHECKING, ClassVar

from textual.dom import DOMNode
from textual.screen import Screen

from console.keymap.key import Key
from console.keys import Keymap
from widgets.chord_lines import ChordLines

if TYPE_CHECKING:
    from console.app import Rotadesk


class KeyedScreen(Screen[None]):
    """A screen whose places name their keys by a context of the key table."""

    KEYS: ClassVar[str] = "global"

    def __init__(self) -> None:
        super().__init__()
        self.chord_lines = ChordLines()

    @property
    def rotadesk(self) -> "Rotadesk":
        from console.app import Rotadesk  # noqa: PLC0415 - the app imports its screen

        if not isinstance(self.app, Rotadesk):
            raise TypeError(self.app)
        return self.app

    @property
    def keymap(self) -> Keymap:
        return self.rotadesk.setup.keymap

    @property
    def context(self) -> str:
        """The context of the nearest place around the focus."""
        return next((name for node in self._around() if (name := _context_of(node))), self.KEYS)

    def _around(self) -> list[DOMNode]:
        return self.focused.ancestors_with_self if self.focused is not None else [self]

    def run_key(self, key: Key) -> None:
        """Do what `key` does, as if it had been pressed where the focus is."""
        name = key.action.partition("(")[0]
        for node in self._around():
            if hasattr(node, f"action_{name}"):
                self.run_worker(self.app.run_action(key.action, node), group="keys")
                return

    def show_chord(self, typed: str, rows: list[tuple[str, str]]) -> None:
        """Show what may follow `typed`."""
        lines = self.chord_lines
        lines.typed, lines.rows = typed, tuple(rows)
        lines.display = True

    def hide_chord(self) -> None:
        self.chord_lines.display = False


def _context_of(node: DOMNode) -> str:
    here = getattr(node, "keys_here", None)
    return str(here() if callable(here) else getattr(node, "KEYS", ""))
