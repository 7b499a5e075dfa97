"""Keys pressed one after the other: `g i`.

Textual has none. A key that begins a chord where the focus is waits here for the next one; after
a moment the screen shows what may follow. Chords only navigate, so a wrong one costs nothing.
"""

from collections.abc import Callable
from typing import Final, Protocol

from textual.timer import Timer

from console.keymap.key import Key
from console.keys import Keymap, shown

PATIENCE_SECONDS: Final = 0.4


class Clock(Protocol):
    """What sets a timer: a Textual app or screen."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer: ...


class Chords:
    """The strokes typed so far, and what they may become."""

    def __init__(
        self,
        *,
        clock: Clock,
        run: Callable[[Key], None],
        show: Callable[[str, list[tuple[str, str]]], None],
        hide: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._run = run
        self._show = show
        self._hide = hide
        self._typed = ""
        self._timer: Timer | None = None

    def takes(self, stroke: str, *, keymap: Keymap, context: str) -> bool:
        """Return whether `stroke` belongs to a chord; then it means nothing else."""
        before, self._typed = self._typed, ""
        self._forget_timer()
        if before:
            self._hide()
            if stroke == "escape":
                return True
            if key := keymap.chords(context, before).get(stroke):
                self._run(key)
                return True
            # no chord: the key means what it always means
        if follows := keymap.chords(context, stroke):
            self._typed = stroke
            rows = [(shown(one), key.help) for one, key in sorted(follows.items())]
            self._timer = self._clock.set_timer(
                PATIENCE_SECONDS, lambda: self._show(shown(stroke), rows)
            )
            return True
        return False

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
