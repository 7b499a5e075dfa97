"""Where a reply or a note is written, and never mistaken one for the other.

A reply says REPLY and to whom, on every line of recipients it has. A note says INTERNAL NOTE,
stands on another ground and has no recipients at all. Nothing here sends.
"""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive

from storage.records.mail import Address
from widgets.cells import Line, clip, clip_line, shorten, spread, width_of
from widgets.painted import PaintedLines
from widgets.text_editor import TextEditor


class ComposerHead(PaintedLines):
    """What is being written and who will get it."""

    DEFAULT_CSS = "ComposerHead { height: auto; }"

    is_note: reactive[bool] = reactive(default=False, layout=True)
    to: reactive[tuple[Address, ...]] = reactive((), layout=True)
    cc: reactive[tuple[Address, ...]] = reactive((), layout=True)
    files: reactive[tuple[str, ...]] = reactive((), layout=True)
    "Names and sizes of what goes along."
    remark: reactive[str] = reactive("")
    "At the right of the title: 'draft saved 09:31'."

    def lines(self, width: int) -> list[Line]:
        remark = ((self.remark + " ", "on-title"),) if self.remark else ()
        if self.is_note:
            words = " INTERNAL NOTE  stays on the desk, no customer sees it"
            return [spread(((clip(words, width), "bold on-title"),), remark, width)]
        title = ((" REPLY  ", "bold on-title"), (title_of(self.to, self.cc), "bold on-title"))
        rows = [spread(clip_line(title, width), remark, width)]
        rows.append(recipients("To", self.to, width, absent="nobody: choose recipients"))
        if self.cc:
            rows.append(recipients("Cc", self.cc, width))
        if self.files:
            rows.append(files_line(self.files, width))
        return rows

    def ground(self, y: int) -> str:
        if y == 0:
            return "note" if self.is_note else "reply"
        return ""


def title_of(to: Sequence[Address], cc: Sequence[Address]) -> str:
    """Return the first recipient in full and how many more there are."""
    everyone = (*to, *cc)
    if not everyone:
        return "to nobody yet"
    more = f" +{len(everyone) - 1}" if len(everyone) > 1 else ""
    return f"to {person(everyone[0])}{more}"


def person(who: Address) -> str:
    return f"{who.name} <{who.email}>" if who.name else who.email


def recipients(word: str, people: Sequence[Address], width: int, *, absent: str = "") -> Line:
    """Return one line of recipients; who does not fit is counted, never dropped in silence."""
    lead = (f" {word}  ", "ink-faint")
    if not people:
        return (lead, (clip(absent, max(width - 5, 0)), "bold trouble"))
    shown: list[str] = []
    room = width - 5
    for place, one in enumerate(people):
        left = len(people) - place - 1
        more = f" and {left} more" if left else ""
        taken = sum(width_of(text) + 2 for text in shown)
        if shown and taken + width_of(person(one)) + len(more) > room:
            return (lead, (", ".join(shown), "ink"), (f" and {left + 1} more", "bold soon"))
        shown.append(shorten(person(one), max(room - len(more) - taken, 8)))
    return (lead, (", ".join(shown), "ink"))


def files_line(files: Sequence[str], width: int) -> Line:
    """Return one line of the files that go along."""
    return ((" With  ", "ink-faint"), (shorten(", ".join(files), max(width - 7, 8)), "ink"))


class Composer(Vertical):
    """A head and a text. Its messages are the editor's: `Left`, `EditorWanted`, `Triggered`."""

    DEFAULT_CSS = """
    Composer { height: 1fr; }
    Composer > TextEditor { height: 1fr; padding: 1 1 0 1; &:focus { padding: 1 1 0 1; } }
    """

    def compose(self) -> ComposeResult:
        yield ComposerHead()
        yield TextEditor()

    def on_mount(self) -> None:
        self._show_kind()

    @property
    def head(self) -> ComposerHead:
        return self.query_one(ComposerHead)

    @property
    def editor(self) -> TextEditor:
        return self.query_one(TextEditor)

    @property
    def text(self) -> str:
        return self.editor.text

    @property
    def is_note(self) -> bool:
        return self.head.is_note

    @property
    def to(self) -> tuple[Address, ...]:
        """Who gets it; nobody while it is a note, whatever was chosen before."""
        return () if self.is_note else self.head.to

    @property
    def cc(self) -> tuple[Address, ...]:
        return () if self.is_note else self.head.cc

    def write_reply(
        self, *, to: Sequence[Address], cc: Sequence[Address] = (), text: str | None = None
    ) -> None:
        """Make this a reply; without `text` the words that are there stay."""
        self.head.is_note = False
        self.head.to, self.head.cc = tuple(to), tuple(cc)
        self._begin(text)

    def write_note(self, *, text: str | None = None) -> None:
        """Make this an internal note; without `text` the words that are there stay."""
        self.head.is_note = True
        self.head.to = self.head.cc = ()
        self._begin(text)

    def _begin(self, text: str | None) -> None:
        self._show_kind()
        if text is not None:
            self.editor.load_text(text)
            self.editor.move_cursor((0, 0))
        self.editor.focus()

    def _show_kind(self) -> None:
        self.set_class(self.is_note, "-note")
        self.set_class(not self.is_note, "-reply")

    def remark(self, words: str) -> None:
        """Say something at the right of the title: 'draft saved 09:31'."""
        self.head.remark = words

    def focus_text(self) -> None:
        self.editor.focus()
