"""Reading the selected folder: which mails there are, what changed, what they say."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from storage.errors import ServerError
from storage.mail import imap_reply
from storage.mail.imap_rows import FetchRow, NotImapError
from storage.mail.imap_session import Session
from storage.records.remote import FetchedHeaders, FetchedText, News

HEADER_WINDOW: Final = 500
TEXT_WINDOW: Final = 200
_SEARCH_WINDOW: Final = 100_000
_TEXT: Final = "(UID BODY.PEEK[TEXT])"


class Reading(Session):
    """What a folder holds. What the server says besides is kept as news."""

    def uids(self, first: int, last: int) -> list[int]:
        """Return the UIDs from `first` to `last` that are in the folder, ascending.

        No answer holds more than 100,000: some clients and servers break on longer lines.
        """
        is_large = self._wire.news.exists > _SEARCH_WINDOW
        step = _SEARCH_WINDOW if is_large else last - first + 1
        found: set[int] = set()
        for low in range(first, last + 1, max(step, 1)):
            high = min(low + step - 1, last)
            with self._mapped():
                found.update(self._found(low, high))
        return sorted(found)

    def last_uid(self) -> int:
        """Return the highest UID in the folder; 0 where it is empty."""
        if not self._wire.news.exists:
            return 0
        with self._mapped():
            rows = self._wire.uid_rows("SEARCH", "UID", "*", key="SEARCH")
            return max(imap_reply.search_uids(rows), default=0)

    def fetch_headers(self, uids: Iterable[int]) -> Iterator[FetchedHeaders]:
        """Yield header blocks, as the server orders them; what is gone is left out.

        They come as the server sends them: who stops before the end loses the connection.
        So with all that is fetched here.
        """
        its_id = " X-GM-MSGID" if "X-GM-EXT-1" in self.capabilities else ""
        wanted = f"(UID FLAGS INTERNALDATE RFC822.SIZE{its_id} BODY.PEEK[HEADER])"
        for row in self._fetch(uids, wanted, needs="HEADER", at_once=HEADER_WINDOW):
            yield FetchedHeaders(
                uid=row.uid,
                flags=row.flags or frozenset(),
                internal_date=row.arrived_at or datetime.now(UTC),
                size=row.size or 0,
                server_id=row.server_id,
                raw=row.parts["HEADER"],
            )

    def fetch_text(self, uids: Iterable[int]) -> Iterator[FetchedText]:
        """Yield what follows the header blocks; header and text are the mail, byte for byte."""
        for row in self._fetch(uids, _TEXT, needs="TEXT", at_once=TEXT_WINDOW):
            yield FetchedText(uid=row.uid, raw=row.parts["TEXT"])

    def expect_text(self, uids: Iterable[int]) -> None:
        """Ask a server that is far for what `fetch_text` will be called with next.

        Any other command waits for the answer: do not expect much on a slow line.
        """
        if self.is_far and (some := next(imap_reply.windows(uids, TEXT_WINDOW), None)):
            with self._mapped():
                self._wire.send_ahead(some, _TEXT, needs="TEXT")

    def fetch_piece(self, uid: int, *, offset: int, size: int) -> bytes:
        """Return `size` bytes of what `fetch_text` gives, from `offset` on; fewer at its end.

        Raises:
            ServerError: the mail is gone.
        """
        wanted = f"(UID BODY.PEEK[TEXT]<{offset}.{size}>)"
        rows = list(self._fetch([uid], wanted, needs="TEXT", at_once=1))
        if not rows:
            raise ServerError(f"{self._name} does not give the mail: it is gone.")
        return rows[0].parts["TEXT"][:size]

    def fetch_flags(self, uids: Iterable[int]) -> dict[int, frozenset[str]]:
        rows = self._fetch(uids, "(UID FLAGS)", needs="FLAGS", at_once=_SEARCH_WINDOW)
        return {row.uid: row.flags for row in rows if row.flags is not None}

    def changed_since(self, modseq: int, *, upto: int) -> News:
        """Return the flags of mails up to a UID that were marked since; for CONDSTORE."""
        news = self._wire.news
        exists, had_news = news.exists, news.has_news
        with self._mapped():
            self._wire.uid_rows(
                "FETCH", f"1:{upto}", "(UID FLAGS)", f"(CHANGEDSINCE {modseq})", key="FETCH"
            )
        told = self.take_news()
        # what was asked for is no news, whatever came with it is
        has_more = told.is_vague or bool(told.vanished) or news.exists != exists
        news.has_news = had_news or has_more
        return told

    def take_news(self) -> News:
        """Return what the server said besides its answers, and forget it."""
        return self._wire.news.take()

    def search_message_id(self, message_id: str) -> list[int]:
        """Return the UIDs of mails whose Message-ID holds `message_id` (no angle brackets)."""
        if not message_id or not message_id.isascii() or not message_id.isprintable():
            return []
        words = message_id.replace("\\", "\\\\").replace('"', '\\"')
        with self._mapped():
            rows = self._wire.uid_rows("SEARCH", "HEADER", "Message-ID", f'"{words}"', key="SEARCH")
            return sorted(set(imap_reply.search_uids(rows)))

    def _found(self, low: int, high: int) -> Iterable[int]:
        if "ESEARCH" not in self.capabilities:
            rows = self._wire.uid_rows("SEARCH", "UID", f"{low}:{high}", key="SEARCH")
            return [one for one in imap_reply.search_uids(rows) if low <= one <= high]
        words = ("RETURN", "(ALL)", "UID", f"{low}:{high}")
        ranges = imap_reply.found_uids(self._wire.uid_rows("SEARCH", *words, key="ESEARCH"))
        if ranges is None:
            self.distrust("ESEARCH")
            return self._found(low, high)
        clipped = imap_reply.clipped(ranges, low, high)
        if imap_reply.count(clipped) > 2 * _SEARCH_WINDOW:
            raise NotImapError("ESEARCH")
        return imap_reply.each(clipped)

    def _fetch(
        self, uids: Iterable[int], wanted: str, *, needs: str, at_once: int
    ) -> Iterator[FetchRow]:
        try:
            with self._mapped():
                yield from self._wire.rows(imap_reply.windows(uids, at_once), wanted, needs=needs)
        except GeneratorExit:
            # the rest of the answer would be taken for that of the next command
            self._die()
            raise
