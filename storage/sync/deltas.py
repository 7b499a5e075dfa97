"""What changed in a folder since the cursor, on the server's own word.

QRESYNC tells it with the SELECT, CONDSTORE when asked. Either moves the cursor's modseq
only with the last of the rows that it speaks of. A removal is believed where the count of
the folder fits and it is not many at once; any other is left to `upkeep`, which asks again.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from storage.intake import folders
from storage.mail import plan
from storage.mail.imap import Mailbox
from storage.queries import sync as queries
from storage.records.mail import Folder
from storage.records.remote import News, Ranges, Selected, Since
from storage.sync.box import Box
from storage.sync.header_store import HeaderStore
from storage.sync.kit import Kit

_RECENT: Final = "\\Recent"


class Deltas:
    def __init__(self, kit: Kit, mailbox: Mailbox, store: HeaderStore) -> None:
        self._kit = kit
        self._mailbox = mailbox
        self._store = store

    def take(self, box: Box, said: Selected) -> None:
        """Write what changed since the cursor; `box` was just opened and is the same folder."""
        box.said, box.is_told, box.doubted = said, False, frozenset()
        stored = box.folder.highestmodseq
        if stored is None or box.folder.low_uid is None:
            return
        if said.highestmodseq is None or said.highestmodseq < stored:
            self._kit.log(f"folder {box.folder.id}: the server counts its changes anew")
            self._move(box, None)
            return
        news = self._told(box, said, stored)
        if news is None or news.is_vague:
            box.is_vague |= news is not None
            return
        box.is_told = True
        if said.since is None and not news.flags and said.highestmodseq == stored:
            return
        gone = self._gone(box, news.vanished)
        if gone and not self._is_likely(box, said, gone, news.flags):
            box.doubted, gone = frozenset(gone), []
        self._write(box, gone, news.flags, modseq=None if box.doubted else said.highestmodseq)

    def hear(self, box: Box, news: News) -> None:
        """Write what the server said of the folder by the way. The next look hears it again."""
        gone = self._gone(box, news.vanished)
        if plan.is_suspicious(len(gone), of=self._count(box)):
            gone = []
        self._write(box, gone, news.flags, modseq=None)
        box.is_vague |= news.is_vague

    def settle(self, box: Box) -> None:
        """Take over the server's modseq: by now all that it stands for is on the desk."""
        if box.said is not None and box.said.highestmodseq != box.folder.highestmodseq:
            self._move(box, box.said.highestmodseq)

    def _told(self, box: Box, said: Selected, stored: int) -> News | None:
        if said.since is not None:
            return News(vanished=said.vanished, flags=said.flags, is_vague=said.is_vague)
        if "CONDSTORE" not in self._mailbox.capabilities:
            return None
        if said.highestmodseq == stored:
            return News()
        with self._kit.stop.within(self._kit.command_seconds):
            return self._mailbox.changed_since(stored, upto=max(box.folder.high_uid, 1))

    def _gone(self, box: Box, vanished: Ranges) -> list[int]:
        """Return what the desk holds of it."""
        if not vanished:
            return []
        known = sorted(self._kit.desk.hot(queries.known_uids(box.folder.id)))
        found: set[int] = set()
        for first, last in vanished:
            found.update(known[bisect_left(known, first) : bisect_right(known, last)])
        return sorted(found)

    def _is_likely(
        self, box: Box, said: Selected, gone: Sequence[int], flags: Mapping[int, frozenset[str]]
    ) -> bool:
        here = self._count(box)
        if plan.is_suspicious(len(gone), of=here):
            return False
        came = sum(uid > box.folder.high_uid for uid in flags)
        return not box.is_read or here - len(gone) + came == said.exists

    def _count(self, box: Box) -> int:
        return sum(self._kit.desk.hot(queries.counts(box.folder.id))[0])

    def _write(
        self,
        box: Box,
        gone: Sequence[int],
        flags: Mapping[int, frozenset[str]],
        *,
        modseq: int | None,
    ) -> None:
        """Write it in short transactions; the last one moves the cursor to `modseq`."""
        folder_id = box.folder.id
        marked = sorted(uid for uid in flags if uid <= box.folder.high_uid)
        steps = [
            *(("gone", some) for some in _cut(gone, most=plan.BATCH_MAILS)),
            *(("marked", some) for some in _cut(marked, most=plan.WINDOW)),
        ]
        moves = modseq is not None and modseq != box.folder.highestmodseq
        for at, (what, uids) in enumerate(steps):
            with self._kit.batch() as conn:
                if what == "gone":
                    folders.forget_places(conn, folder_id, uids)
                else:
                    folders.set_flags(
                        conn, folder_id, {uid: flags[uid] - {_RECENT} for uid in uids}
                    )
                if moves and at == len(steps) - 1:
                    self._store.counted(conn, box, modseq)
        if moves and not steps:
            self._move(box, modseq)
        elif moves:
            box.folder = replace(box.folder, highestmodseq=modseq, server_count=box.exists)
        if gone:
            self._kit.log(f"folder {folder_id}: {len(gone)} mails are no longer on the server")

    def _move(self, box: Box, modseq: int | None) -> None:
        with self._kit.writing() as conn:
            self._store.counted(conn, box, modseq)
        box.folder = replace(box.folder, highestmodseq=modseq, server_count=box.exists)


def _cut(uids: Sequence[int], *, most: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), most):
        yield uids[start : start + most]


def since(folder: Folder) -> Since | None:
    """Return from where on a folder's changes are to be told; None: it was never told."""
    if folder.uidvalidity is None or folder.highestmodseq is None or folder.low_uid is None:
        return None
    return Since(
        uidvalidity=folder.uidvalidity, modseq=folder.highestmodseq, low_uid=folder.low_uid
    )
