"""What changed behind our back: mails that went, flags that others set.

The server's count must be places + skipped. Where it is not, both lists of UIDs are
compared; a server that takes much away at once has to say so twice (iCloud and James have
announced removals of whole mailboxes that never happened).
"""

from collections.abc import Mapping
from typing import Final

from storage.intake import folders
from storage.mail import plan
from storage.mail.imap import Mailbox
from storage.queries import sync as queries
from storage.rules.safe_text import one_line
from storage.sync import lessons
from storage.sync.box import Box
from storage.sync.inbound import Inbound
from storage.sync.kit import Kit

NEWEST_FLAGS: Final = 500
_FLAGS_AT_ONCE: Final = 5_000
_ABOVE_ALL: Final = 2**32
_RECENT: Final = "\\Recent"


class Upkeep:
    def __init__(self, kit: Kit, mailbox: Mailbox, inbound: Inbound) -> None:
        self._kit = kit
        self._mailbox = mailbox
        self._inbound = inbound

    def check_count(self, box: Box) -> str:
        """Make the desk's places those of the server; `box` was just opened and is read.

        Returns what does not fit together, for people; empty where all does. Nothing is
        removed on the word of a server that contradicts itself.
        """
        doubted = box.doubted
        if doubted or _knows_too_little(box) or not self._fits(box):
            gone, missing, listed = self._differences(box)
            if listed != box.exists or plan.is_suspicious(len(gone), of=len(gone) + listed):
                self._inbound.open(box)
                again, missing, listed = self._differences(box)
                if again != gone or listed != box.exists:
                    return (
                        "The server contradicts itself about the folder "
                        f"{one_line(box.folder.name)}: nothing was removed."
                    )
            self._forget(box, gone)
            if missing:
                self._inbound.take_missing(box, sorted(missing))
            if doubted - gone:
                lessons.learn(self._kit, self._mailbox, "QRESYNC")
            if box.is_told:
                box.doubted = frozenset()
                self._inbound.deltas.settle(box)
        self._note_count(box)
        if self._fits(box):
            self._kit.renumbered.pop(box.folder.id, None)
            return ""
        here = sum(self._kit.desk.hot(queries.counts(box.folder.id))[0])
        return (
            f"The folder {one_line(box.folder.name)} has {box.exists:,} mails on the server, "
            f"{here:,} on the desk."
        )

    def is_behind(self, box: Box) -> bool:
        """Return whether something may have changed in `box` that no look has seen."""
        if not (box.is_read and box.is_unlooked):
            return False
        return not box.is_told or bool(box.doubted) or not self._fits(box)

    def scan_flags(self, box: Box, *, everything: bool) -> int:
        """Write the flags that differ, of the newest 500 or of all; return how many.

        Nothing where the server has told which changed.
        """
        if box.is_told:
            box.is_vague = False
            return 0
        everything = everything or _knows_too_little(box)
        below, changed = _ABOVE_ALL, 0
        limit = _FLAGS_AT_ONCE if everything else NEWEST_FLAGS
        while known := dict(
            self._kit.desk.hot(queries.flags_below(box.folder.id, below, limit=limit))
        ):
            below = min(known)
            with self._kit.stop.within(self._kit.command_seconds):
                said = self._mailbox.fetch_flags(known)
            news = {
                uid: flags - {_RECENT}
                for uid, flags in said.items()
                if " ".join(sorted(flags - {_RECENT})) != known[uid]
            }
            self._write_flags(box, news)
            changed += len(news)
            if not everything:
                return changed
        box.is_vague = False
        self._inbound.deltas.settle(box)
        return changed

    def _fits(self, box: Box) -> bool:
        return sum(self._kit.desk.hot(queries.counts(box.folder.id))[0]) == box.exists

    def _differences(self, box: Box) -> tuple[set[int], set[int], int]:
        """Return UIDs that are gone, UIDs that we lack, and how many the server lists."""
        server = set(self._mailbox.uids(1, max(box.folder.high_uid, 1)))
        known = set(self._kit.desk.hot(queries.known_uids(box.folder.id)))
        return known - server, server - known, len(server)

    def _forget(self, box: Box, gone: set[int]) -> None:
        ordered = sorted(gone)
        for some in plan.cut([0] * len(ordered), most=plan.BATCH_MAILS):
            with self._kit.batch() as conn:
                folders.forget_places(conn, box.folder.id, [ordered[at] for at in some])
        if gone:
            self._kit.log(f"folder {box.folder.id}: {len(gone)} mails are no longer on the server")

    def _write_flags(self, box: Box, news: Mapping[int, frozenset[str]]) -> None:
        ordered = sorted(news)
        for some in plan.cut([0] * len(ordered), most=plan.WINDOW):
            with self._kit.batch() as conn:
                folders.set_flags(
                    conn, box.folder.id, {ordered[at]: news[ordered[at]] for at in some}
                )

    def _note_count(self, box: Box) -> None:
        """Keep the server's count with the folder, where it is another than before."""
        if box.folder.server_count != box.exists:
            self._inbound.note_count(box)


def _knows_too_little(box: Box) -> bool:
    """Return whether the server has said less of what changed than it might have.

    It counts changes and we do not know from where on, or it told of changes without mails.
    """
    if box.is_told:
        return False
    has_count = box.said is not None and box.said.highestmodseq is not None
    return box.is_vague or (has_count and box.folder.highestmodseq is None)
