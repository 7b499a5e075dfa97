"""Mails out of files onto the desk, in bounded batches, without any consequence.

Nothing is sent, nobody is told, no target counts from before today, and a decision that
stands is not undone by a mail that is older than it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from storage import journal
from storage.changes.base import Change
from storage.changes.imported import EndImported, ImportTickets, LabelTickets, RememberMails
from storage.db.blobs import Blobs
from storage.db.engine import Transaction, fetch
from storage.errors import DeskUnavailableError
from storage.intake.imported import Arrived, FileMail, imported
from storage.mail.headers import parse_headers
from storage.mail.parse import parse_body, parse_mail
from storage.portable import rebuilt
from storage.queries import imports, named
from storage.queries import tickets as ticket_queries
from storage.records.desk import DeskSettings
from storage.records.ids import MessageKey, TicketId
from storage.records.mail import ParsedBody, ParsedHeaders, ParsedMail
from storage.store import Desk

BATCH_MAILS: Final = 100
BATCH_BYTES: Final = 2_000_000
_SLICE: Final = 500
_REBUILT: Final = "It comes from an export, put together again; the mail server has the original."


@dataclass(frozen=True, slots=True)
class RawMail:
    """A mail out of a file, not yet read."""

    raw: bytes
    "With CRLF."
    is_in_sent: bool = False
    "It lay among what was sent."
    tags: tuple[str, ...] = ()
    "For the ticket that it comes to be on."
    is_open: bool = False
    "Its ticket is work, where others are history."


@dataclass(slots=True)
class Tally:
    """What an import did so far."""

    mails: int = 0
    new: int = 0
    "Not here before, or here without their text."
    tickets: dict[TicketId, None] = field(default_factory=dict)
    "That changed, in the order in which they did."


@dataclass(kw_only=True)
class Intake:
    """One import onto one desk."""

    desk: Desk
    actor: str
    prove: Callable[[str], bool]
    is_history: bool = False
    "Its tickets end as imported: no work, but searchable."
    tally: Tally = field(default_factory=Tally)
    _met: dict[TicketId, None] = field(default_factory=dict)
    _open: set[MessageKey] = field(default_factory=set)

    def take(self, batch: Sequence[RawMail]) -> None:
        """Take in some mails in one transaction.

        Raises:
            DeskUnavailableError: the disk takes no more.
        """
        self.tally.mails += len(batch)
        settings = self.desk.read(ticket_queries.settings)
        heads = [parse_headers(one.raw) for one in batch]
        self._open |= {head.key for one, head in zip(batch, heads, strict=True) if one.is_open}
        fresh = list(self._unknown(batch, heads, settings))
        if fresh:
            self._keep_files([one.mail.body for one in fresh])
            with self.desk.writing() as conn:
                self._store(conn, fresh)
        self._tag(batch, heads)

    def finish(self) -> None:
        """End what came in as history; also what an interrupted run had left."""
        open_ones = set(self.desk.read(imports.tickets_of, self._open))
        met = [uid for uid in self._met if uid not in open_ones] if self.is_history else []
        for at in range(0, len(met), _SLICE):
            ended = EndImported(tickets=tuple(met[at : at + _SLICE]))
            with self.desk.writing() as conn:
                self._decide(conn, ended)

    def _tag(self, batch: Sequence[RawMail], heads: Sequence[ParsedHeaders]) -> None:
        wanted: dict[MessageKey, set[str]] = {}
        for one, head in zip(batch, heads, strict=True):
            if one.tags:
                wanted.setdefault(head.key, set()).update(one.tags)
        if missing := self.desk.read(imports.tags_missing, wanted) if wanted else []:
            with self.desk.writing() as conn:
                self._decide(conn, LabelTickets(tags=tuple(missing)))

    def _unknown(
        self, batch: Sequence[RawMail], heads: Sequence[ParsedHeaders], settings: DeskSettings
    ) -> Iterator[FileMail]:
        """Yield, parsed, what is not on the desk byte for byte."""
        keys = [head.key for head in heads]
        here = self.desk.read(imports.kept_sources, keys)
        if self.is_history:
            self._met.update(dict.fromkeys(self.desk.read(imports.tickets_of, keys)))
        for one, head in zip(batch, heads, strict=True):
            is_sent = _is_ours(one, head, settings)
            if is_sent or one.raw not in here.get(head.key, ()):
                yield _read(one.raw, head, arrived_at=self._at(head), is_sent=is_sent)

    def _at(self, head: ParsedHeaders) -> datetime:
        # a date to come would keep the mail at the top of every list
        now = datetime.fromtimestamp(self.desk.now_ms() / 1000, UTC)
        return min(head.date, now) if head.date else now

    def _store(self, conn: Transaction, fresh: Sequence[FileMail]) -> None:
        last = fetch(conn, named.last_ticket())[0]
        arrived, woken = self._arrived(conn, fresh)
        if woken:
            self._decide(conn, *woken)
            arrived, _ = self._arrived(conn, fresh, is_final=True)
        begun = [TicketId(uid) for uid in fetch(conn, named.tickets_after(last))]
        changes: list[Change] = []
        if begun:
            changes.append(ImportTickets(tickets=tuple(begun), at_ms=self.desk.now_ms()))
        earlier = set(arrived.touched.tickets) - set(begun)
        changes += [
            ImportTickets(tickets=(uid,), at_ms=at_ms)
            for uid, at_ms in imports.begun_before(conn, earlier, arrived.keys)
        ]
        self._decide(conn, *changes)
        self.tally.new += len(arrived.keys)
        touched = dict.fromkeys(TicketId(uid) for uid in sorted(arrived.touched.tickets))
        self.tally.tickets.update(touched)
        self._met.update(touched)

    def _arrived(
        self, conn: Transaction, fresh: Sequence[FileMail], *, is_final: bool = False
    ) -> tuple[Arrived, list[RememberMails]]:
        """Bring the mails in; undo it where they would wake what was decided, and say what.

        What they tell must be known before they come: a ticket that has woken is open, and
        whoever ends it again does it today.
        """
        trial = conn.begin_nested()
        arrived = imported(conn, fresh, prove=self.prove, blobs=Blobs(self.desk.folder))
        woken = imports.reopened(
            conn, arrived.touched.tickets, arrived.keys, whenever=self.is_history
        )
        if is_final or not woken:
            trial.commit()
            return arrived, []
        trial.rollback()
        return arrived, [RememberMails(ticket_id=uid, seen=tuple(seen)) for uid, seen in woken]

    def _decide(self, conn: Transaction, *changes: Change) -> None:
        # no step for undo: mail that came in is no decision of mine
        if changes:
            journal.commit(conn, changes, actor=self.actor, now_ms=self.desk.now_ms())

    def _keep_files(self, bodies: Iterable[ParsedBody]) -> None:
        """Write attachments before the lock is taken: each waits for the disk."""
        blobs = Blobs(self.desk.folder)
        try:
            for part in (part for body in bodies for part in body.parts):
                if part.content is not None:
                    blobs.put(part.content)
        except OSError as error:
            told = f"A file of a mail could not be written: {error.strerror}."
            raise DeskUnavailableError(told) from error


def batches(mails: Iterable[RawMail]) -> Iterator[list[RawMail]]:
    """Yield the mails in batches that one transaction can hold."""
    batch: list[RawMail] = []
    size = 0
    for one in mails:
        batch.append(one)
        size += len(one.raw)
        if len(batch) >= BATCH_MAILS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def unknown(desk: Desk, batch: Sequence[RawMail], before: set[MessageKey]) -> int:
    """Return how many of the mails have headers that are new, and add them to `before`."""
    keys = {parse_headers(one.raw).key for one in batch} - before
    before |= keys
    return len(keys - desk.read(imports.known, keys))


def _read(raw: bytes, head: ParsedHeaders, *, arrived_at: datetime, is_sent: bool) -> FileMail:
    block, gap, text = raw.partition(b"\r\n\r\n")
    # the header block is read already, unless nobody can say where it ends
    body = parse_body(block + gap, text) if gap else parse_mail(raw).body
    mail = ParsedMail(headers=head, body=body)
    header = rebuilt.header_of(raw)
    if header is not None:
        # its own content is not known: when the server gives the original, that one counts
        body = replace(mail.body, content_hash=None, defects=(*mail.body.defects, _REBUILT))
        mail = ParsedMail(headers=parse_headers(header), body=body)
    return FileMail(raw=raw, mail=mail, arrived_at=arrived_at, is_sent=is_sent, header=header)


def _is_ours(one: RawMail, head: ParsedHeaders, settings: DeskSettings) -> bool:
    """Return whether we sent it: it lay in Sent, and is not what somebody sent to us."""
    if not one.is_in_sent:
        return False
    to_us = any(settings.is_own(to.email) for to in (*head.to, *head.cc))
    return settings.is_of_team(head.sender.email) or not to_us
