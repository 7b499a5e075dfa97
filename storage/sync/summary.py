"""What a run of the engine did, for `sync --once`."""

from collections.abc import Iterable
from dataclasses import dataclass

from storage.errors import ServerError
from storage.queries import sync as queries
from storage.records.mail import Folder
from storage.records.words import FolderRole
from storage.rules.safe_text import one_line
from storage.store import Desk
from storage.sync.kit import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSummary:
    name: str
    role: FolderRole
    server: int
    imported: int
    skipped: int
    skipped_why: tuple[str, ...]
    uidvalidity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    folders: tuple[FolderSummary, ...]
    fetched_headers: int
    fetched_bodies: int
    body_bytes: int
    sent: int
    failed: int
    held: int
    seconds: float


class GaveUpError(ServerError):
    """A run ended before everything was done; what was done stays done."""

    def __init__(self, message: str, summary: Summary, *, code: str = "server") -> None:
        super().__init__(message)
        self.summary = summary
        self.code = code


def summarize(desk: Desk, folders: Iterable[Folder], tally: Tally, *, seconds: float) -> Summary:
    return Summary(
        folders=tuple(_folder(desk, one) for one in folders),
        fetched_headers=tally.headers,
        fetched_bodies=tally.bodies,
        body_bytes=tally.body_bytes,
        sent=tally.sent,
        failed=tally.failed,
        held=tally.held,
        seconds=round(seconds, 3),
    )


def _folder(desk: Desk, folder: Folder) -> FolderSummary:
    places, skipped = desk.hot(queries.counts(folder.id))[0]
    return FolderSummary(
        name=one_line(folder.name),
        role=folder.role,
        server=folder.server_count,
        imported=places,
        skipped=skipped,
        skipped_why=tuple(desk.hot(queries.skipped_why(folder.id))),
        uidvalidity=folder.uidvalidity,
    )
