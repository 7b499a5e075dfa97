"""What every pane is: a place with keys that shows something and performs changes."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container

from console import words
from console.messages import UNDO_IS_NEXT, Said
from storage.errors import DeskError
from storage.records.facts import Touched

if TYPE_CHECKING:
    from console.app import Rotadesk
    from console.desk_screen import DeskScreen
    from console.open_desk import OpenDesk
    from storage.changes.base import Change


class Pane(Container):
    """A place of the console. Mounted when it is first shown, then kept."""

    KEYS: ClassVar[str]
    "Its context in `console.keys`."
    DEFAULT_CSS = "Pane { height: 1fr; width: 1fr; }"
    BLANK = True

    @property
    def rotadesk(self) -> "Rotadesk":
        from console.app import Rotadesk  # noqa: PLC0415 - the app imports its panes

        if not isinstance(self.app, Rotadesk):
            raise TypeError(self.app)
        return self.app

    @property
    def desk_screen(self) -> "DeskScreen":
        return self.rotadesk.desk_screen

    @property
    def store(self) -> "OpenDesk":
        return self.rotadesk.store

    @property
    def me(self) -> str:
        """My address: the actor of what is done here."""
        return self.rotadesk.me.email

    def shows(self, touched: Touched) -> bool:
        """Return whether what was touched is on this pane."""
        del touched
        return False

    async def reload(self) -> None:
        """Read again what is shown; highlight and scroll stay."""

    def tick(self, now: datetime) -> None:
        """Show the time that it is now."""

    def take_focus(self) -> None:
        """Put the focus where its keys work."""
        self.focus()

    async def settle_marks(self) -> None:
        """End a range that is being marked: a verb is about to use it."""

    def leave(self) -> bool:
        """Give up one step of what is open here; False where there is none."""
        return False

    async def keep(self) -> None:
        """Keep what is being written here."""

    async def put_away(self) -> None:
        """Close what is being written here; it is kept."""

    def ref(self) -> str:
        """Return the handle of what is in sight; empty where there is nothing."""
        return ""

    def action_left(self) -> None:
        """Go to the list; a pane without one stays where it is."""

    def action_right(self) -> None:
        """Go to what the list shows; a pane that shows it already stays."""

    def say(self, sentence: str, next_step: str = "") -> None:
        self.post_message(Said(sentence, next_step))

    def say_error(self, error: DeskError) -> None:
        told = words.for_screen(error)
        self.post_message(Said(told.sentence, told.next_step, is_trouble=True))

    async def perform(self, *changes: "Change", done: str = "", title: str = "") -> bool:
        """Commit changes as one undo step; say what was refused. Return whether any was done.

        The pane does not redraw itself: it hears of the commit as of a colleague's.
        """
        if not changes or not self.rotadesk.may_write():
            return False
        try:
            outcome = await self.store.commit(*changes, title=title or done)
        except DeskError as error:
            self.say_error(error)
            return False
        if outcome.refused:
            told = words.for_screen(outcome.refused[0][1])
            count = f"{len(outcome.done)} done, {len(outcome.refused)} not. "
            self.post_message(Said(count + told.sentence, told.next_step, is_trouble=True))
        elif done:
            self.say(done, UNDO_IS_NEXT)
        return True
