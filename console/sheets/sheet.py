"""A sheet: lies over the panes, asks one thing, and goes away with the answer.

Mounted once and toggled by `display`: a modal screen of Textual costs twice as much.
"""

import asyncio
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.containers import Container

from console import words
from console.messages import Said
from storage.errors import DeskError

if TYPE_CHECKING:
    from console.desk_screen import DeskScreen

QuestionT = TypeVar("QuestionT")
AnswerT = TypeVar("AnswerT")


class Sheet(Container, Generic[QuestionT, AnswerT]):
    """Asks a question and waits for its answer; None is 'leave it as it is'."""

    KEYS: ClassVar[str]
    "Its context in `console.keys`; nothing but it works while the sheet is open."
    DEFAULT_CSS = """
    Sheet {
        layer: sheets;
        dock: bottom;
        display: none;
        height: auto;
        width: 100%;
        max-height: 100%;
        margin-bottom: 2;
    }
    """
    IS_TALL: ClassVar[bool] = False
    "Takes all the room between the first line and the last two."
    _answer: "asyncio.Future[AnswerT | None] | None" = None

    @property
    def is_modal(self) -> bool:
        """Tell Textual to look for keys no further than this."""
        return True

    @property
    def desk_screen(self) -> "DeskScreen":
        from console.desk_screen import DeskScreen  # noqa: PLC0415 - the screen imports its sheets

        if not isinstance(self.screen, DeskScreen):
            raise TypeError(self.screen)
        return self.screen

    def keys_here(self) -> str:
        """Return the context of the part that has the focus."""
        return self.KEYS

    def put(self, question: QuestionT) -> None:
        """Show the question. Called each time before the sheet opens."""
        raise NotImplementedError

    def take_focus(self) -> None:
        """Put the focus where the sheet's keys work."""
        self.focus()

    async def wait(self) -> AnswerT | None:
        """Wait for the answer; the screen opens and closes the sheet around it."""
        self._answer = asyncio.get_running_loop().create_future()
        return await self._answer

    def answer(self, answer: AnswerT | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def say_error(self, error: DeskError) -> None:
        told = words.for_screen(error)
        self.post_message(Said(told.sentence, told.next_step, is_trouble=True))

    def action_back(self) -> None:
        self.answer(None)

    def action_help_keys(self) -> None:
        self.desk_screen.open_help()
