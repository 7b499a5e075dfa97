"""After Escape: one letter each, and none of them sends."""

from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.binding import BindingType

from console import keys
from console.sheets.attach import AttachQuestion, AttachSheet
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.line import LineQuestion, LineSheet
from console.sheets.recipients import RecipientsQuestion, RecipientsSheet
from storage.errors import DeskError
from storage.queries import hot
from widgets.review_bar import ReviewBar

if TYPE_CHECKING:
    from console.writing import Writing

_OF_REPLIES: Final = {"attach", "recipients"}
"Verbs a note has no use for."


class ReviewVerbs(ReviewBar):
    """The review bar with its keys."""

    KEYS: ClassVar[str] = "review"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("review")

    def __init__(self, writing: "Writing") -> None:
        super().__init__()
        self._writing = writing

    def open(self) -> None:
        """Show the bar and give it the keys."""
        is_note = self._writing.composer.is_note
        keymap = self._writing.pane.rotadesk.setup.keymap
        self.is_note = is_note
        self.verbs = tuple(
            (key, self._label(action.partition(".")[2], label))
            for key, label, action in keymap.footer("review")
            if not (is_note and action.partition(".")[2] in _OF_REPLIES)
        )
        self.display = True
        self.focus()
        # what does not fit here stands in the footer; how much fits is known after the layout
        self.call_after_refresh(self._writing.pane.desk_screen.show_keys)

    def _label(self, action: str, label: str) -> str:
        is_note = self._writing.composer.is_note
        if action == "send_line":
            return "Add..." if is_note else label
        if action == "switch_note_reply":
            return "Make a reply" if is_note else "Make a note"
        return label

    # keys

    def action_send_line(self) -> None:
        self._writing.send_line.open()

    def action_back_to_text(self) -> None:
        self._writing.show_text()

    def action_external_editor(self) -> None:
        self._writing.action_external_editor()

    def action_preview(self) -> None:
        self._writing.action_preview()

    def action_help_keys(self) -> None:
        self._writing.action_help_keys()

    @work(group="review", exclusive=True)
    async def action_recipients(self) -> None:
        composer = self._writing.composer
        if composer.is_note:
            self._writing.say("A note has no recipients: it stays on the desk.", "t: make a reply")
            return
        question = RecipientsQuestion(composer.to, composer.cc)
        chosen = await self._writing.pane.desk_screen.ask(RecipientsSheet, question)
        if chosen is not None:
            composer.head.to, composer.head.cc = chosen.to, chosen.cc

    @work(group="review", exclusive=True)
    async def action_attach(self) -> None:
        if self._writing.composer.is_note:
            self._writing.say("A note has no files: it stays on the desk.", "t: make a reply")
            return
        question = AttachQuestion(self._writing.files)
        files = await self._writing.pane.desk_screen.ask(AttachSheet, question)
        if files is not None:
            self._writing.go_along(files)

    @work(group="review", exclusive=True)
    async def action_switch_note_reply(self) -> None:
        """Make it the other kind and go back to the text, which has another colour now."""
        writing, composer = self._writing, self._writing.composer
        if writing.ticket is None:
            return
        was_note = composer.is_note
        try:
            drafts = await writing.pane.store.hot(hot.drafts(writing.ticket.summary.id))
            await writing.forget_draft(is_note=was_note)
        except DeskError as error:
            writing.pane.say_error(error)
            return
        other = next((one for one in drafts if one.is_note is not was_note), None)
        text = composer.text
        if other and other.text.strip() and other.text != text:
            text = f"{text}\n\n{other.text}" if text.strip() else other.text
        if was_note:
            to, cc = writing.usual_recipients()
            composer.write_reply(to=to, cc=cc)
        else:
            composer.write_note()
            writing.go_along(())
        if text != composer.text:
            composer.editor.load_text(text)
        writing.was_note = was_note
        writing.show_text()
        await writing.keep()

    @work(group="review", exclusive=True)
    async def action_park_draft(self) -> None:
        await self.park()

    async def park(self) -> None:
        """Leave the text; it is a draft of the ticket."""
        writing = self._writing
        had_text = bool(writing.composer.text.strip())
        kind, key = ("note", "c") if writing.composer.is_note else ("reply", "r")
        await writing.put_away()
        writing.close_and_go_back()
        if had_text:
            writing.say(f"The {kind} is kept as a draft.", f"{key}: go on writing")

    @work(group="review", exclusive=True)
    async def action_discard(self) -> None:
        await self.discard()

    async def discard(self) -> None:
        writing = self._writing
        composer = writing.composer
        kind = "note" if composer.is_note else "reply"
        if composer.text.strip():
            first = composer.text.strip().splitlines()[0]
            question = ConfirmQuestion(f"Throw the {kind} away?", first)
            if not await writing.pane.desk_screen.ask(ConfirmSheet, question):
                return
        try:
            await writing.forget_draft(is_note=composer.is_note)
        except DeskError as error:
            writing.pane.say_error(error)
            return
        writing.close_and_go_back()
        writing.say(f"The {kind} was thrown away.")

    @work(group="review", exclusive=True)
    async def action_ex(self) -> None:
        """Do what vim hands mean by :w and :q; nothing typed here sends."""
        question = LineQuestion(
            title=":", about=":w keeps the draft, :q throws it away after asking; y sends"
        )
        typed = await self._writing.pane.desk_screen.ask(LineSheet, question)
        words = (typed or "").strip().lstrip(":")
        if words in {"w", "wq", "wq!", "x", "wa", "wqa", "xa", "up", "update"}:
            await self.park()
        elif words in {"q", "q!", "qa", "qa!", "quit"}:
            await self.discard()
        elif words:
            self._writing.say(f":{words} means nothing here.", ":w keeps the draft, y: send line")
