"""Bodies: wished ones first, then the newest; large ones last, the largest on demand.

What a body holds is decided by `mail.parse` outside the write lock, and its files are
written there too: under the lock only rows are left to write.
"""

import time
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from storage.errors import ConnectionLostError, DeskError, NotNowError, ServerError
from storage.intake import bodies
from storage.mail import plan
from storage.mail.imap import Mailbox
from storage.mail.parse import parse_body
from storage.queries import sync as queries
from storage.queries.sync import WantedBody
from storage.records.mail import IncomingBody, ParsedBody
from storage.rules.quotes import snippet
from storage.sync.body_queue import BodyQueue, Share
from storage.sync.box import Box
from storage.sync.header_fetch import MANY
from storage.sync.inbound import Inbound
from storage.sync.kit import OUR_FAULT, VERSION, Kit

_MOST_AT_ONCE: Final = 50
_PATIENT_SECONDS: Final = 5.0
"A command that takes longer asks for less next time: news and wishes wait behind it."
_TOLD_OFTEN_ENOUGH: Final = 2
_COUNT_SECONDS: Final = 1.0
_FEWEST_BYTES: Final = 50_000
_LOST_TOO_OFTEN: Final = 3
_A_FAULT_OF_OURS: Final = 5
"So many mails that all fail alike are not to blame."
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
        self._bytes_at_once = plan.BATCH_BYTES
        self._counted_at = 0.0
        self._refused_in_a_row = 0

    def wished(self) -> bool:
        """Take in what somebody waits for; return whether there was anything."""
        wishes = list(self._wanted.wishes())
        for share in wishes:
            self._take(share)
        return bool(wishes)

    def next_batch(self) -> bool:
        """Take in the next bodies, newest first; return whether there were any."""
        pace = self._kit.pace
        found = self._wanted.next(
            most=pace.of(_MOST_AT_ONCE), most_bytes=pace.of(self._bytes_at_once)
        )
        if found is None:
            return False
        self._take(found)
        self._say_progress()
        return True

    def compare_copies(self) -> bool:
        """Take in bodies of copies that may be other mails; return whether there were any."""
        found = False
        for share in self._wanted.copies(most=_MOST_AT_ONCE):
            found = True
            self._compare(share)
        return found

    def give_up(self, message_ids: Sequence[int]) -> None:
        """Write that the text of these went with its mail."""
        gone = [
            IncomingBody(message_id=one, body=_nothing(_GONE), snippet="") for one in message_ids
        ]
        for at in plan.cut([0] * len(gone), most=self._kit.mails_at_once):
            self._write(gone[at.start : at.stop])

    def ask_again(self) -> bool:
        """Give what was refused another chance; return whether anything was."""
        return self._wanted.ask_again()

    def _say_progress(self) -> None:
        # counting costs as much as a batch: only when somebody could have read the last number
        if time.monotonic() - self._counted_at < _COUNT_SECONDS:
            return
        self._counted_at = time.monotonic()
        left, of = self._kit.desk.hot(queries.bodiless(plan.LARGEST_BODY))[0]
        self._kit.status.say("syncing", progress=f"texts {of - left:,} of {of:,}" if left else "")

    # -- from the wire

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
            for one in some:
                raw = texts.get(one.uid)
                if raw is None and len(some) > 1:
                    raw = self._asked(box, [one]).get(one.uid)
                if raw is not None:
                    self._kit.suspects.pop(("body", box.folder.id, one.uid), None)
                    self._refused_in_a_row = 0
                    self._kit.tally.bodies += 1
                    self._kit.tally.body_bytes += len(raw)
                    yield one, parse_body(self._header(one), raw)
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
        self._adapt(time.monotonic() - begun)
        kit.pace.went_well()
        return came

    def _adapt(self, seconds: float) -> None:
        if seconds > _PATIENT_SECONDS:
            self._bytes_at_once = max(_FEWEST_BYTES, self._bytes_at_once // 2)
        elif seconds < _PATIENT_SECONDS / 4:
            self._bytes_at_once = min(plan.BATCH_BYTES, self._bytes_at_once * 2)

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

    # -- onto the desk

    def _take(self, share: Share) -> None:
        incoming = []
        for one, body in self._fetched(share):
            if body is None:
                self._kit.log(
                    f"folder {share.box.folder.id}: the server does not give a mail's text"
                )
            else:
                self._kit.keep_files(body)
            stored = body or _nothing(_NEVER)
            incoming.append(
                IncomingBody(message_id=one.message_id, body=stored, snippet=snippet(stored.text))
            )
        sizes = [len(one.body.text) for one in incoming]
        for at in plan.cut(sizes, most=self._kit.mails_at_once):
            self._store(incoming[at.start : at.stop])

    def _store(self, incoming: Sequence[IncomingBody]) -> None:
        try:
            self._write(incoming)
        except DeskError:
            raise
        except Exception as error:  # noqa: BLE001 - a stranger's mail must not stop all others
            self._one_by_one(incoming, error)

    def _one_by_one(self, incoming: Sequence[IncomingBody], error: Exception) -> None:
        """Store what can be stored; the rest gets a body that says why it has none."""
        refused = []
        for one in incoming:
            try:
                self._write([one])
            except DeskError:
                raise
            except Exception:  # noqa: BLE001 - as above
                refused.append(one.message_id)
        if len(refused) == len(incoming) >= _A_FAULT_OF_OURS:
            raise error
        body = _nothing(f"{OUR_FAULT} ({type(error).__name__}, {VERSION}).")
        self._write([IncomingBody(message_id=one, body=body) for one in refused])
        self._kit.log(f"{len(refused)} texts could not be stored: {type(error).__name__}")

    def _write(self, incoming: Sequence[IncomingBody]) -> None:
        with self._kit.batch() as conn:
            bodies.bodies(conn, incoming, prove=self._kit.prove, blobs=self._kit.blobs)

    def _compare(self, share: Share) -> None:
        for one, body in self._fetched(share):
            if body is None:
                continue
            self._kit.keep_files(body)
            with self._kit.batch() as conn:
                bodies.compare(
                    conn,
                    share.box.folder.id,
                    one.uid,
                    body,
                    prove=self._kit.prove,
                    blobs=self._kit.blobs,
                )


def _nothing(why: str) -> ParsedBody:
    """Return the body of a mail that has none for us; the reason is shown with it."""
    return ParsedBody(
        text="",
        hidden_text=0,
        parts=(),
        content_hash=None,
        reported_ids=(),
        defects=(why,),
    )
