"""Header blocks from the wire: every UID that was asked for comes, is gone, or has a reason."""

from collections.abc import Iterator, Sequence
from typing import Final

from storage.errors import ConnectionLostError, NotNowError, ServerError
from storage.mail import plan
from storage.mail.imap import Mailbox
from storage.records.remote import FetchedHeaders
from storage.rules.skipping import REFUSED as REFUSED  # noqa: PLC0414 - the folder asks again for these
from storage.sync.kit import Kit

MANY: Final = 5
_TOLD_OFTEN_ENOUGH: Final = 2
_LOST_TOO_OFTEN: Final = 5


class Headers:
    """Asks the selected folder."""

    def __init__(self, kit: Kit, mailbox: Mailbox) -> None:
        self._kit = kit
        self._mailbox = mailbox

    def of(
        self, folder_id: int, uids: Sequence[int]
    ) -> tuple[list[FetchedHeaders], list[tuple[int, str]]]:
        """Return what came, and the (UID, why) of what the server has but does not give.

        Raises:
            ServerError: it gives nothing at all: that is about the server, not the mails.
        """
        rows: list[FetchedHeaders] = []
        refused: list[tuple[int, str]] = []
        for some in self._cautious(folder_id, uids):
            came, said = self._asked(folder_id, some)
            rows += came
            lost = sorted(set(some) - {row.uid for row in came})
            if not lost:
                continue
            still_there = set(self._mailbox.uids(lost[0], lost[-1])) & set(lost)
            for uid in sorted(still_there):
                again, said = self._asked(folder_id, [uid]) if len(some) > 1 else ([], said)
                rows += again
                if not again:
                    refused.append((uid, f"{REFUSED}: {said or 'it does not say why'}"))
                if not rows and len(refused) == MANY:
                    self._judge(folder_id, refused)
        return rows, refused

    def _judge(self, folder_id: int, refused: Sequence[tuple[int, str]]) -> None:
        """Believe that so many mails in a row are unreadable only when it is said again."""
        names = [("refused", folder_id, uid) for uid, _ in refused]
        self._kit.suspects.update(names)
        if min(self._kit.suspects[name] for name in names) <= _TOLD_OFTEN_ENOUGH:
            raise ServerError("The server gives no headers at present.")

    def _cautious(self, folder_id: int, uids: Sequence[int]) -> Iterator[Sequence[int]]:
        """Yield `uids` in ever smaller groups once connections were lost over them."""
        kit, suspects = self._kit, self._kit.suspects
        lost = max(suspects["headers", folder_id, uid] for uid in uids)
        size = max(1, kit.pace.of(plan.WINDOW) >> (3 * max(0, lost - 1)))
        for start in range(0, len(uids), size):
            yield uids[start : start + size]

    def _asked(self, folder_id: int, uids: Sequence[int]) -> tuple[list[FetchedHeaders], str]:
        kit = self._kit
        names = [("headers", folder_id, uid) for uid in uids]
        if len(uids) == 1 and kit.suspects[names[0]] >= _LOST_TOO_OFTEN:
            return [], "The connection is lost whenever it is asked for."
        try:
            with kit.stop.within(kit.command_seconds):
                rows = list(self._mailbox.fetch_headers(uids))
        except ConnectionLostError:
            kit.suspects.update(names)
            raise
        except NotNowError:
            raise
        except ServerError as error:
            return [], str(error)
        for name in names:
            kit.suspects.pop(name, None)
        kit.pace.went_well()
        return rows, ""
