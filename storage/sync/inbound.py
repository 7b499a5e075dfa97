"""Header blocks: from the server's folders onto the desk.

The cursor is stored in the transaction of the rows it speaks of, so a process that dies
asks for one batch again at most. What cannot be read is a visible defect or a skipped
place with its reason; nothing stops the folder.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from storage.errors import ConnectionLostError, DeskError, ServerError
from storage.intake import arrivals, folders
from storage.mail import plan
from storage.mail.headers import parse_headers
from storage.mail.imap import Mailbox
from storage.queries import sync as queries
from storage.records.mail import Folder, IncomingHeaders, Place
from storage.records.remote import FetchedHeaders, Selected
from storage.records.words import FolderRole
from storage.sync.kit import OUR_FAULT, VERSION, Kit

_HIGHEST_UID: Final = 2**32 - 1
_RECENT: Final = "\\Recent"
_RENUMBERED_TOO_OFTEN: Final = 3
_LOST_TOO_OFTEN: Final = 5
_A_FAULT_OF_OURS: Final = 5
"So many mails that all fail alike are not to blame."


@dataclass(slots=True)
class Box:
    """A folder in this session: what the desk knows, and what is still to be asked for."""

    folder: Folder
    exists: int = 0
    uidnext: int | None = None
    windows: Iterator[plan.Window] | None = field(default=None, repr=False)
    "The rest of the backfill; None until the server was asked which UIDs there are."

    @property
    def is_read(self) -> bool:
        """Whether every header down to UID 1 has been asked for."""
        return self.folder.low_uid == 1


class Inbound:
    """The headers of one session's folders."""

    def __init__(self, kit: Kit, mailbox: Mailbox, known: Iterable[Folder]) -> None:
        self._kit = kit
        self._mailbox = mailbox
        self.boxes = [Box(one) for one in known]
        self._open: Box | None = None
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
        said = self._mailbox.select(box.folder.name, readonly=True)
        self._open = box
        self._judge(box, said)
        box.exists, box.uidnext = said.exists, said.uidnext
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
            self._move(box, high_uid=box.folder.high_uid, low_uid=1)
            return False
        self._window(box, window)
        return True

    def ask_again(self, box: Box) -> None:
        """Ask once more for what an older version of this program could not take in."""
        again = self._kit.desk.hot(queries.skipped_by_fault(box.folder.id, OUR_FAULT, VERSION))
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
        self._move(box, high_uid=here.high_uid, low_uid=here.low_uid or 1)

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

    def _new_mail(self, box: Box, said: Selected) -> None:
        folder = box.folder
        upto = self._last_uid(folder, said)
        if folder.uidvalidity is None:
            box.windows = None
            box.folder = replace(folder, uidvalidity=said.uidvalidity, high_uid=upto)
            if said.exists == 0:
                self._move(box, high_uid=upto, low_uid=1)
            return
        if folder.low_uid is None or upto <= folder.high_uid:
            return
        found = self._mailbox.uids(folder.high_uid + 1, upto)
        for window in plan.new_mail(found, low_uid=folder.low_uid, upto=upto):
            self._window(box, window)
            self.has_new_mail = True
        if not found and said.uidnext is not None:
            self._move(box, high_uid=upto, low_uid=folder.low_uid)

    def _last_uid(self, folder: Folder, said: Selected) -> int:
        if said.uidnext is not None:
            return said.uidnext - 1
        found = self._mailbox.uids(folder.high_uid + 1, _HIGHEST_UID) if said.exists else []
        return max(found, default=folder.high_uid)

    def _planned(self, box: Box) -> Iterator[plan.Window]:
        folder = box.folder
        upto = folder.high_uid if folder.low_uid is None else folder.low_uid - 1
        uids = self._mailbox.uids(1, upto) if upto else []
        return plan.backfill(uids, high_uid=folder.high_uid, is_first=folder.low_uid is None)

    def _window(self, box: Box, window: plan.Window) -> None:
        rows, refused = self._fetched(box, window.uids)
        if refused:
            with self._kit.writing() as conn:
                for uid, why in refused:
                    folders.skip(conn, box.folder.id, uid, why)
        for batch in plan.batches(window, rows, most=self._kit.mails_at_once):
            self._store(box, batch)
        self._kit.status.say("syncing", progress=self._progress(box))

    def _progress(self, box: Box) -> str:
        here = sum(self._kit.desk.hot(queries.counts(box.folder.id))[0])
        return "" if box.is_read else f"headers {here:,} of {max(box.exists, here):,}"

    # -- from the wire

    def _fetched(
        self, box: Box, uids: Sequence[int]
    ) -> tuple[list[FetchedHeaders], list[tuple[int, str]]]:
        """Return what came, and the (UID, why) of what the server has but does not give."""
        rows: list[FetchedHeaders] = []
        refused: list[tuple[int, str]] = []
        for some in self._cautious(box, uids):
            came, said = self._asked(box, some)
            rows += came
            lost = sorted(set(some) - {row.uid for row in came})
            if not lost:
                continue
            still_there = set(self._mailbox.uids(lost[0], lost[-1])) & set(lost)
            for uid in sorted(still_there):
                again, said = self._asked(box, [uid]) if len(some) > 1 else ([], said)
                rows += again
                if not again:
                    refused.append((uid, said or "The server does not give its headers."))
        return rows, refused

    def _cautious(self, box: Box, uids: Sequence[int]) -> Iterator[Sequence[int]]:
        """Yield `uids` in ever smaller groups once connections were lost over them."""
        suspects = self._kit.suspects
        lost = max(suspects["headers", box.folder.id, uid] for uid in uids)
        size = max(1, plan.WINDOW >> (3 * max(0, lost - 1)))
        for start in range(0, len(uids), size):
            yield uids[start : start + size]

    def _asked(self, box: Box, uids: Sequence[int]) -> tuple[list[FetchedHeaders], str]:
        kit = self._kit
        names = [("headers", box.folder.id, uid) for uid in uids]
        if len(uids) == 1 and kit.suspects[names[0]] >= _LOST_TOO_OFTEN:
            return [], "The connection is lost whenever it is asked for."
        try:
            with kit.stop.within(kit.command_seconds):
                rows = list(self._mailbox.fetch_headers(uids))
        except ConnectionLostError:
            kit.suspects.update(names)
            raise
        except ServerError as error:
            return [], str(error)
        for name in names:
            kit.suspects.pop(name, None)
        return rows, ""

    # -- onto the desk

    def _store(self, box: Box, batch: plan.Batch) -> None:
        incoming, unread = _parsed(box.folder, batch.rows)
        cursor = self._cursor(box, high_uid=batch.high_uid, low_uid=batch.low_uid)
        try:
            with self._kit.batch() as conn:
                arrivals.headers(conn, box.folder.id, incoming, prove=self._kit.prove)
                for uid, why in unread:
                    folders.skip(conn, box.folder.id, uid, why)
                folders.move_cursor(conn, box.folder.id, cursor)
        except DeskError:
            raise
        except Exception as error:  # noqa: BLE001 - a stranger's mail must not stop the folder
            self._one_by_one(box, batch, incoming, error)
            return
        self._took(box, cursor, len(incoming))

    def _one_by_one(
        self, box: Box, batch: plan.Batch, incoming: Sequence[IncomingHeaders], error: Exception
    ) -> None:
        """Store what can be stored; the rest is skipped, with its reason.

        Raises:
            Exception: nothing of many mails can be stored: that is no mail's fault, and
                skipping a whole mailbox would hide it.
        """
        kit, folder_id = self._kit, box.folder.id
        refused = []
        for one in incoming:
            try:
                with kit.batch() as conn:
                    arrivals.headers(conn, folder_id, [one], prove=kit.prove)
            except DeskError:
                raise
            except Exception as fault:  # noqa: BLE001 - as above
                refused.append((one.place.uid, f"{OUR_FAULT} ({type(fault).__name__}, {VERSION})."))
        if len(refused) == len(incoming) >= _A_FAULT_OF_OURS:
            raise error
        cursor = self._cursor(box, high_uid=batch.high_uid, low_uid=batch.low_uid)
        with kit.writing() as conn:
            for uid, why in refused:
                folders.skip(conn, folder_id, uid, why)
            folders.move_cursor(conn, folder_id, cursor)
        kit.log(f"folder {folder_id}: {len(refused)} mails skipped: {type(error).__name__}")
        self._took(box, cursor, len(incoming) - len(refused))

    def _move(self, box: Box, *, high_uid: int, low_uid: int) -> None:
        cursor = self._cursor(box, high_uid=high_uid, low_uid=low_uid)
        with self._kit.writing() as conn:
            folders.move_cursor(conn, box.folder.id, cursor)
        self._took(box, cursor, 0)

    def _cursor(self, box: Box, *, high_uid: int, low_uid: int) -> folders.Cursor:
        here = box.folder
        return folders.Cursor(
            uidvalidity=here.uidvalidity or 0,
            high_uid=max(here.high_uid, high_uid),
            low_uid=min(low_uid, here.low_uid or low_uid),
            highestmodseq=None,
            server_count=box.exists,
            checked_ms=self._kit.desk.now_ms(),
        )

    def _took(self, box: Box, cursor: folders.Cursor, count: int) -> None:
        box.folder = replace(
            box.folder,
            high_uid=cursor.high_uid,
            low_uid=cursor.low_uid,
            server_count=cursor.server_count,
        )
        self._kit.tally.headers += count


def _parsed(
    folder: Folder, rows: Iterable[FetchedHeaders]
) -> tuple[list[IncomingHeaders], list[tuple[int, str]]]:
    incoming, unread = [], []
    for row in rows:
        try:
            headers = parse_headers(row.raw)
        except Exception as error:  # noqa: BLE001 - a stranger's bytes; the parser should never raise
            why = f"{OUR_FAULT} ({type(error).__name__}, {VERSION})."
            unread.append((row.uid, why))
            continue
        place = Place(
            folder=folder.name,
            uid=row.uid,
            arrived_at=row.internal_date,
            size=row.size,
            flags=row.flags - {_RECENT},
        )
        incoming.append(IncomingHeaders(place=place, raw=row.raw, headers=headers))
    return incoming, unread
