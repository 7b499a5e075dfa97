"""Header blocks onto the desk, with the cursor that is true with them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from storage.db.engine import Transaction
from storage.errors import DeskError
from storage.intake import arrivals, folders
from storage.mail import plan
from storage.mail.headers import parse_headers
from storage.records.mail import Folder, IncomingHeaders, Place
from storage.records.remote import FetchedHeaders
from storage.records.words import FolderRole
from storage.sync.box import Box
from storage.sync.kit import OUR_FAULT, VERSION, Kit

_RECENT: Final = "\\Recent"
_DRAFT: Final = "\\Draft"
"All mail of Gmail holds them too."
_A_FAULT_OF_OURS: Final = 5
"So many mails that all fail alike are not to blame."


class HeaderStore:
    def __init__(self, kit: Kit, *, authserv_ids: Collection[str]) -> None:
        self._kit = kit
        self._authserv_ids = authserv_ids

    def take(self, box: Box, batch: plan.Batch) -> None:
        incoming, unread = self._parsed(box.folder, batch.rows)
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

    def move(self, box: Box, *, high_uid: int, low_uid: int) -> None:
        cursor = self._cursor(box, high_uid=high_uid, low_uid=low_uid)
        with self._kit.writing() as conn:
            folders.move_cursor(conn, box.folder.id, cursor)
        self._took(box, cursor, 0)

    def counted(self, conn: Transaction, box: Box, modseq: int | None) -> None:
        """Move the cursor's modseq in the transaction of the rows that it speaks of."""
        here = box.folder
        cursor = self._cursor(box, high_uid=here.high_uid, low_uid=here.low_uid or 1)
        folders.move_cursor(conn, here.id, replace(cursor, highestmodseq=modseq))

    def _cursor(self, box: Box, *, high_uid: int, low_uid: int) -> folders.Cursor:
        here = box.folder
        return folders.Cursor(
            uidvalidity=here.uidvalidity or 0,
            high_uid=max(here.high_uid, high_uid),
            low_uid=min(low_uid, here.low_uid or low_uid),
            highestmodseq=here.highestmodseq,
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
        self, folder: Folder, rows: Iterable[FetchedHeaders]
    ) -> tuple[list[IncomingHeaders], list[tuple[int, str]]]:
        incoming, unread = [], []
        for row in rows:
            if folder.role is FolderRole.ARCHIVE and _DRAFT in row.flags:
                unread.append((row.uid, "It is a draft: it was not sent."))
                continue
            try:
                headers = parse_headers(row.raw, authserv_ids=self._authserv_ids)
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
                server_id=row.server_id,
            )
            incoming.append(IncomingHeaders(place=place, raw=row.raw, headers=headers))
        return incoming, unread
