"""Texts too large for one command: piece by piece into a file, other work in between.

What is on the disk is not fetched again, whatever ended the last try. The whole text is
taken, not its first part alone: what a mail is, its content hash, is known only of all of it.
"""

import time
from typing import Final

from storage.errors import ConnectionLostError, ServerError
from storage.mail import plan
from storage.mail.imap import Mailbox
from storage.mail.spooled import PIECE, Raw
from storage.queries import sync as queries
from storage.queries.sync import WantedBody
from storage.records.local import WishGot
from storage.sync.body_queue import Share
from storage.sync.inbound import Inbound
from storage.sync.kit import Kit, writing_files
from storage.sync.spool import SpoolName, Spools

_TOLD_EVERY: Final = 0.5
"Seconds between two words about how far it is."
_LOST_TOO_OFTEN: Final = 3
_SLACK: Final = 1_000_000
"By so many bytes and a quarter may a server be wrong about a size."


class LargeTexts:
    """The texts of one session that come in pieces."""

    def __init__(self, kit: Kit, mailbox: Mailbox, inbound: Inbound) -> None:
        self._kit = kit
        self._mailbox = mailbox
        self._inbound = inbound
        self._spools = Spools(kit.desk.folder)
        self._told_at = 0.0
        self._has_swept = False
        self.here = 0
        "Bytes of the text under way that are here; 0 once it is whole."

    def next_piece(self, share: Share) -> Raw | None:
        """Fetch the next piece; return the text once it is whole.

        Raises:
            ServerError: the server does not give it.
        """
        one = share.wanted[0]
        name = _name(share)
        with writing_files():
            spool = self._spools.of(name)
        suspect = ("piece", share.box.folder.id, one.uid)
        if self._kit.suspects[suspect] >= _LOST_TOO_OFTEN:
            raise ServerError("The connection is lost at each try.")
        try:
            with self._kit.stop.within(self._kit.command_seconds):
                piece = self._mailbox.fetch_piece(
                    one.uid, offset=spool.here, size=self._kit.pace.of(PIECE)
                )
        except ConnectionLostError:
            self._kit.suspects[suspect] += 1
            raise
        self._kit.pace.went_well()
        if piece:
            self._kit.suspects.pop(suspect, None)
            with writing_files():
                spool.add(piece)
            self._kit.tally.body_bytes += len(piece)
            self._kit.tally.progress()
            if spool.here > one.size + one.size // 4 + _SLACK:
                raise ServerError("The server gives a mail without end.")
            self.here = spool.here
            self._tell(one)
            return None
        if spool.here < one.size // 2:
            raise ServerError("The server gives only a part of the mail.")
        self.here = 0
        with writing_files():
            return spool.text()

    def forget(self, share: Share) -> None:
        """Take what was fetched from the disk: it is on the desk, or will never be."""
        with writing_files():
            self._spools.forget(_name(share))

    def sweep(self) -> None:
        """Take away what no mail of this desk waits for any more; once a session.

        Every folder must have been opened, so that its generation is known.
        """
        if self._has_swept:
            return
        self._has_swept = True
        with writing_files():
            for name in self._spools.names():
                if not self._is_wanted(name):
                    self._spools.forget(name)

    def _is_wanted(self, name: SpoolName) -> bool:
        here = {box.folder.id: box.folder.uidvalidity for box in self._inbound.boxes}
        if here.get(name.folder_id) != name.uidvalidity:
            return False
        return bool(self._kit.desk.hot(queries.is_on_its_way(name.folder_id, name.uid)))

    def _tell(self, one: WantedBody) -> None:
        kit = self._kit
        if one.size <= plan.LARGEST_BODY or time.monotonic() - self._told_at < _TOLD_EVERY:
            return
        self._told_at = time.monotonic()
        with kit.stop.shielded():
            kit.desk.write(WishGot(message_id=one.message_id, got=self.here))


def _name(share: Share) -> SpoolName:
    one, folder = share.wanted[0], share.box.folder
    return SpoolName(
        folder_id=folder.id, uidvalidity=folder.uidvalidity or 0, uid=one.uid, size=one.size
    )
