"""A text that is kept as a draft of its ticket every second it changed; `kill -9` takes no more."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from textual.containers import Vertical

from console import kept_files
from console.panes.pane import Pane
from storage.errors import DeskError
from storage.records.local import DraftGone, DraftSaved
from storage.records.ticket import DraftFile, Ticket
from widgets.composer import Composer

if TYPE_CHECKING:
    from storage.mail.compose import OutgoingFile

KEEP_SECONDS: Final = 1.0


class DraftedText(Vertical):
    """A composer and the draft of what is in it."""

    def __init__(self) -> None:
        super().__init__()
        self.ticket: Ticket | None = None
        "What it is written on; None while nothing is."
        self.files: tuple[OutgoingFile, ...] = ()
        self._kept_files: tuple[DraftFile, ...] = ()
        "What the draft says of `files`, or of those that were there before."
        self._files_kept: tuple[OutgoingFile, ...] = ()
        "Those that `_kept_files` speaks of."
        self._kept: DraftSaved | DraftGone | None = None
        self._is_keeping = False
        self._is_leaving = False

    def on_mount(self) -> None:
        self.set_interval(KEEP_SECONDS, self.keep_soon)

    @property
    def composer(self) -> Composer:
        return self.query_one(Composer)

    @property
    def pane(self) -> Pane:
        return next(one for one in self.ancestors if isinstance(one, Pane))

    @property
    def is_open(self) -> bool:
        return self.ticket is not None

    def begin_keeping(self, *, was_kept: bool, files: tuple[DraftFile, ...] = ()) -> None:
        """Take what is in the composer now as kept already, or as new.

        Args:
            was_kept: A draft holds the text.
            files: What it holds of the files; others that are there now are new.
        """
        self._kept_files = files
        self._files_kept = self.files if len(files) == len(self.files) else ()
        is_kept = (was_kept or files) and self.ticket
        self._kept = self._draft(self.ticket) if is_kept and self.ticket else None

    def keep_soon(self) -> None:
        if self.is_open and not self._is_keeping and not self._is_leaving:
            self.run_worker(self.keep(), group="keep")

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Keep no draft meanwhile: what was queued or added must not come back as one."""
        self._is_leaving = True
        try:
            yield
        finally:
            self._is_leaving = False

    async def keep(self) -> None:
        """Write the draft if it has changed since it was written last."""
        if self.ticket is None or self.pane.rotadesk.setup.readonly:
            return
        if not await self._keep_files() or self.ticket is None:
            return
        draft = self._draft(self.ticket)
        if self._is_same(draft):
            return
        before, self._kept, self._is_keeping = self._kept, draft, True
        try:
            await self.pane.store.write(draft)
        except DeskError as error:
            self._kept = before
            self.pane.say_error(error)
        else:
            words = f"draft kept {self.pane.rotadesk.now().astimezone():%H:%M}"
            self.composer.remark(words if isinstance(draft, DraftSaved) else "")
        finally:
            self._is_keeping = False

    async def _keep_files(self) -> bool:
        """Write files that were added; return whether a draft may be written now."""
        files = self.files
        if files is self._files_kept:
            return True
        folder = self.pane.rotadesk.setup.folder
        try:
            kept = await asyncio.to_thread(kept_files.keep, folder, files)
        except DeskError as error:
            self._files_kept = files  # said once; the text is kept without them
            self.pane.say_error(error)
            return True
        # meanwhile it may have been sent, closed, or given other files
        if self._is_leaving or self.files is not files:
            return False
        self._files_kept, self._kept_files = files, kept
        return True

    async def forget_draft(self, *, is_note: bool) -> None:
        """Throw a draft of this ticket away; nothing writes it anew."""
        if self.ticket is not None:
            gone = DraftGone(ticket_uid=self.ticket.summary.id, is_note=is_note)
            self._kept = gone
            await self.pane.store.write(gone)

    def _draft(self, ticket: Ticket) -> DraftSaved | DraftGone:
        composer, uid = self.composer, ticket.summary.id
        files = () if composer.is_note else self._kept_files
        if not composer.text.strip() and not files:
            return DraftGone(ticket_uid=uid, is_note=composer.is_note)
        return DraftSaved(
            ticket_uid=uid,
            is_note=composer.is_note,
            text=composer.text,
            to=composer.to,
            cc=composer.cc,
            saved_ms=int(self.pane.rotadesk.now().timestamp() * 1000),
            files=files,
        )

    def _is_same(self, draft: DraftSaved | DraftGone) -> bool:
        if isinstance(draft, DraftGone):
            return self._kept is None or isinstance(self._kept, DraftGone)
        return isinstance(self._kept, DraftSaved) and _what(self._kept) == _what(draft)


def _what(draft: DraftSaved) -> tuple[object, ...]:
    return (draft.ticket_uid, draft.is_note, draft.text, draft.to, draft.cc, draft.files)
