"""Sent: one copy of what left, and the mark on what it answers."""

import time
from collections.abc import Iterable
from typing import Final

from storage import local
from storage.errors import ConnectionLostError, NotNowError, ServerError
from storage.intake import folders
from storage.mail import plan
from storage.mail.folders import named
from storage.mail.headers import parse_headers
from storage.mail.imap import Mailbox
from storage.queries import outbox as queries
from storage.queries import sync as sync_queries
from storage.records.local import OutboxMoved
from storage.records.words import FolderRole, OutboxState
from storage.sync.box import Box
from storage.sync.inbound import Inbound
from storage.sync.kit import Kit
from storage.sync.watched import Watched

_SEEN: Final = "\\Seen"
_ANSWERED: Final = "\\Answered"
_LOOKED_FOR_MS: Final = 2 * 86_400_000


class Filing:
    """The Sent folder of one session."""

    def __init__(
        self, kit: Kit, mailbox: Mailbox, inbound: Inbound, *, watched: Watched, smtp_host: str
    ) -> None:
        self._kit = kit
        self._mailbox = mailbox
        self._inbound = inbound
        self._watched = watched
        self._files_itself = mailbox.profile.files_sent(smtp_host=smtp_host)

    def is_filed(self, message_id: str) -> bool:
        """Return whether a copy lies in Sent, as far as the desk or the server knows."""
        if self._kit.desk.hot(queries.filed_in_sent(message_id)):
            return True
        box = self._box()
        if box is None:
            return False
        self._inbound.open(box)
        return bool(self._mailbox.search_message_id(message_id))

    def file(self, message_id: str, raw: bytes) -> None:
        """Put a copy into Sent, unless one is there or the provider does it itself.

        Raises:
            ServerError: it takes none.
            ConnectionLostError: it may be there or not.
        """
        if self._files_itself or self.is_filed(message_id):
            return
        box = self._box() or self._made()
        moment = parse_headers(raw).date
        if moment is None:
            raise ServerError("The mail has no date.")
        self._mailbox.append(box.folder.name, raw, flags=[_SEEN], date=moment)
        self._inbound.open(box)

    def tell_of_missing(self) -> None:
        """Say so where the provider kept no copy of what it sent; a second one is not made.

        It may come minutes later, and then two would lie there.
        """
        if not self._files_itself:
            return
        kit, now = self._kit, time.monotonic()
        missing = kit.desk.hot(queries.unfiled(kit.desk.now_ms() - _LOOKED_FOR_MS))
        for outbox_id, ticket_uid, message_id in missing:
            since = kit.unfiled.setdefault(outbox_id, now)
            if now - since < kit.filing_seconds or self.is_filed(message_id):
                continue
            told = f"It was sent, but {self._mailbox.profile.name} keeps no copy of it in Sent."
            moved = OutboxMoved(
                id=outbox_id, ticket_uid=ticket_uid, state=OutboxState.SENT, error=told
            )
            with kit.writing() as conn:
                local.note_touched(conn, local.write(conn, moved))
            kit.log(f"reply {outbox_id}: sent, but no copy is in Sent")

    def mark_answered(self, message_ids: Iterable[str]) -> bool:
        """Set the mark on what was answered; where that is refused, nothing is lost.

        Returns:
            False: the server has given the mails of a folder new numbers meanwhile.
        """
        is_done = True
        try:
            for message_id in message_ids:
                for place in self._kit.desk.hot(queries.places_of(message_id)):
                    is_done &= self._mark(*place)
        except (ConnectionLostError, NotNowError):
            raise
        except ServerError:
            self._kit.log("the server does not let us mark a mail as answered")
        finally:
            self._inbound.left_open(None)
        return is_done

    def _mark(self, folder_id: int, name: str, uid: int, flags: str) -> bool:
        """Set the mark; return False where the UID is another mail's by now."""
        if _ANSWERED in flags.split():
            return True
        said = self._mailbox.select(name, readonly=False)
        folder = self._kit.desk.hot(sync_queries.folder(folder_id))[0]
        if plan.opening(folder, said) is not plan.Opening.SAME:
            return False
        self._mailbox.add_flags([uid], [_ANSWERED])
        with self._kit.writing() as conn:
            folders.set_flags(conn, folder_id, {uid: {*flags.split(), _ANSWERED}})
        return True

    def _box(self) -> Box | None:
        boxes = self._inbound.boxes
        return next((box for box in boxes if box.folder.role is FolderRole.SENT), None)

    def _made(self) -> Box:
        """Make a Sent folder: nothing that could be one was found.

        Raises:
            ServerError: a person has to say which one it is.
        """
        if not self._watched.to_make:
            raise ServerError(self._watched.question)
        name = self._there() or self._create()
        with self._kit.writing() as conn:
            folders.watch(conn, name, FolderRole.SENT)
        known = self._kit.desk.hot(sync_queries.folders())
        box = Box(next(one for one in known if one.name == name))
        self._inbound.boxes.append(box)
        self._kit.log("a folder for sent mail was made")
        return box

    def _there(self) -> str:
        """Return the folder where somebody has made it since we looked."""
        found = named(self._mailbox.folders(), self._watched.to_make)
        return found.name if found else ""

    def _create(self) -> str:
        name = self._watched.to_make
        try:
            self._mailbox.create(name)
        except (ConnectionLostError, NotNowError):
            raise
        except ServerError:
            if made := self._there():
                return made
            # some servers have every folder below INBOX
            listed = self._mailbox.folders()
            delimiter = next((one.delimiter for one in listed if one.delimiter), ".")
            name = f"INBOX{delimiter}{name}"
            self._mailbox.create(name)
        return name
