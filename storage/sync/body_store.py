"""Bodies onto the desk: their files first, then rows, and no mail that stops the others."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from storage.errors import DeskError
from storage.intake import bodies
from storage.mail import plan
from storage.queries.sync import WantedBody
from storage.records.mail import IncomingBody, ParsedBody
from storage.rules.quotes import snippet
from storage.sync.kit import OUR_FAULT, VERSION, Kit

_FILES_AT_ONCE: Final = 4
"Each waits for the disk, and the disk writes several as fast as one."
_A_FAULT_OF_OURS: Final = 5
"So many mails that all fail alike are not to blame."


class BodyStore:
    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def take(self, read: Sequence[tuple[WantedBody, ParsedBody]]) -> None:
        """Store what was read: texts with their files, or the files alone that were put away."""
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
            kept = pool.map(self._kit.keep_files, [body for _, body in read if body.parts])
            incoming = [
                _incoming(one.message_id, body, size=one.size)
                for one, body in read
                if not one.has_body
            ]
            for _ in kept:
                pass
        for one, body in read:
            if one.has_body:
                self._files_back(one, body)
        sizes = [len(one.body.text) for one in incoming]
        for at in plan.cut(sizes, most=self._kit.mails_at_once):
            self._store(incoming[at.start : at.stop])

    def give_up(self, message_ids: Sequence[int], why: str) -> None:
        """Write that the text of these will not come."""
        nothing = [_incoming(one, without_text(why)) for one in message_ids]
        for at in plan.cut([0] * len(nothing), most=self._kit.mails_at_once):
            self._write(nothing[at.start : at.stop])

    def compare(self, folder_id: int, uid: int, body: ParsedBody) -> None:
        """Decide whose copy lies at a place."""
        self._kit.keep_files(body)
        with self._kit.batch() as conn:
            bodies.compare(conn, folder_id, uid, body, prove=self._kit.prove, blobs=self._kit.blobs)

    def _files_back(self, one: WantedBody, body: ParsedBody) -> None:
        with self._kit.batch() as conn:
            bodies.files_back(conn, one.message_id, body)

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
        self.give_up(refused, f"{OUR_FAULT} ({type(error).__name__}, {VERSION}).")
        self._kit.log(f"{len(refused)} texts could not be stored: {type(error).__name__}")

    def _write(self, incoming: Sequence[IncomingBody]) -> None:
        with self._kit.batch() as conn:
            bodies.bodies(conn, incoming, prove=self._kit.prove, blobs=self._kit.blobs)


def without_text(why: str) -> ParsedBody:
    """Return the body of a mail that has none for us; the reason is shown with it."""
    return ParsedBody(
        text="",
        hidden_text=0,
        parts=(),
        content_hash=None,
        reported_ids=(),
        defects=(why,),
    )


def _incoming(message_id: int, body: ParsedBody, *, size: int | None = None) -> IncomingBody:
    return IncomingBody(message_id=message_id, body=body, snippet=snippet(body.text), size=size)
