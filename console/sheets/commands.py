"""Every key of a place, or every command: type to find one, Enter does it."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from console.keymap.key import Context, Key
from console.keys import shown
from console.sheets.sheet import Sheet
from widgets.choices import Choice
from widgets.picker import Picker
from widgets.sheet_head import SheetHead

Row = tuple[Context, Key, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class CommandsQuestion:
    title: str
    rows: tuple[Row, ...]
    "Place, what its key does, the keys that reach it."


class CommandsSheet(Sheet[CommandsQuestion, Key]):
    """`?` and `:` are the same list; `?` begins with the place you are in."""

    KEYS: ClassVar[str] = "prompt"
    IS_TALL = True
    DEFAULT_CSS = """
    CommandsSheet Picker { height: 1fr; }
    CommandsSheet Picker > VirtualList { height: 1fr; max-height: 100%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[str, Key] = {}

    def compose(self) -> ComposeResult:
        yield SheetHead()
        yield Picker()

    def put(self, question: CommandsQuestion) -> None:
        head = self.query_one(SheetHead)
        head.title, head.about = question.title, "type to find one, Enter does it"
        self._keys = {key.id: key for _, key, _ in question.rows}
        choices = [_choice(*row) for row in question.rows]
        self.query_one(Picker).ask(choices, placeholder="what to do")

    def take_focus(self) -> None:
        self.query_one(Picker).prompt.focus()

    @on(Picker.Picked)
    def _take(self, message: Picker.Picked) -> None:
        message.stop()
        if message.choice is not None:
            self.answer(self._keys[message.choice.key])

    @on(Picker.Cancelled)
    def _give_up(self, message: Picker.Cancelled) -> None:
        message.stop()
        self.answer(None)


def _choice(context: Context, key: Key, reach: tuple[str, ...]) -> Choice:
    pressed = "  ".join(shown(one) for one in reach)
    return Choice(key=key.id, title=f"{pressed:<12}  {key.help}", hint=context.title)
