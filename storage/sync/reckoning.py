"""What the server counts and what the desk has: the line that both faces show."""

from collections.abc import Iterable
from datetime import UTC, datetime

from storage.errors import ConnectionLostError, NotNowError, ServerError
from storage.mail.imap import Mailbox
from storage.queries import sync as queries
from storage.sync.inbound import Inbound
from storage.sync.kit import Kit


class Reckoning:
    """The counts of one session's folders."""

    def __init__(self, kit: Kit, mailbox: Mailbox, inbound: Inbound, *, junk: str) -> None:
        self._kit = kit
        self._mailbox = mailbox
        self._inbound = inbound
        self._junk = junk
        self._in_junk = 0
        self._disagreed = 0
        self.complaint = ""
        "What did not fit together at the last look, for people."

    @property
    def trouble(self) -> str:
        """Return what does not fit together, once it has been found twice in a row."""
        return self.complaint if self._disagreed > 1 else ""

    @property
    def is_first_time(self) -> bool:
        """Return whether the numbers have disagreed once: all is compared at once then."""
        return self._disagreed == 1

    def judge(self, complaints: Iterable[str]) -> None:
        """Take over what a look has found; count what nobody reads here."""
        self.complaint = " ".join(one for one in complaints if one)
        self._disagreed = self._disagreed + 1 if self.complaint else 0
        if not self._junk:
            return
        try:
            self._in_junk = self._mailbox.status(self._junk).exists or 0
        except (ConnectionLostError, NotNowError):
            raise
        except ServerError:
            self._in_junk = 0

    def say(self, *, question: str) -> None:
        """Write the counts into the engine's row, with what only a person can decide."""
        kit, boxes = self._kit, self._inbound.boxes
        counts = [kit.desk.hot(queries.counts(box.folder.id))[0] for box in boxes]
        now = datetime.fromtimestamp(kit.desk.now_ms() // 1000, UTC)
        kit.status.say(
            server_count=sum(box.exists for box in boxes),
            desk_count=sum(places for places, _ in counts),
            skipped=sum(skipped for _, skipped in counts),
            junk=self._in_junk,
            question=question,
            synced_at=now if self._inbound.is_read else kit.status.now.synced_at,
        )
