"""What the composer begins with: the draft that was left, else a clean page to the right people."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console import kept_files
from console.messages import WriteOn, Writes
from console.panes.pane import Pane
from storage.changes.replying import recipients
from storage.queries import hot
from storage.records.mail import Address
from storage.records.ticket import DraftFile, Ticket

if TYPE_CHECKING:
    from storage.mail.compose import OutgoingFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    is_note: bool = False
    text: str = ""
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    files: "tuple[OutgoingFile, ...]" = ()
    kept_files: tuple[DraftFile, ...] = ()
    "What the draft holds of them."
    held_why: str = ""
    remark: str = ""


async def begun(pane: Pane, ticket: Ticket, wanted: WriteOn) -> Begun:
    """Return what to begin with on a ticket.

    The recipients of a draft are kept, unless the sender alone is asked for.
    """
    is_note = wanted.what is Writes.NOTE
    drafts = await pane.store.hot(hot.drafts(ticket.summary.id))
    draft = next((one for one in drafts if one.is_note is is_note), None)
    text = draft.text if draft else ""
    remark = f"draft of {draft.saved_at.astimezone():%a %H:%M}" if draft else ""
    if is_note:
        return Begun(is_note=True, text=text, remark=remark)
    to_all = wanted.what is not Writes.REPLY_SENDER
    usual = recipients(ticket, desk=pane.rotadesk.settings, to_all=to_all)
    to, cc = usual.to, usual.cc
    if draft is not None and to_all and (draft.to or draft.cc):
        to, cc = draft.to, draft.cc
    kept = draft.files if draft else ()
    files = await asyncio.to_thread(kept_files.found, pane.rotadesk.setup.folder, kept)
    if len(files) < len(kept):
        remark += f", {len(kept) - len(files)} of its files are gone"
    back = pane.desk_screen.files_of(ticket.summary.id)
    return Begun(
        text=text,
        to=to,
        cc=cc,
        files=tuple(dict.fromkeys((*files, *back, *wanted.files))),
        kept_files=kept,
        held_why=wanted.held_why,
        remark=remark,
    )
