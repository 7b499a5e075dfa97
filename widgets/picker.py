"""Type a little, take one: articles, bugs, people, areas, commands."""

from collections.abc import Sequence
from datetime import datetime

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from widgets.cells import Line, clip, fit, shorten, width_of
from widgets.choices import Choice, rank
from widgets.row_source import ListSource
from widgets.virtual_list import VirtualList


def paint_choice(choice: Choice, /, *, width: int, now: datetime) -> Line:
    """Return title, detail and hint on one line; the title is cut last."""
    del now
    hint = clip(choice.hint, 24)
    room = max(width - width_of(hint) - 3, 8)
    title = shorten(choice.title, room)
    left = room - width_of(title)
    detail = fit(f"  {choice.detail}", left) if choice.detail and left > 8 else " " * left
    return ((title, choice.role), (detail, "ink-faint"), ("  ", ""), (hint, "ink-dim"))


class Picker(Vertical):
    """A line to type in and the choices that match, best first."""

    DEFAULT_CSS = """
    Picker { height: auto; max-height: 100%; }
    Picker > Input { height: 1; border: none; padding: 0 1; &:focus { border: none; } }
    Picker > VirtualList { height: auto; max-height: 16; min-height: 1; }
    """

    class PickerMessage(Message):
        def __init__(self, picker: "Picker") -> None:
            super().__init__()
            self.picker = picker

        @property
        def control(self) -> "Picker":
            return self.picker

    class Picked(PickerMessage):
        """One was taken, or with `takes_words` the words themselves (`choice` is None)."""

        def __init__(self, picker: "Picker", choice: Choice | None, words: str) -> None:
            super().__init__(picker)
            self.choice = choice
            self.words = words

    class Cancelled(PickerMessage):
        """Nothing was taken."""

    class Queried(PickerMessage):
        """Other words are asked for; an owner that searches itself answers with `offer`."""

        def __init__(self, picker: "Picker", words: str) -> None:
            super().__init__(picker)
            self.words = words

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._choices: tuple[Choice, ...] = ()
        self._takes_words = False
        self._ranks = True
        self._shown: tuple[Choice, ...] = ()
        self._is_searching = False
        "Other words were asked for; what is shown belongs to the words before."
        self._takes_next = False
        "Enter came meanwhile: the first of what is offered is meant."

    def compose(self) -> ComposeResult:
        prompt = Input(compact=True)
        prompt.cursor_blink = False
        yield prompt
        yield VirtualList(paint_choice, empty="Nothing matches.")

    @property
    def prompt(self) -> Input:
        return self.query_one(Input)

    @property
    def choices(self) -> VirtualList[Choice]:
        return self.query_one(VirtualList)

    @property
    def words(self) -> str:
        return self.prompt.value.strip()

    def ask(
        self,
        choices: Sequence[Choice],
        *,
        placeholder: str = "",
        words: str = "",
        takes_words: bool = False,
        ranks: bool = True,
    ) -> None:
        """Begin anew.

        Args:
            choices: What can be taken, in the order shown while nothing is typed.
            placeholder: What the empty line says.
            words: What the line begins with.
            takes_words: Enter with no match takes the words themselves (a new tag, a date).
            ranks: Rank here while typing; False where the owner searches and calls `offer`.
        """
        self._takes_words, self._ranks = takes_words, ranks
        self._is_searching = self._takes_next = False
        self.prompt.placeholder = placeholder
        self.prompt.value = words
        self.prompt.focus()
        self.offer(choices)

    def offer(self, choices: Sequence[Choice]) -> None:
        """Show these choices for the words that are there."""
        self._choices = tuple(choices)
        self._is_searching = False
        self._show()
        if self._takes_next:
            self._takes_next = False
            self.accept()

    def _show(self) -> None:
        self._shown = rank(self._choices, self.words) if self._ranks else self._choices
        self.choices.set_source(ListSource(self._shown, key=lambda one: one.key))

    # what the owner's keys may call

    def move(self, steps: int) -> None:
        self.choices.move(steps)

    def accept(self) -> None:
        """Take what is highlighted; of words typed a moment ago, the best match."""
        if self._is_searching:
            self._takes_next = True
            return
        choice = self.choices.highlighted
        if not self.choices.is_current:
            choice = self._shown[0] if self._shown else None
        if choice is not None or (self._takes_words and self.words):
            self.post_message(self.Picked(self, choice, self.words))

    def cancel(self) -> None:
        self.post_message(self.Cancelled(self))

    # keys and mouse

    def on_key(self, event: events.Key) -> None:
        steps = {"down": 1, "up": -1, "pagedown": 10, "pageup": -10}.get(event.key)
        if steps is not None:
            self.move(steps)
        elif event.key == "escape":
            self.cancel()
        else:
            return
        event.stop()
        event.prevent_default()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._ranks:
            self._show()
        else:
            self._is_searching = True
        self.post_message(self.Queried(self, self.words))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.accept()

    def on_virtual_list_opened(self, event: VirtualList.Opened[Choice]) -> None:
        event.stop()
        self.accept()

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted[Choice]) -> None:
        event.stop()
