"""Verbs that look closer at a mail: its links, its files, its bytes."""

import asyncio
import zlib
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from textual import work

from console import link_opening, opening_files
from console.panes.ticket_verbs import TicketVerbs
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.pick import PickQuestion, PickSheet
from console.sheets.reading import ReadingQuestion, ReadingSheet
from storage.errors import DeskError
from storage.queries import source
from storage.records.local import Wish, WishGone
from storage.records.ticket import AttachmentRow, MessageItem
from storage.rules.safe_text import block
from widgets.choices import Choice

_MOST_RAW = 200_000
"Bytes of a mail that are shown as they came."


class ReadingVerbs(TicketVerbs):
    """Mixin: about the mail under the eyes."""

    async def mail_in_sight(self) -> MessageItem | None:
        """Return the mail that is read; None where there is none."""
        raise NotImplementedError

    async def _mail(self) -> MessageItem | None:
        mail = await self.mail_in_sight()
        if mail is None:
            self.say("There is no mail here.")
        return mail

    @work
    async def action_open_link_or_attachment(self) -> None:
        mail = await self._mail()
        if mail is None:
            return
        offered = [*link_opening.choices(mail.text), *map(_file_choice, mail.attachments)]
        if not offered:
            self.say("It has neither link nor attachment.")
            return
        try:
            key = await link_opening.pick(self.desk_screen, offered)
            for one in mail.attachments:
                if _file_choice(one).key != key:
                    continue
                if one.is_here:
                    await self._open_file(one)
                elif not mail.on_server:
                    self.say(f"{one.filename} is neither here nor on the server any more.")
                else:
                    await self._ask_for(mail)
                    self.say(f"{one.filename} is asked for: {self._when_it_comes()}")
        except DeskError as error:
            self.say_error(error)

    @work
    async def fetch_or_stop(self, mail: MessageItem) -> None:
        """Ask for a mail that is too large to come by itself; asked for already: stop it."""
        try:
            if mail.got is None:
                await self._ask_for(mail)
                self.say(f"Asked for: {self._when_it_comes()}")
            else:
                await self.store.write(WishGone(message_id=mail.id))
                self.say("Stopped: what came of it stays here.")
        except DeskError as error:
            self.say_error(error)

    async def _ask_for(self, mail: MessageItem) -> None:
        now_ms = int(self.rotadesk.now().timestamp() * 1000)
        await self.store.write(Wish(message_id=mail.id, at_ms=now_ms))

    def _when_it_comes(self) -> str:
        if self.desk_screen.status.engine.is_connected:
            return "it comes while you go on."
        return "it comes as soon as the server can be reached."

    async def _open_file(self, one: AttachmentRow) -> None:
        details = "A stranger sent it; it opens with the program this machine uses for such files."
        question = ConfirmQuestion("Open the file?", f"{one.filename}, {_size(one.size)}", details)
        if not await self.desk_screen.ask(ConfirmSheet, question):
            return
        twice = ConfirmQuestion(
            "Really open it?", one.filename, "Opening it may run what is in it."
        )
        if not opening_files.may_run(one.filename) or await self.desk_screen.ask(
            ConfirmSheet, twice
        ):
            folder = self.rotadesk.setup.folder
            await asyncio.to_thread(opening_files.open_file, one, folder)

    @work
    async def action_save_attachments(self) -> None:
        mail = await self._mail()
        if mail is None:
            return
        if not mail.attachments:
            self.say("It has no attachment.")
            return
        folder = platformdirs.user_downloads_path()
        question = PickQuestion(
            title=f"Save {_files(mail.attachments)} to",
            choices=(Choice(key=str(folder), title=str(folder)),),
            placeholder="this folder, or type another",
            takes_words=True,
        )
        picked = await self.desk_screen.ask(PickSheet, question)
        if picked is not None:
            await self._save(mail, Path(picked.key or picked.words))

    async def _save(self, mail: MessageItem, folder: Path) -> None:
        desk = self.rotadesk.setup.folder
        here = [one for one in mail.attachments if one.is_here]
        try:
            for one in here:
                await asyncio.to_thread(opening_files.saved, folder, one, desk)
            if len(here) < len(mail.attachments):
                await self._ask_for(mail)
        except DeskError as error:
            self.say_error(error)
            return
        missing = len(mail.attachments) - len(here)
        later = f" {missing} still on the server: asked for." if missing else ""
        self.say(f"Saved {len(here)} to {folder}.{later}")

    @work
    async def action_raw_source(self) -> None:
        """Show the mail as it came; of most, the header block is what is kept here."""
        mail = await self._mail()
        if mail is None:
            return
        found = await self.store.hot(source.source(mail.id))
        if not found:
            return
        header = found[0].raw or zlib.decompress(found[0].header)
        text = block(header[:_MOST_RAW].decode("utf-8", "replace"))
        if found[0].raw is None:
            text += "\n\nThe body is kept as text only; its bytes are on the server."
        question = ReadingQuestion(title="As it came", about=mail.subject, text=text)
        await self.desk_screen.ask(ReadingSheet, question)


def _file_choice(one: AttachmentRow) -> Choice:
    title, where = one.filename, ""
    if not one.is_here:
        title, where = f"Fetch {one.filename}", ", on the server"
    return Choice(key=f"file {one.id}", title=title, hint=f"{_size(one.size)}{where}")


def _files(attachments: Sequence[AttachmentRow]) -> str:
    return f"{len(attachments)} files" if len(attachments) > 1 else attachments[0].filename


def _size(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB" if size >= 1_048_576 else f"{-(-size // 1024)} KB"
