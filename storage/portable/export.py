"""Everything on a desk into a folder, in formats that others read."""

import contextlib
import csv
import io
import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from storage.db.blobs import Blobs
from storage.mail import mbox
from storage.portable import rebuilt, told
from storage.portable.folder import OutFolder
from storage.portable.readme import README
from storage.queries import exports, hot
from storage.queries.exports import FileRow, MailRow
from storage.records.facts import Json
from storage.records.ids import SCRIPT_LENGTH
from storage.records.query import Runs
from storage.rules.fact_shapes import fits

FORMAT: Final = "rotadesk-export"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
MAILS: Final = "mail/mails.jsonl"
FACTS: Final = "facts.jsonl"
TICKETS: Final = "tickets.jsonl"
_UNREAD: Final = "facts-unread.jsonl"
_NOT_HERE: Final = "(The text of this mail was not on the desk when it was exported.)"


@dataclass(slots=True)
class Counts:
    """What was written."""

    mails: int = 0
    exact: int = 0
    "Of them byte for byte as they travelled."
    without_text: int = 0
    files: int = 0
    missing_files: int = 0
    "Not on this desk: they lie on the server only."
    tickets: int = 0
    facts: int = 0
    articles: int = 0


@dataclass(kw_only=True)
class Export:
    """One export of one desk; `run` sees one state of it all the time."""

    run: Runs
    blobs: Blobs
    out: OutFolder
    step: Callable[[], None]
    "Called after each mail."
    counts: Counts = field(default_factory=Counts)

    def mails(self) -> None:
        """Write every mail into the mbox of its year, and beside it what the desk knows of it."""
        about = self.out.file(MAILS)
        for one in exports.mails(self.run):
            files = self.run(exports.files(one.id))
            raw, is_exact = self._bytes(one, files)
            has_crlf = b"\r\n" in raw and raw.count(b"\n") == raw.count(b"\r\n")
            written = mbox.quoted(raw.replace(b"\r\n", b"\n") if has_crlf else raw)
            box = self.out.file(f"mail/{_year(one.arrival_ms)}.mbox")
            box.write(_postmark(one))
            at = box.size
            box.write(written)
            box.write(b"\n" if written.endswith(b"\n") else b"\n\n")
            where: dict[str, Json] = {"file": box.name, "at": at, "bytes": len(written)}
            where |= {"exact": is_exact, "crlf": has_crlf, "text": _beside(one)}
            about.write(told.line(_about(one, files) | where))
            self.counts.mails += 1
            self.counts.exact += is_exact
            self.counts.without_text += not one.has_body
            self._files(one, files)
            self.step()

    def tickets(self) -> None:
        """Write every ticket, for programs and for a spreadsheet."""
        lines, sheet = self.out.file(TICKETS), self.out.file("tickets.csv")
        sheet.write(b"\xef\xbb\xbf" + _csv(told.COLUMNS))  # without it Excel reads Latin-1
        for one in told.tickets(self.run):
            lines.write(told.line(one))
            sheet.write(_csv(told.cells(one)))
            self.counts.tickets += 1

    def facts(self) -> None:
        """Write every decision that was ever taken; what nobody here can read stands apart."""
        lines = self.out.file(FACTS)
        for one in exports.facts(self.run):
            if fits(one.fact):
                lines.write(told.line(told.fact(one)))
                self.counts.facts += 1
            else:
                self.out.file(_UNREAD).write(told.line(told.fact(one)))

    def work(self) -> None:
        """Write bugs, feature requests, settings, and what was being written."""
        for table, name in (
            ("bug", "bugs.jsonl"),
            ("feature", "features.jsonl"),
            ("draft", "drafts.jsonl"),
            ("outbox", "unsent.jsonl"),
        ):
            lines = self.out.file(name)
            for row in told.rows(self.run, table):
                lines.write(told.line(row))
        settings: dict[str, Json] = dict(sorted(self.run(hot.settings_rows())))
        self.out.file("settings.json").write(_pretty(settings))

    def articles(self, write: Callable[[Path], Iterable[Path]]) -> None:
        """Let `write` put the articles into a folder."""
        folder = self.out.path / "articles"
        folder.mkdir(mode=0o700)
        for path in write(folder):
            self.out.adopt(path)
            self.counts.articles += 1

    def finish(self, *, program: str, address: str) -> None:
        """Write what is what, and put the folder in its place."""
        self.out.file("README.txt").write(README.encode())
        self.out.done()
        sums: dict[str, Json] = {
            name: {"bytes": one.size, "sha256": one.sha256}
            for name, one in sorted(self.out.sums.items())
        }
        manifest: dict[str, Json] = {
            "format": FORMAT,
            "version": VERSION,
            "program": program,
            "exported_at": told.instant(datetime.now(UTC)),
            "address": address,
            "counts": {name: getattr(self.counts, name) for name in Counts.__slots__},
            "files": sums,
        }
        self.out.file(MANIFEST).write(_pretty(manifest))
        self.out.done()
        self.out.put_in_place()

    def _bytes(self, one: MailRow, files: Iterable[FileRow]) -> tuple[bytes, bool]:
        """Return the mail, and whether it is as it travelled."""
        if one.raw is not None:
            return zlib.decompress(one.raw), True
        parts = []
        for row in files:
            with contextlib.suppress(FileNotFoundError):  # put away, or never fetched
                if row.sha256:
                    content = self.blobs.path(row.sha256).read_bytes()
                    parts.append((row.filename, row.mime, row.cid, content))
        text = one.text if one.has_body else _NOT_HERE
        return rebuilt.whole(zlib.decompress(one.header), text, parts), False

    def _files(self, one: MailRow, files: Iterable[FileRow]) -> None:
        folder = f"files/{one.ticket[:SCRIPT_LENGTH] or 'no-ticket'}"
        for row in files:
            # an engine beside us may put a file away at any moment
            with contextlib.suppress(FileNotFoundError):
                if row.sha256:
                    self.out.copy(self.blobs.path(row.sha256), folder, row.filename)
                    self.counts.files += 1
                    continue
            self.counts.missing_files += 1


