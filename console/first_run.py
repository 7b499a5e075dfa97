"""What a newcomer needs next, in the status line, until something was decided once."""

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from storage.errors import DeskError
from storage.queries import hot
from storage.records.local import ViewState

if TYPE_CHECKING:
    from console.open_desk import OpenDesk

_KEY: Final = "first_run"


class Step(IntEnum):
    LOOK = 0
    OPENED = 1
    DECIDED = 2


_WORDS: Final = {
    Step.LOOK: "New here? j and k move, Enter opens a ticket, ? lists every key",
    Step.OPENED: "a takes it, t files it, K links an article, r answers, e closes",
    Step.DECIDED: "u takes anything back, : finds every command",
}


class FirstRun:
    """Goes on with what was done, never back; over for ever after the first decision."""

    def __init__(self, desk: "OpenDesk") -> None:
        self._desk = desk
        self._step: Step | None = None

    @property
    def words(self) -> str:
        return "" if self._step is None else _WORDS[self._step]

    async def begin(self) -> None:
        """Begin where nobody has decided anything on this desk yet."""
        if not await self._desk.hot(hot.view_state(_KEY)):
            self._step = Step.LOOK

    async def reach(self, step: Step) -> None:
        """Take note of what was done."""
        if self._step is None or step <= self._step:
            return
        self._step = step
        if step is Step.DECIDED:
            try:
                await self._desk.write(ViewState(key=_KEY, value="done"))
            except DeskError:
                return  # told again the next time; nothing is lost
