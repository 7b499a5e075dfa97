"""Mail of closed tickets into the archive, where the team wants that.

Closing writes a row; it is carried out here once the ticket is still closed a while later,
so that an undo finds its mail in place. No step is believed before it is seen: the archive
is looked at first, and what may be a copy of ours from a lost connection is not made twice.
Nothing is ever expunged but the very UIDs that lie in the archive already.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from storage.errors import ConnectionLostError, NotNowError, ServerError
from storage.intake import folders
from storage.mail import plan
from storage.mail.imap import Mailbox
from storage.queries import sync as sync_queries
from storage.queries.archiving import Copy, Leaving
from storage.records.words import FolderRole
from storage.sync.archive_rows import ArchiveRows
from storage.sync.box import Box
from storage.sync.inbound import Inbound
from storage.sync.kit import Kit

_AT_ONCE: Final = 20
"Tickets."
_DELETED: Final = "\\Deleted"
CANNOT: Final = (
    "This server cannot move a mail safely: that of closed tickets stays where it is. "
    "rotadesk team set archive_closed false"
)


class Moving:
    """The archive of one session."""

    def __init__(
        self,
        kit: Kit,
        mailbox: Mailbox,
        inbound: Inbound,
        *,
        look_at: Callable[[Box], str],
        is_wanted: bool,
    ) -> None:
        self._kit = kit
        self._mailbox = mailbox
        self._inbound = inbound
        self._look_at = look_at
        self._is_wanted = is_wanted
        self._rows = ArchiveRows(kit)
        self._why = ""
        "What the server said when it would not."

    @property
    def question(self) -> str:
        """Return what a person should know before they wait for mail to move."""
        if self._is_wanted and not self._can_move:
            return CANNOT
        return f"Mail of closed tickets stays where it is: {self._why}" if self._why else ""

    def hurry(self) -> None:
        """Wait for no undo."""
        self._rows.grace = 0.0

    def due_in(self) -> float:
        """Return the seconds until the next ticket's mail may be moved."""
        if self._archive() is None or not self._is_settled:
            return float("inf")
        waiting = [self._rows.left(one) for one in self._rows.wanted()]
        return min(waiting, default=float("inf"))

    def next_one(self) -> bool:
        """Move the mail of some tickets; return whether there was anything to do."""
        due = [one for one in self._rows.wanted() if self._rows.left(one) <= 0][:_AT_ONCE]
        if not due:
            return False
        if not self._is_wanted or not self._can_move:
            self._rows.over(due)
            return True
        archive = self._archive()
        if archive is None or not self._is_settled:
            return False
        try:
            self._move(due, archive)
        except (ConnectionLostError, NotNowError):
            raise
        except ServerError as error:
            self._kit.log(f"mail of closed tickets is not archived: {error.code}")
            self._why = str(error)
            self._rows.given_up(due)
        finally:
            self._inbound.left_open(None)
        return True

    # -- the steps

    def _move(self, due: Sequence[Leaving], archive: Box) -> None:
        # what somebody has put there meanwhile, and what a lost connection of ours has
        self._inbound.open(archive)
        shut = [one for one in due if one.is_closed]
        copies = {one.ticket_uid: self._rows.copies(one) for one in shut}
        self._rows.over(one for one in due if not copies.get(one.ticket_uid))
        begun = [one for one in shut if copies[one.ticket_uid]]
        if not begun:
            return
        by_folder: dict[int, list[Copy]] = defaultdict(list)
        is_there: set[Copy] = set()
        for one in begun:
            self._rows.tried(one)
            for copy in copies[one.ticket_uid]:
                by_folder[copy.folder_id].append(copy)
                if self._rows.lies_in(archive, one, copy):
                    is_there.add(copy)
        self._rows.begin(begun, archive)
        for box in self._inbound.boxes:
            if some := by_folder.get(box.folder.id):
                self._out_of(box, archive, some, is_there)
        if self._is_settled:
            self._rows.over(one for one in begun if not self._rows.copies(one))

    def _out_of(self, box: Box, archive: Box, some: Iterable[Copy], is_there: set[Copy]) -> None:
        """Take mails out of one folder; what the server does not tell is looked for."""
        said = self._mailbox.select(box.folder.name, readonly=False)
        self._inbound.left_open(None)
        if said.is_readonly:
            raise ServerError("The folder lets nobody take mail out.")
        if plan.opening(box.folder, said) is not plan.Opening.SAME:
            # the UIDs are other mails' now
            self._look_at(box)
            return
        there = [copy.uid for copy in some if copy in is_there]
        rest = [copy.uid for copy in some if copy not in is_there]
        told, refusal = self._tried(rest, there, archive)
        self._mailbox.take_news()
        self._write(told, box, archive)
        if there or len(told) < len(rest):
            # moved by somebody else, gone, or moved without a word
            self._look_at(archive)
            self._look_at(box)
        known = set(self._kit.desk.hot(sync_queries.known_uids(box.folder.id)))
        if refusal and known.issuperset({*rest, *there}):
            raise refusal

    def _tried(
        self, rest: Sequence[int], there: Sequence[int], archive: Box
    ) -> tuple[dict[int, int], ServerError | None]:
        """Return what the server tells of new UIDs, and what it refused."""
        told: dict[int, int] = {}
        try:
            told = self._taken(rest, archive)
            if there:
                self._removed(there)
        except (ConnectionLostError, NotNowError):
            raise
        except ServerError as error:
            # somebody may have been quicker: a look tells
            return told, error
        return told, None

    def _write(self, told: Mapping[int, int], box: Box, archive: Box) -> None:
        if not told:
            return
        with self._kit.writing() as conn:
            folders.move_places(conn, box.folder.id, archive.folder.id, told)
        archive.folder = self._kit.desk.hot(sync_queries.folder(archive.folder.id))[0]
        box.exists -= len(told)
        archive.exists += len(told)
        self._kit.log(f"folder {box.folder.id}: {len(told)} mails archived")

    def _taken(self, uids: Sequence[int], archive: Box) -> dict[int, int]:
        """Return the new UIDs by the old ones, as far as the server tells."""
        name = archive.folder.name
        if not uids:
            return {}
        if "MOVE" in self._mailbox.capabilities:
            return self._mailbox.move(uids, name) or {}
        told = self._mailbox.copy(uids, name) or {}
        if told:
            # only what is said to lie in the archive; the rest is looked for there first
            self._removed(list(told))
        return told

    def _removed(self, uids: Sequence[int]) -> None:
        if "UIDPLUS" not in self._mailbox.capabilities:
            return
        self._mailbox.add_flags(uids, [_DELETED])
        self._mailbox.expunge(uids)

    # -- what is known

    @property
    def _can_move(self) -> bool:
        return bool({"MOVE", "UIDPLUS"} & self._mailbox.capabilities)

    @property
    def _is_settled(self) -> bool:
        """Whether every place is known: what is missing may still come."""
        return all(box.is_read for box in self._inbound.boxes)

    def _archive(self) -> Box | None:
        boxes = self._inbound.boxes
        return next((box for box in boxes if box.folder.role is FolderRole.ARCHIVE), None)
