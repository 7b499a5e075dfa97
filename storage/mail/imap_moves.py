"""Taking mails from folder to folder. Nothing here ever deletes what was not named."""

from collections.abc import Iterable
from typing import Final

from storage.errors import ServerError
from storage.mail import imap_reply
from storage.mail.imap_session import Session

_AT_ONCE: Final = 500


class Moves(Session):
    """Of the selected folder, which must not be open read-only."""

    def move(self, uids: Iterable[int], folder: str) -> dict[int, int] | None:
        """Move mails; return their new UIDs by the old ones, None where the server does not say.

        What is gone already is passed over. After a ConnectionLostError some may have been
        moved: look before trying again.

        Raises:
            ServerError: the server knows no MOVE, there is no such folder.
        """
        self._need("MOVE")
        return self._taken("MOVE", uids, folder)

    def copy(self, uids: Iterable[int], folder: str) -> dict[int, int] | None:
        """Copy mails; return what `move` returns."""
        return self._taken("COPY", uids, folder)

    def expunge(self, uids: Iterable[int]) -> None:
        """Remove these, as far as they are marked as deleted.

        Others that somebody has marked stay: there is no other expunge here.

        Raises:
            ServerError: the server knows no UID EXPUNGE.
        """
        self._need("UIDPLUS")
        for some in imap_reply.windows(uids, _AT_ONCE):
            with self._mapped():
                self._wire.uid_rows("EXPUNGE", imap_reply.uid_set(some), key="EXPUNGE")

    def _need(self, capability: str) -> None:
        if capability not in self.capabilities:
            raise ServerError(f"{self._name} does not offer {capability}.")

    def _taken(self, verb: str, uids: Iterable[int], folder: str) -> dict[int, int] | None:
        new: dict[int, int] = {}
        is_told = True
        for some in imap_reply.windows(uids, _AT_ONCE):
            with self._mapped():
                rows = self._wire.uid_rows(
                    verb, imap_reply.uid_set(some), imap_reply.quoted(folder), key="COPYUID"
                )
                pairs = imap_reply.copied_uids(rows)
            new |= {old: here for old, here in pairs.items() if old in some}
            is_told = is_told and bool(rows)
        return new if is_told else None
