"""What a server says of the selected folder without being asked, after whichever command.

Nothing of it may get lost: a client that heard removals only when it opened a folder has
lost mail.
"""

from typing import Final

from storage.mail.imap_reply import count, uid_ranges
from storage.mail.imap_rows import FetchRow
from storage.records.remote import News, Ranges

_EARLIER: Final = b"(EARLIER) "
_MOST: Final = 250_000


class Gathered:
    """What was said of the folder since it was opened, or since somebody took it."""

    def __init__(self) -> None:
        self.exists = 0
        "Messages in the folder, as last said."
        self.has_news = False
        "Something came, went or was marked since it was last set to False."
        self._vanished: list[tuple[int, int]] = []
        self._flags: dict[int, frozenset[str]] = {}
        self._is_vague = False

    def take(self) -> News:
        """Return what there is and forget it."""
        news = News(vanished=tuple(self._vanished), flags=self._flags, is_vague=self._is_vague)
        self._vanished, self._flags, self._is_vague = [], {}, False
        return news

    def hear(self, kind: str, said: bytes) -> None:
        if kind == "EXISTS":
            before, self.exists = self.exists, int(said)
            self.has_news |= self.exists != before
        elif kind == "EXPUNGE":
            self.exists = max(0, self.exists - 1)
            self.has_news = self._is_vague = True
        elif kind == "VANISHED":
            self._vanish(said)
        elif kind == "CLOSED":
            # what was said up to here is about the folder before
            self.take()

    def hear_row(self, row: FetchRow | None) -> None:
        if row is not None and row.flags is None:
            return  # the answer to a change of our own
        self.has_news = True
        if row is None or row.flags is None or len(self._flags) >= _MOST:
            self._is_vague = True
        else:
            self._flags[row.uid] = row.flags

    def _vanish(self, said: bytes) -> None:
        self.has_news = True
        is_earlier = said.upper().startswith(_EARLIER)
        ranges: Ranges = uid_ranges(said[len(_EARLIER) :] if is_earlier else said)
        if not is_earlier:
            self.exists = max(0, self.exists - count(ranges))
        if len(self._vanished) >= _MOST:
            self._is_vague = True
        else:
            self._vanished += ranges
