"""Where a reply or a note is written: the text, the bar after Escape, the line before it leaves.

Keys go to one of the three at a time, and to nothing else of the console: what vim hands type
after Escape reaches no verb that sends. What is typed is kept as a draft every second.
"""

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from console import editor, inserting, keys
from console.begun import Begun
from console.drafted_text import DraftedText
from console.messages import Said
from console.review_verbs import ReviewVerbs
from console.send_verbs import SendVerbs
from console.sheets.preview import PreviewQuestion, PreviewSheet
from storage.changes.replying import Written, basis_of, recipients, sender
from storage.errors import DeskError
from storage.records.mail import Address
from storage.records.ticket import Ticket
from widgets.composer import Composer
from widgets.item_lines import file_size
from widgets.text_editor import TextEditor

if TYPE_CHECKING:
    from storage.mail.compose import OutgoingFile


class Writing(DraftedText):
    """Text, review bar, send line. Nothing but Enter on the send line sends."""

    KEYS: ClassVar[str] = "editor"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("editor")
    DEFAULT_CSS = """
    Writing { height: 60%; min-height: 12; display: none; }
    Writing ReviewVerbs, Writing SendVerbs { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.basis: frozenset[str] = frozenset()
        self.held_why = ""
        self.was_note = False

    def compose(self) -> ComposeResult:
        yield Composer()
        yield ReviewVerbs(self)
        yield SendVerbs(self)

    @property
    def is_modal(self) -> bool:
        """Tell Textual to look for keys no further than this."""
        return True

    @property
    def review(self) -> ReviewVerbs:
        return self.query_one(ReviewVerbs)

    @property
    def send_line(self) -> SendVerbs:
        return self.query_one(SendVerbs)

    # open and closed

    def begin(self, ticket: Ticket, begun: Begun) -> None:
        """Open on a ticket; the cursor stands behind what was written."""
        self.ticket, self.basis = ticket, basis_of(ticket)
        self.held_why, self.was_note = begun.held_why, False
        self.display = True
        if begun.is_note:
            self.composer.write_note(text=begun.text)
        else:
            self.composer.write_reply(to=begun.to, cc=begun.cc, text=begun.text)
        self.go_along(begun.files)
        self.composer.remark(begun.remark)
        self.begin_keeping(was_kept=bool(begun.text), files=begun.kept_files)
        text = self.composer.editor
        text.move_cursor(text.document.end)
        self.show_text()

    async def put_away(self) -> None:
        """Close it; what was written is kept as a draft."""
        if self.is_open:
            await self.keep()
            self.close()

    def close(self) -> None:
        """Close it; nothing is written any more."""
        self.send_line.stay()
        self.ticket = None
        self.display = False
        self.files = ()

    def close_and_go_back(self) -> None:
        self.close()
        self.pane.take_focus()
        self.pane.desk_screen.show_keys()

    def take_focus(self) -> None:
        here: ReviewVerbs | SendVerbs | TextEditor = self.composer.editor
        here = next((one for one in (self.send_line, self.review) if one.display), here)
        here.focus()

    def show_text(self) -> None:
        self.send_line.stay()
        self.review.display = self.send_line.display = False
        self.composer.focus_text()

    def show_review(self) -> None:
        self.send_line.display = False
        self.review.open()

    def go_along(self, files: "tuple[OutgoingFile, ...]") -> None:
        """Send these files with it, and no others."""
        self.files = files
        shown = tuple(f"{one.filename} {file_size(len(one.content))}" for one in files)
        self.composer.head.files = self.send_line.files = shown

    def usual_recipients(self) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
        """Return To and Cc of a reply to everybody on this ticket."""
        if self.ticket is None:
            return (), ()
        desk = self.pane.rotadesk.settings
        found = recipients(self.ticket, desk=desk, to_all=True)
        return found.to, found.cc

    def written(self) -> Written:
        """Return the reply as it stands; what follows is the send line's."""
        return Written(
            text=self.composer.text,
            to=self.composer.to,
            cc=self.composer.cc,
            files=self.files,
            after=self.send_line.then,
        )

    # keys of the text

    @on(TextEditor.Left)
    def action_leave_to_review_bar(self) -> None:
        self.keep_soon()
        self.show_review()

    @on(TextEditor.EditorWanted)
    def action_external_editor(self) -> None:
        text = self.composer.editor
        try:
            written = editor.edit(text.text, suspended=self.app.suspend())
        except editor.EditorError as error:
            self.pane.say_error(error)
            return
        text.load_text(written)
        text.move_cursor(text.document.end)
        self.show_text()

    @on(TextEditor.Triggered)
    def _pair_typed(self, message: TextEditor.Triggered) -> None:
        message.stop()
        if message.kind == "??":
            self.insert(inserting.article)

    def action_insert_picker(self) -> None:
        self.insert(inserting.anything)

    @work(group="insert", exclusive=True)
    async def insert(self, ask: inserting.Ask) -> None:
        """Put what is picked where the cursor is, in place of the pair that asked for it."""
        if self.ticket is None:
            return
        try:
            text = await ask(self.pane, self.ticket)
        except DeskError as error:
            self.pane.say_error(error)
            return
        if text and self.is_open:
            self.composer.editor.replace_trigger(text)

    @work(group="preview", exclusive=True)
    async def action_preview(self) -> None:
        if self.ticket is not None:
            composer, settings = self.composer, self.pane.rotadesk.settings
            question = PreviewQuestion(
                sender=sender(self.ticket, me=self.pane.rotadesk.me, desk=settings),
                is_note=composer.is_note,
                to=composer.to,
                cc=composer.cc,
                files=composer.head.files,
                text=composer.text,
            )
            await self.pane.desk_screen.ask(PreviewSheet, question)

    def action_help_keys(self) -> None:
        self.pane.desk_screen.open_help()

    def say(self, sentence: str, next_step: str = "") -> None:
        self.post_message(Said(sentence, next_step))
