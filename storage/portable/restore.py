"""An export back into a desk that is empty: the same mails, decisions, tickets.

All of it is looked at before the first row is written. Decisions come in as a colleague's do,
so the gate holds: a closed ticket without category and link is an open one. A run that was
interrupted is simply repeated.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, TypeVar

from storage import journal
from storage.db.blobs import Blobs
from storage.errors import DeskUnavailableError, RuleBrokenError, UsageError
from storage.intake.restored import RestoredMail, restored
from storage.mail import mbox
from storage.mail.headers import parse_headers
from storage.mail.parse import parse_mail
from storage.portable import checked, rebuilt, told
from storage.portable.checked import Folder
from storage.portable.export import FACTS, MAILS, TICKETS
from storage.queries import imports
from storage.queries import tickets as ticket_queries
from storage.records import keys
from storage.records.facts import Fact, Json, Stamped
from storage.records.ids import MessageKey
from storage.records.mail import MailPart, ParsedBody
from storage.rules import fact_shapes
from storage.store import Desk

T = TypeVar("T")
_BATCH_FACTS: Final = 500
_BATCH_MAILS: Final = 100
_BATCH_BYTES: Final = 2_000_000
_TEN_YEARS_MS: Final = 10 * 365 * 86_400_000
"A clock may have gone wrong once; one that went farther would leave no number for the next decision."
_LONGEST_KEY: Final = 4_200
_ENTITY: Final = re.compile(
    r"desk|(?:ticket|bug|feature|article):[0-9A-HJKMNP-TV-Z]{16}|message:[0-9a-f]{32}"
)
_KIND: Final = re.compile(r"[a-z_]{1,40}(?:\.[a-z_]{1,40})?")
_OF_A_FACT: Final = frozenset({"id", "change", "kind", "actor", "entity", "key", "value"})
_OF_A_FILE: Final = frozenset({"part", "filename", "mime", "size", "cid", "sha256"})
_OF_A_MAIL: Final = frozenset(
    {
        *("id", "key", "base", "content", "message_id", "ticket", "member", "ours", "colleague"),
        *("auth", "proven", "reported", "arrived_at", "size", "header", "has_body", "hidden"),
        *("defects", "files", "file", "at", "bytes", "exact", "crlf", "text"),
    }
)


@dataclass(slots=True)
class Restored:
    """What came in."""

    mails: int = 0
    facts: int = 0
    is_same: bool = True
    "Every ticket is as the export tells it."


@dataclass(frozen=True, slots=True)
class _File:
    part: str
    filename: str
    mime: str
    size: int
    cid: str
    sha256: bytes | None


@dataclass(frozen=True, slots=True)
class _About:
    """A line of mails.jsonl that can be true."""

    id: int
    key: MessageKey
    base: MessageKey
    content: bytes | None
    is_ours: bool
    is_colleague: bool
    auth_passed: bool | None
    proven: tuple[str, ...]
    reported: tuple[str, ...]
    arrival_ms: int
    size: int
    header: int
    has_body: bool
    hidden: int
    defects: tuple[str, ...]
    files: tuple[_File, ...]
    file: str
    at: int
    bytes: int
    is_exact: bool
    has_crlf: bool
    text: str | None


@dataclass(kw_only=True)
class Restore:
    """One export onto one desk."""

    desk: Desk
    folder: Folder
    step: Callable[[int], None]
    "Told how many bytes were read, or mails stored."
    done: Restored = field(default_factory=Restored)

    def check(self) -> None:
        """Look at everything; write nothing.

        Raises:
            UsageError: something is not as an export is written.
            RuleBrokenError: the desk holds something else.
        """
        self.folder.verify(self.step)
        keys_there = {about.key for about in self._abouts()}
        stamps_there = {one.stamp for one in self._facts()}
        if self.desk.read(imports.foreign_keys, keys_there) or self.desk.read(
            imports.foreign_facts, stamps_there
        ):
            raise RuleBrokenError(
                "This desk is not empty: an export comes into an empty one. Name another with --desk."
            )
        here = self.desk.read(ticket_queries.settings).address
        if here and here != self.folder.address:
            raise RuleBrokenError(
                f"This desk is of {here}, the export of {self.folder.address}: name another with --desk."
            )

    def take(self) -> Restored:
        """Take in what has been looked at."""
        for is_desk in (True, False):  # first what decides how tickets are judged
            facts = (one for one in self._facts() if (one.fact.entity == keys.DESK) is is_desk)
            for batch in _cut(facts, lambda _: 0, most=_BATCH_FACTS):
                self._absorb(batch)
        for some in _cut(self._abouts(), lambda one: one.bytes, most=_BATCH_MAILS):
            self._store(some)
        self.done.is_same = self._is_same()
        return self.done

    def _absorb(self, batch: Sequence[Stamped]) -> None:
        with self.desk.writing() as conn:
            journal.absorb(conn, batch)
        self.done.facts += len(batch)

    def _store(self, batch: Sequence[_About]) -> None:
        blobs = Blobs(self.desk.folder)
        mails = [self._mail(one) for one in batch]
        try:
            for part in (part for one in mails if one.body for part in one.body.parts):
                if part.content is not None:
                    blobs.put(part.content)
        except OSError as error:
            told_why = f"A file of a mail could not be written: {error.strerror}."
            raise DeskUnavailableError(told_why) from error
        with self.desk.writing() as conn:
            restored(conn, mails, blobs=blobs)
        self.done.mails += len(mails)
        self.step(len(mails))

    def _mail(self, one: _About) -> RestoredMail:
        raw = self._bytes(one)
        header = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if one.is_exact else None
        if header is None:
            header = rebuilt.header_of(raw, one.header)
        if header is None:
            raise UsageError(f"{one.file} has at {one.at} no mail that rotadesk rebuilt.")
        body = _body(one, raw) if one.has_body else None
        return RestoredMail(
            id=one.id,
            key=one.key,
            base_key=one.base,
            headers=parse_headers(header),
            header=header,
            raw=raw if one.is_exact else None,
            body=body,
            is_ours=one.is_ours,
            is_colleague=one.is_colleague,
            auth_passed=one.auth_passed,
            proven=one.proven,
            arrival_ms=one.arrival_ms,
            size=one.size,
            defects=one.defects,
        )

    def _bytes(self, one: _About) -> bytes:
        with self.folder.open(one.file) as file:
            file.seek(one.at)
            raw = mbox.unquoted(file.read(one.bytes))
        return raw.replace(b"\n", b"\r\n") if one.has_crlf else raw

    def _abouts(self) -> Iterator[_About]:
        for number, record in self.folder.lines(MAILS):
            yield _about(record, f"{MAILS} line {number}")

    def _facts(self) -> Iterator[Stamped]:
        latest = self.desk.now_ms() + _TEN_YEARS_MS
        for number, record in self.folder.lines(FACTS):
            yield _fact(record, f"{FACTS} line {number}", latest_ms=latest)

    def _is_same(self) -> bool:
        """Compare the tickets that this desk makes of it with those that the other one had."""
        ours, theirs = sha256(), sha256()
        for one in told.tickets(self.desk.hot):
            ours.update(told.line(one))
        with self.folder.open(TICKETS) as file:
            while piece := file.read(1 << 20):
                theirs.update(piece)
        return ours.digest() == theirs.digest()


def _body(one: _About, raw: bytes) -> ParsedBody:
    body = parse_mail(raw).body
    if one.content is None:
        parts: tuple[MailPart, ...] = ()
        return replace(body, text="", parts=parts, content_hash=None, defects=())
    if not one.is_exact:
        body = replace(
            body, text=body.text if one.text is None else one.text, parts=_parts(one, body)
        )
    return replace(
        body,
        content_hash=one.content,
        hidden_text=one.hidden,
        reported_ids=one.reported,
        defects=(),
    )


def _parts(one: _About, body: ParsedBody) -> tuple[MailPart, ...]:
    """Return the files as the other desk knew them; of some it had the name alone."""
    held = {
        sha256(part.content).digest(): part.content
        for part in body.parts
        if part.content is not None
    }
    return tuple(
        MailPart(
            part=row.part,
            filename=row.filename,
            mime=row.mime,
            size=row.size,
            cid=row.cid,
            content=held.get(row.sha256) if row.sha256 else None,
        )
        for row in one.files
    )


def _fact(record: dict[str, Json], what: str, *, latest_ms: int) -> Stamped:
    checked.only(record, _OF_A_FACT, what=what)
    stamp = checked.digest(record["id"], what=f"{what}: id", size=16)
    if int.from_bytes(stamp[:6], "big") > latest_ms:
        raise UsageError(f"This export cannot be taken in: {what} was decided in the future.")
    entity, kind = record["entity"], record["kind"]
    if not isinstance(entity, str) or not _ENTITY.fullmatch(entity):
        raise UsageError(f"This export cannot be taken in: {what} is about nothing that there is.")
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise UsageError(f"This export cannot be taken in: {what} is of no kind.")
    key = checked.text(record["key"], what=f"{what}: key", limit=_LONGEST_KEY)
    if key.startswith(keys.KB) and entity.startswith("ticket:"):
        checked.link(key.removeprefix(keys.KB), what=what)
    fact = Fact(entity, key, checked.plain(record["value"], what=f"{what}: value"))
    if not fact_shapes.fits(fact):
        raise UsageError(f"This export cannot be taken in: {what} says what no decision can.")
    return Stamped(
        stamp=stamp,
        change=checked.digest(record["change"], what=f"{what}: change", size=16),
        kind=kind,
        actor=checked.text(record["actor"], what=f"{what}: actor", limit=320).lower(),
        fact=fact,
    )


def _about(record: dict[str, Json], what: str) -> _About:
    checked.only(record, _OF_A_MAIL, what=what)
    content, auth, text = record["content"], record["auth"], record["text"]
    files = record["files"]
    if not isinstance(files, list):
        raise UsageError(f"This export cannot be taken in: {what} has no list of files.")
    return _About(
        id=checked.number(record["id"], what=f"{what}: id", least=1),
        key=MessageKey(checked.digest(record["key"], what=f"{what}: key", size=16)),
        base=MessageKey(checked.digest(record["base"], what=f"{what}: base", size=16)),
        content=None if content is None else checked.digest(content, what=what, size=32),
        is_ours=checked.flag(record["ours"], what=f"{what}: ours"),
        is_colleague=checked.flag(record["colleague"], what=f"{what}: colleague"),
        auth_passed=None if auth is None else checked.flag(auth, what=f"{what}: auth"),
        proven=checked.ids(record["proven"], what=f"{what}: proven"),
        reported=checked.ids(record["reported"], what=f"{what}: reported"),
        arrival_ms=checked.instant_ms(record["arrived_at"], what=f"{what}: arrived_at"),
        size=checked.number(record["size"], what=f"{what}: size"),
        header=checked.number(record["header"], what=f"{what}: header"),
        has_body=checked.flag(record["has_body"], what=f"{what}: has_body"),
        hidden=checked.number(record["hidden"], what=f"{what}: hidden"),
        defects=checked.texts(record["defects"], what=f"{what}: defects"),
        files=tuple(_file(one, what) for one in files),
        file=checked.box(record["file"], what=f"{what}: file"),
        at=checked.number(record["at"], what=f"{what}: at"),
        bytes=min(checked.number(record["bytes"], what=f"{what}: bytes"), 2 * mbox.LARGEST),
        is_exact=checked.flag(record["exact"], what=f"{what}: exact"),
        has_crlf=checked.flag(record["crlf"], what=f"{what}: crlf"),
        text=None if text is None else checked.letter(text, what=f"{what}: text"),
    )


def _file(record: Json, what: str) -> _File:
    what = f"{what}: files"
    if not isinstance(record, dict):
        raise UsageError(f"This export cannot be taken in: {what} holds something else.")
    checked.only(record, _OF_A_FILE, what=what)
    told_sum = record["sha256"]
    return _File(
        part=checked.text(record["part"], what=what, limit=100),
        filename=checked.name(record["filename"], what=what),
        mime=checked.text(record["mime"], what=what, limit=100),
        size=checked.number(record["size"], what=what),
        cid=checked.text(record["cid"], what=what, limit=300),
        sha256=None if told_sum is None else checked.digest(told_sum, what=what, size=32),
    )


def _cut(some: Iterator[T], size: Callable[[T], int], *, most: int) -> Iterator[list[T]]:
    batch: list[T] = []
    held = 0
    for one in some:
        batch.append(one)
        held += size(one)
        if len(batch) >= most or held >= _BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch
