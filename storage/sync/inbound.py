"""Header blocks: from the server's folders onto the desk.

The cursor is stored in the transaction of the rows it speaks of, so a process that dies
asks for one batch again at most. What cannot be read is a visible defect or a skipped
place with its reason; nothing stops the folder.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from storage.errors import ServerError
from storage.intake import folders
from storage.mail import plan
from storage.mail.imap import Mailbox
from storage.queries import sync as queries
from storage.queries import tickets
from storage.records.mail import Folder
from storage.records.remote import Selected
from storage.records.words import FolderRole
from storage.sync import lessons
from storage.sync.box import Box
from storage.sync.deltas import Deltas, since
from storage.sync.header_fetch import REFUSED, Headers
from storage.sync.header_store import HeaderStore
from storage.sync.kit import OUR_FAULT, VERSION, Kit

_RENUMBERED_TOO_OFTEN: Final = 3


class Inbound:
    """The headers of one session's folders."""

    def __init__(self, kit: Kit, mailbox: Mailbox, known: Iterable[Folder]) -> None:
        self._kit = kit
        self._mailbox = mailbox
        for one in lessons.learned(kit.desk):
            mailbox.distrust(one)
        self.boxes = [Box(one) for one in known]
        self._headers = Headers(kit, mailbox)
        self._store = HeaderStore(kit, authserv_ids=_authserv_ids(kit, mailbox))
        self.deltas = Deltas(kit, mailbox, self._store)
        self._open: Box | None = None
        self._asked_again: set[int] = set()
        self.has_new_mail = False
        "New headers came: their bodies go before older ones."

    @property
    def is_read(self) -> bool:
        """Whether intake and Sent have been read through once."""
        return all(
            box.is_read
            for box in self.boxes
            if box.folder.role in {FolderRole.INTAKE, FolderRole.SENT}
        )

    def open(self, box: Box) -> None:
        """Make `box` the selected folder; take in what is new in it.

        Raises:
            ServerError: there is no such folder, or it renumbers its mails without end.
        """
        self._hear()
        said = self._mailbox.select(box.folder.name, readonly=True, since=since(box.folder))
        self._open, box.is_unlooked = box, True
        self._judge(box, said)
        box.exists, box.uidnext = said.exists, said.uidnext
        self.deltas.take(box, said)
        self._new_mail(box, said)

    def ensure_open(self, box: Box) -> None:
        """Make `box` the selected folder, unless it is."""
        if self._open is not box:
            self.open(box)

    def left_open(self, box: Box | None) -> None:
        """Remember that somebody else selected a folder."""
        self._open = box

    def backfill(self, box: Box) -> bool:
        """Take in the next window of older headers; return whether there was one."""
        if box.is_read:
            return False
        self.open(box)
        if box.windows is None:
            box.windows = self._planned(box)
        window = next(box.windows, None)
        if window is None:
            self._store.move(box, high_uid=box.folder.high_uid, low_uid=1)
            return False
        self._window(box, window)
        return True

    def ask_again(self, box: Box) -> None:
        """Ask once more for what was skipped: by the server's refusal, by an older version."""
        again = self._kit.desk.hot(queries.skipped_by_fault(box.folder.id, OUR_FAULT, VERSION))
        if box.folder.id not in self._asked_again:
            self._asked_again.add(box.folder.id)
            again += self._kit.desk.hot(queries.skipped_for(box.folder.id, REFUSED))
        if again:
            self.ensure_open(box)
            self.take_missing(box, again)

    def take_missing(self, box: Box, uids: Sequence[int]) -> None:
        """Take in headers between the cursor's ends that the desk turned out to lack."""
        low = box.folder.low_uid or 1
        for window in plan.new_mail(uids, low_uid=low, upto=0):
            self._window(box, replace(window, high_uid=box.folder.high_uid))

    def note_count(self, box: Box) -> None:
        """Keep the server's count with the folder."""
        here = box.folder
        self._store.move(box, high_uid=here.high_uid, low_uid=here.low_uid or 1)

    def _hear(self) -> None:
        """Take in what was said of the open folder since it was opened."""
        news = self._mailbox.take_news()
        if self._open is not None and self._open.folder.uidvalidity is not None:
            self.deltas.hear(self._open, news)

    def _judge(self, box: Box, said: Selected) -> None:
        kit, folder = self._kit, box.folder
        if plan.opening(folder, said) is not plan.Opening.RENUMBERED:
            return
        kit.renumbered[folder.id] += 1
        if kit.renumbered[folder.id] > _RENUMBERED_TOO_OFTEN:
            raise ServerError(
                "The server gives the mails of a folder new numbers again and again: "
                "nothing was removed, and it is not read any further."
            )
        kit.log(f"folder {folder.id}: the server numbered its mails anew")
        with kit.writing() as conn:
            folders.forget_all_places(conn, folder.id)
        box.folder = kit.desk.hot(queries.folder(folder.id))[0]
        box.windows = None
        box.generation += 1
        self.has_new_mail = True
        for name in [one for one in kit.suspects if one[1] == folder.id]:
            del kit.suspects[name]

    def _new_mail(self, box: Box, said: Selected) -> None:
        folder = box.folder
        upto = self._last_uid(folder, said)
        if folder.uidvalidity is None:
            box.windows = None
            box.folder = replace(
                folder,
                uidvalidity=said.uidvalidity,
                high_uid=upto,
                # what is fetched from here on is at least as new
                highestmodseq=said.highestmodseq,
            )
            if said.exists == 0:
                self._store.move(box, high_uid=upto, low_uid=1)
            return
        if folder.low_uid is None or upto <= folder.high_uid:
            return
        found = self._new_uids(folder, said, upto)
        for window in plan.new_mail(found, low_uid=folder.low_uid, upto=upto):
            self._window(box, window)
            self.has_new_mail = True
        if not found and said.uidnext is not None:
            self._store.move(box, high_uid=upto, low_uid=folder.low_uid)

    def _new_uids(self, folder: Folder, said: Selected, upto: int) -> Sequence[int]:
        """Return what to ask for above the cursor; a few that are not there do no harm."""
        if upto - folder.high_uid <= plan.WINDOW:
            return range(folder.high_uid + 1, upto + 1)
        if said.since is not None:
            return sorted(uid for uid in said.flags if uid > folder.high_uid)
        return self._mailbox.uids(folder.high_uid + 1, upto)

    def _last_uid(self, folder: Folder, said: Selected) -> int:
        """Return the highest UID there can be, also where the server does not say (163.com)."""
        uidnext = said.uidnext
        if uidnext is None and said.exists:
            uidnext = self._mailbox.status(folder.name).uidnext
        if uidnext is not None:
            return uidnext - 1
        return max(self._mailbox.last_uid(), folder.high_uid)

    def _planned(self, box: Box) -> Iterator[plan.Window]:
        folder = box.folder
        upto = folder.high_uid if folder.low_uid is None else folder.low_uid - 1
        uids = self._mailbox.uids(1, upto) if upto else []
        return plan.backfill(uids, high_uid=folder.high_uid, is_first=folder.low_uid is None)

    def _window(self, box: Box, window: plan.Window) -> None:
        rows, refused = self._headers.of(box.folder.id, window.uids)
        if refused:
            with self._kit.writing() as conn:
                for uid, why in refused:
                    folders.skip(conn, box.folder.id, uid, why)
        for batch in plan.batches(window, rows, most=self._kit.mails_at_once):
            self._store.take(box, batch)
        self._kit.status.say("syncing", progress=self._progress(box))

    def _progress(self, box: Box) -> str:
        here = sum(self._kit.desk.hot(queries.counts(box.folder.id))[0])
        return "" if box.is_read else f"headers {here:,} of {max(box.exists, here):,}"


def _authserv_ids(kit: Kit, mailbox: Mailbox) -> frozenset[str]:
    """Return under which names our own provider says what it found out about a sender."""
    settings = kit.desk.read(tickets.settings)
    return frozenset(settings.authserv or mailbox.profile.authserv_ids)
