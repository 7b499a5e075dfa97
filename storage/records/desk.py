"""What the team shares about its desk, and what the engine says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Self

from storage.records.address import Address
from storage.records.hours import Hours, Target
from storage.records.words import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """What the team asks of a close beyond the invariant (a category and a KB link)."""

    needs_published: bool = False
    "gate.kb = 'published': a linked article must be live."
    needs_area: bool = False
    kb_hosts: frozenset[str] = frozenset()
    "Hosts whose http(s) pages count as KB links, subdomains included."

    def accepts_url(self, url: str) -> bool:
        from urllib.parse import urlsplit  # noqa: PLC0415 - 6 ms that most reads do not need

        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        return parts.scheme in {"http", "https"} and any(
            host == one or host.endswith("." + one) for one in self.kb_hosts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """The desk as the team set it up; every value is a fact of the entity 'desk'."""

    address: str = ""
    "What customers write to, lower case."
    aliases: frozenset[str] = frozenset()
    intake: tuple[str, ...] = ("INBOX",)
    sent: str = ""
    archive: str = ""
    "Empty: found by itself, where it is needed."
    reply_from: str = "written_to"
    "Or 'address': every reply leaves from the desk's own."
    archive_closed: bool = False
    "Mail of a ticket that is closed goes from intake to the archive."
    since: date | None = None
    "Day from which mail is work; None: everything."
    areas: tuple[str, ...] = ("general",)
    engineers: tuple[Address, ...] = ()
    category_names: tuple[tuple[Category, str], ...] = ()
    "What the team calls a category on the screen."
    categories_off: frozenset[Category] = frozenset()
    gate: GateSettings = field(default_factory=GateSettings)
    token_in_subject: bool = False
    authserv: tuple[str, ...] = ()
    "Names under which our own mail server writes Authentication-Results; empty: the provider's."
    hours: Hours = field(default_factory=Hours)
    targets: Mapping[str, Target] = field(default_factory=dict)
    "By priority or channel, where they differ from those every desk begins with."

    @property
    def own_addresses(self) -> frozenset[str]:
        return self.aliases | ({self.address} if self.address else frozenset())

    def own_form(self, email: str) -> str:
        """Return our address that `email` reaches; empty where it is somebody else's.

        What stands after a plus is whatever a stranger wrote there: 'support+x@' is
        'support@', unless the team has named the longer one itself.
        """
        if email in self.own_addresses:
            return email
        local, _, domain = email.rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return plain if plain in self.own_addresses else ""

    def is_own(self, email: str) -> bool:
        return bool(self.own_form(email))

    def is_of_team(self, email: str) -> bool:
        """Return whether it is ours or an engineer's."""
        return self.is_own(email) or email in self.team_addresses

    @property
    def team_addresses(self) -> frozenset[str]:
        return self.own_addresses | {one.email for one in self.engineers}

    @property
    def since_ms(self) -> int | None:
        """Start of `since` in UTC, milliseconds."""
        if self.since is None:
            return None
        return int(datetime.combine(self.since, time(), UTC).timestamp() * 1000)

    def name_of(self, email: str) -> str:
        """Return how an engineer is called; the address where no name is known."""
        return next((one.name for one in self.engineers if one.email == email and one.name), email)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """The engine's own row: written by it, read by the console."""

    pid: int = 0
    version: str = ""
    mode: str = "full"
    "'full' or 'readonly'."
    state: str = "off"
    "'off', 'connecting', 'syncing', 'idle', 'polling', 'waiting', 'stopped', 'silent'."
    since: datetime | None = None
    synced_at: datetime | None = None
    "When intake and Sent were last known to be complete."
    server_count: int = 0
    desk_count: int = 0
    skipped: int = 0
    error: str = ""
    "One sentence, made safe; empty while all is well."
    next_try: datetime | None = None
    question: str = ""
    "What only a person can decide about the mailbox; empty: nothing."
    junk: int = 0
    "Mails in the junk folder, which nobody reads here."
    progress: str = ""
    "'headers 4,200 of 20,000'; empty when nothing is under way."
    texts_missing: int = 0
    "Mails whose text is still to come by itself."
    files_missing: int = 0
    "Large mails and files that are on the server only, until somebody asks for them."
    bytes_missing: int = 0
    back_ms: int = 0
    "When the server was last reached again after a long time; the numbers tell what happened then."
    back_sent: int = 0
    back_held: int = 0
    back_failed: int = 0
    back_came: int = 0
    connections: int = 0
    "To the mailbox."

    @property
    def is_connected(self) -> bool:
        return self.state in {"syncing", "idle", "polling"}

    @classmethod
    def off(cls) -> Self:
        return cls()

    def ended(self, last_seen: datetime | None) -> Self:
        """Return what is so once its process lives no more; the last error stays."""
        took_leave = self.state in {"off", "stopped"}
        return replace(
            self,
            pid=0,
            state="off",
            since=self.since if took_leave else last_seen,
            next_try=None,
            progress="",
            connections=0,
        )