def _beside(one: MailRow) -> str | None:
    """Return a text that a rebuilt mail would not give back as it is; None for nearly all."""
    is_kept = one.text == one.text.strip("\n").rstrip() and "\r" not in one.text
    return None if one.raw is not None or is_kept else one.text


def _about(one: MailRow, files: Iterable[FileRow]) -> dict[str, Json]:
    return {
        "id": one.id,
        "key": one.key.hex(),
        "base": one.base_key.hex(),
        "content": one.content_hash.hex() if one.content_hash else None,
        "message_id": one.message_id,
        "ticket": one.ticket,
        "member": one.is_member,
        "ours": one.is_ours,
        "colleague": one.is_colleague,
        "auth": one.auth_passed,
        "proven": one.proven,
        "reported": one.reported_ids,
        "arrived_at": told.instant(hot.when(one.arrival_ms)),
        "size": one.size,
        "header": len(zlib.decompress(one.header)),
        "has_body": one.has_body,
        "hidden": one.hidden_text,
        "defects": one.defects,
        "files": [
            {
                "part": row.part,
                "filename": row.filename,
                "mime": row.mime,
                "size": row.size,
                "cid": row.cid,
                "sha256": row.sha256.hex() if row.sha256 else None,
            }
            for row in files
        ],
    }


def _year(ms: int) -> str:
    return f"{hot.when(ms).year:04d}"


def _postmark(one: MailRow) -> bytes:
    known = one.sender if one.sender.isascii() and one.sender.isprintable() else ""
    sender = known if known and " " not in known else "MAILER-DAEMON"
    return f"From {sender} {hot.when(one.arrival_ms):%a %b %d %H:%M:%S %Y}\n".encode()


def _csv(row: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(row)
    return text.getvalue().encode("utf-8", "replace")


def _pretty(record: dict[str, Json]) -> bytes:
    return json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
