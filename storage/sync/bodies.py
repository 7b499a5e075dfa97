"""Bodies: wished ones first, then the newest; large ones last, the largest on demand.

What a body holds is decided by `mail.parse` outside the write lock, and its files are
written there too: under the lock only rows are left to write.
"""

import time
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from storage.errors import ConnectionLostError, NotNowError, ServerError
from storage.mail.imap import Mailbox
from storage.mail.parse import parse_body
from storage.queries import sync as queries
from storage.queries.sync import WantedBody
from storage.records.mail import ParsedBody
from storage.rules.travelling import megabytes
from storage.sync.body_queue import BodyQueue, Share, is_large
from storage.sync.body_store import BodyStore, without_text
from storage.sync.box import Box
from storage.sync.header_fetch import MANY
from storage.sync.inbound import Inbound
from storage.sync.kit import Kit
from storage.sync.large import LargeTexts
from storage.sync.portion import MOST_AT_ONCE, Portion
from storage.sync.travelling import Luggage

_TOLD_OFTEN_ENOUGH: Final = 2
_LOST_TOO_OFTEN: Final = 3
_GONE: Final = "It left the mailbox before its text was read."
_NEVER: Final = "The server does not give its text."


class Bodies:
    """The bodies of one session's folders."""

    def __init__(
        self, kit: Kit, mailbox: Mailbox, inbound: Inbound, *, since_ms: int | None = None
    ) -> None:
        self._kit = kit
        self._mailbox = mailbox
        self._inbound = inbound
        self._wanted = BodyQueue(kit.desk, inbound, since_ms=since_ms or 0)
        self._large = LargeTexts(kit, mailbox, inbound)
        self._store = BodyStore(kit)
        self._under_way: Share | None = None
        "A large text that nobody waits for."
        self._portion = Portion(kit.pace)
        self._luggage = Luggage(kit)
        self._refused_in_a_row = 0

    @property
    def is_waiting(self) -> bool:
        """Whether a body that nobody wished for is known to be still to come."""
        return self._inbound.has_new_mail or self._wanted.has_more

    def wished(self) -> bool:
        """Take in what somebody waits for; return whether there was anything."""
        small = [one for one in self._wanted.wishes() if not is_large(one.wanted[0])]
        for share in small:
            self._take(share)
        return bool(small)

    def wished_piece(self) -> bool:
        """Take in a piece of a large text that somebody waits for; return whether there is one."""
        share = next(self._wanted.wishes(), None)
        if share is not None:
            self._take_piece(share)
            self._say_piece(share)
        return share is not None

    def next_batch(self) -> bool:
        """Take in the next bodies, newest first; return whether there were any."""
        begun = None if self._inbound.has_new_mail else self._under_way
        usual = begun or self._wanted.next(self._portion)
        share = usual or self._wanted.patient(self._portion)
        self._under_way = None
        if share is None:
            self._large.sweep()
            self._luggage.count(again=True)
            return False
        if not is_large(share.wanted[0]):
            self._take(share)
        elif not self._take_piece(share):
            self._under_way = usual
        self._say_progress(is_asked_for=usual is None)
        return True

    def compare_copies(self) -> bool:
        """Take in bodies of copies that may be other mails; return whether there were any."""
        found = False
        for share in self._wanted.copies(most=MOST_AT_ONCE):
            found = True
            for one, body in self._fetched(share):
                if body is not None:
                    self._store.compare(share.box.folder.id, one.uid, body)
        return found

    def give_up(self, message_ids: Sequence[int]) -> None:
        """Write that the text of these went with its mail."""
        self._store.give_up(message_ids, _GONE)

    def ask_again(self) -> bool:
        """Give what was refused another chance; return whether anything was."""
        return self._wanted.ask_again()

    def _say_piece(self, share: Share) -> None:
        one = share.wanted[0]
        part = min(99, self._large.here * 100 // max(one.size, 1))
        self._kit.status.say("syncing", progress=f"a mail of {megabytes(one.size)}, {part} %")

    def _say_progress(self, *, is_asked_for: bool) -> None:
        before = self._luggage.missing
        left = self._luggage.count()
        if is_asked_for:
            coming = megabytes(left.size - self._large.here) if left.size else ""
            self._kit.status.say("syncing", progress=f"{coming} still to come" if coming else "")
        elif left is not before:
            (of,) = self._kit.desk.hot(queries.messages())
            progress = f"texts {of - left.texts:,} of {of:,}" if left.texts else ""
            self._kit.status.say("syncing", progress=progress)

    # -- whole

    def _take(self, share: Share) -> None:
        self._store.take([(one, body or self._never(share)) for one, body in self._fetched(share)])

    def _never(self, share: Share) -> ParsedBody:
        self._kit.log(f"folder {share.box.folder.id}: the server does not give a mail's text")
        return without_text(_NEVER)

    def _fetched(self, share: Share) -> Iterator[tuple[WantedBody, ParsedBody | None]]:
        """Yield each message with its body, None where there is no hope of one.

        What may come another time, or is gone, is left out; so is all under numbers that
        the server has given to other mails meanwhile.
        """
        box, wanted = share.box, share.wanted
        self._inbound.ensure_open(box)
        if share.is_stale:
            return
        suspects = self._kit.suspects
        is_risky = any(suspects["body", box.folder.id, one.uid] for one in wanted)
        for some in [[one] for one in wanted] if is_risky else [list(wanted)]:
            texts = self._asked(box, some)
            if not is_risky:
                self._look_ahead(box)
            for one in some:
                raw = texts.get(one.uid)
                if raw is None and len(some) > 1:
                    raw = self._asked(box, [one]).get(one.uid)
                if raw is not None:
                    self._kit.suspects.pop(("body", box.folder.id, one.uid), None)
                    self._refused_in_a_row = 0
                    self._kit.tally.bodies += 1
                    self._kit.tally.body_bytes += len(raw)
                    keep = self._kit.keep_pieces if one.has_body else None
                    yield one, parse_body(self._header(one), raw, keep=keep)
                elif self._is_hopeless(box, one):
                    yield one, None

    def _header(self, one: WantedBody) -> bytes:
        return zlib.decompress(self._kit.desk.hot(queries.header_block(one.message_id))[0])

    def _asked(self, box: Box, wanted: Sequence[WantedBody]) -> dict[int, bytes]:
        """Return what came, by UID; nothing where the server refuses."""
        kit = self._kit
        names = [("body", box.folder.id, one.uid) for one in wanted]
        if len(wanted) == 1 and kit.suspects[names[0]] >= _LOST_TOO_OFTEN:
            return {}
        begun = time.monotonic()
        try:
            with kit.stop.within(kit.command_seconds):
                texts = self._mailbox.fetch_text([one.uid for one in wanted])
                came = {one.uid: one.raw for one in texts}
        except ConnectionLostError:
            kit.suspects.update(names)
            raise
        except NotNowError:
            raise
        except ServerError:
            return {}
        self._portion.answered(seconds=time.monotonic() - begun)
        return came

    def _look_ahead(self, box: Box) -> None:
        """Let a server that is far send the next texts while these are read."""
        coming = self._wanted.following(box, self._portion)
        if not any(self._kit.suspects["body", box.folder.id, one.uid] for one in coming):
            self._mailbox.expect_text(one.uid for one in coming)

    def _is_hopeless(self, box: Box, one: WantedBody) -> bool:
        """Return whether a body that did not come never will; else it is passed over for now.

        A refusal may be about the moment; the second one, or the third lost connection, is
        about the message.
        """
        name = ("body", box.folder.id, one.uid)
        self._wanted.pass_over(box, one)
        if one.uid not in self._mailbox.uids(one.uid, one.uid):
            return False  # gone meanwhile; counting the folder tells
        self._kit.suspects[name] += 1
        self._refused_in_a_row += 1
        if self._refused_in_a_row == MANY and self._kit.suspects[name] <= _TOLD_OFTEN_ENOUGH:
            raise ServerError("The server gives no texts at present.")
        return self._kit.suspects[name] > 1

    # -- in pieces

    def _take_piece(self, share: Share) -> bool:
        """Fetch a piece of a large text, take it in once it is whole; return whether it ended."""
        one = share.wanted[0]
        self._inbound.ensure_open(share.box)
        if share.is_stale:
            return True
        try:
            text = self._large.next_piece(share)
        except (ConnectionLostError, NotNowError):
            raise
        except ServerError:
            if self._is_hopeless(share.box, one):
                self._store.take([(one, self._never(share))])
                self._large.forget(share)
            return True
        if text is None:
            return False
        self._kit.tally.bodies += 1
        body = parse_body(self._header(one), text, keep=self._kit.keep_pieces)
        self._store.take([(one, body)])
        self._large.forget(share)
        return True
