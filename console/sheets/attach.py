"""Attach files by their path, which completes itself; or take one away again."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult

from console import attaching
from console.sheets.sheet import Sheet
from storage.changes.replying import MOST_BYTES
from storage.mail.compose import OutgoingFile
from storage.rules import safe_text
from widgets.choices import Choice
from widgets.item_lines import file_size
from widgets.picker import Picker
from widgets.said_line import SaidLine
from widgets.sheet_head import SheetHead

_ATTACHED: Final = "attached:"


@dataclass(frozen=True, slots=True)
class AttachQuestion:
    files: tuple[OutgoingFile, ...]


class AttachSheet(Sheet[AttachQuestion, tuple[OutgoingFile, ...]]):
    """Enter takes a file; Escape goes back with what was taken."""

    KEYS: ClassVar[str] = "prompt"

    def __init__(self) -> None:
        super().__init__()
        self._files: tuple[OutgoingFile, ...] = ()

    def compose(self) -> ComposeResult:
        yield SheetHead()
        yield Picker()
        yield SaidLine()

    @property
    def picker(self) -> Picker:
        return self.query_one(Picker)

    def put(self, question: AttachQuestion) -> None:
        self._files = question.files
        self.query_one(SaidLine).words = ""
        self.picker.ask((), placeholder="path of a file", takes_words=True, ranks=False)
        self._show()
        self._complete("")

    def take_focus(self) -> None:
        self.picker.prompt.focus()

    def _show(self) -> None:
        head = self.query_one(SheetHead)
        size = sum(len(one.content) for one in self._files)
        count = f"{len(self._files)} attached, {file_size(size)}; " if self._files else ""
        head.title, head.about = "Attach", f"{count}Enter takes one, Esc goes back"

    @on(Picker.Queried)
    def _typed(self, message: Picker.Queried) -> None:
        message.stop()
        self._complete(message.words)

    @work(exclusive=True)
    async def _complete(self, typed: str) -> None:
        paths = await asyncio.to_thread(attaching.completions, typed)
        attached = [
            Choice(
                key=f"{_ATTACHED}{place}",
                title=one.filename,
                detail="attached; Enter takes it away",
                hint=file_size(len(one.content)),
                role="ok",
            )
            for place, one in enumerate(self._files)
            if not typed
        ]
        found = [Choice(key=one, title=safe_text.one_line(one, limit=400)) for one in paths]
        self.picker.offer([*attached, *found])

    @on(Picker.Picked)
    def _take(self, message: Picker.Picked) -> None:
        message.stop()
        path = message.choice.key if message.choice else message.words
        if path.startswith(_ATTACHED):
            gone = int(path.removeprefix(_ATTACHED))
            self._files = (*self._files[:gone], *self._files[gone + 1 :])
            self._show()
            self._complete(self.picker.words)
        elif path.endswith("/"):
            self.picker.prompt.value = path
            self.picker.prompt.cursor_position = len(path)
        else:
            self._read(path)

    @work(exclusive=True, group="read")
    async def _read(self, path: str) -> None:
        said = self.query_one(SaidLine)
        room = MOST_BYTES - sum(len(one.content) for one in self._files)
        try:
            read = partial(attaching.read_file, path, room=room)
            one = await asyncio.to_thread(read)
        except attaching.AttachError as error:
            said.role, said.words = "trouble", str(error)
            return
        self._files = (*self._files, one)
        said.words = ""
        self.picker.prompt.value = ""
        self._show()
        self._complete("")

    @on(Picker.Cancelled)
    def _done(self, message: Picker.Cancelled) -> None:
        message.stop()
        self.answer(self._files)
