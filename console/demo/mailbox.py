"""The practice mailbox: pymap's in-memory folders, kept in a diary, served over IMAP.

What pymap 0.36 does wrongly or slowly for us is put right here and nowhere else:

- `UIDVALIDITY` and the first UID are new with every process: constants here, so that the
  mailbox resumes.
- IDLE waits for the next event and says nothing of a mail that came in since the last
  command: `PracticeFolder.update_selected` looks before it waits.
- A mail that is appended without a date gets local time without a zone: UTC here.
- A mail that has no empty line after its headers loses its last byte: it gets one.
- The greeting asks the system's resolver for this machine's name, which can take seconds.
- A password is hashed with 500,000 rounds in a thread, at the start and at every login.
- Nothing holds the task of a connection, so Python 3.13 may collect it: `connection` does.
- A command line longer than 64 KB ends the connection: the limit is raised.
- A response is sent in pieces of a few bytes, and IMAPClient's IDLE wants whole lines:
  `_WholeResponses` sends it at once.
- A fault inside a connection is printed as a traceback: here it is one line.
"""

import asyncio
import logging
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet, Message
from pymap.concurrent import Event as PymapEvent
from pymap.concurrent import Subsystem
from pymap.exceptions import NotSupportedError
from pymap.flags import FlagOp
from pymap.imap import IMAPServer
from pymap.interfaces.message import CachedMessage
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Flag
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from console.demo.kept import Added, Begun, Diary, Dropped, Event, Flagged, Made, Removed

FOLDERS = ("Sent", "Archive", "Junk")
_NOT_INTAKE = frozenset({"Sent", "Junk"})
UIDVALIDITY = 1_700_000_000
LINE_LIMIT = 4 * 1024 * 1024
"Bytes of one IMAP command line."

_log = logging.getLogger(__name__)


class PracticeFolder(MailboxData):
    """One folder; what changes in it is told to `keep`."""

    def __init__(self, owner: "PracticeMailbox", *, name: str) -> None:
        super().__init__(owner._content_cache, owner._thread_cache)  # noqa: SLF001 - as pymap's own set makes its folders
        self._name = name
        self._keep = owner.keep
        self._uid_validity = UIDVALIDITY
        self._max_uid = 0

    async def update_selected(
        self, selected: SelectedMailbox, *, wait_on: PymapEvent | None = None
    ) -> SelectedMailbox:
        if selected.mod_sequence != self._mod_sequences.highest:
            wait_on = None
        return await super().update_selected(selected, wait_on=wait_on)

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> Message:
        message = await super().append(
            AppendMessage(
                _with_a_body(bytes(append_msg.literal)),
                append_msg.when or datetime.now(UTC),
                append_msg.flag_set,
                append_msg.options,
            ),
            recent=recent,
        )
        self.keep_added(message.uid)
        return message

    async def copy(self, uid: int, destination: MailboxData, *, recent: bool = False) -> int | None:
        new_uid = await super().copy(uid, destination, recent=recent)
        if new_uid is not None and isinstance(destination, PracticeFolder):
            destination.keep_added(new_uid)
        return new_uid

    async def move(self, uid: int, destination: MailboxData, *, recent: bool = False) -> int | None:
        new_uid = await super().move(uid, destination, recent=recent)
        if new_uid is not None and isinstance(destination, PracticeFolder):
            destination.keep_added(new_uid)
            self._keep(Dropped(folder=self._name, uids=(uid,)))
        return new_uid

    async def update(
        self, uid: int, cached_msg: CachedMessage, flag_set: frozenset[Flag], mode: FlagOp
    ) -> Message:
        message = await super().update(uid, cached_msg, flag_set, mode)
        if not message.expunged:
            flags = _words(message.permanent_flags)
            self._keep(Flagged(folder=self._name, uid=uid, flags=flags))
        return message

    async def delete(self, uids: Iterable[int]) -> None:
        dropped = tuple(uids)
        await super().delete(dropped)
        if dropped:
            self._keep(Dropped(folder=self._name, uids=dropped))

    async def restore(self, event: Added | Flagged | Dropped) -> None:
        """Do again what was kept; the UID is the one it had."""
        match event:
            case Added():
                highest, self._max_uid = self._max_uid, event.uid - 1
                await self.append(AppendMessage(event.raw, event.at, _flags(event.flags)))
                self._max_uid = max(highest, event.uid)
            case Flagged():
                if event.uid in self._messages:
                    self._messages[event.uid].permanent_flags = _flags(event.flags)
            case Dropped():
                await self.delete(event.uids)

    def raws(self) -> list[bytes]:
        """Return the mails in the order of their UIDs."""
        return [bytes(one._content or b"") for _, one in sorted(self._messages.items())]  # noqa: SLF001 - pymap has no other way to them

    def keep_added(self, uid: int) -> None:
        message = self._messages[uid]
        self._keep(
            Added(
                folder=self._name,
                uid=uid,
                at=message.internal_date,
                flags=_words(message.permanent_flags),
                raw=bytes(message._content or b""),  # noqa: SLF001 - as above
            )
        )


class PracticeMailbox(MailboxSet):
    """All folders, as they were when the demo was last left."""

    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self.keep: Callable[[Event], None] = diary.keep
        self._inbox: PracticeFolder = PracticeFolder(self, name="INBOX")

    async def start(self, events: Iterable[Event]) -> None:
        """Make the folders and do again what was kept."""
        for name in FOLDERS:
            await super().add_mailbox(name)
            self._set[name] = PracticeFolder(self, name=name)
        for event in events:
            match event:
                case Made():
                    await self.add_mailbox(event.folder)
                case Removed():
                    await self.delete_mailbox(event.folder)
                case Added() | Flagged() | Dropped():
                    await self.folder(event.folder).restore(event)
                case Begun() | _:
                    continue

    def folder(self, name: str) -> PracticeFolder:
        found = self._inbox if name.upper() == "INBOX" else self._set[name]
        if not isinstance(found, PracticeFolder):
            raise TypeError(name)
        return found

    def received(self) -> list[bytes]:
        """Return what people wrote to us, wherever it was moved to."""
        folders = [
            self._inbox,
            *(one for name, one in self._set.items() if name not in _NOT_INTAKE),
        ]
        return [raw for one in folders if isinstance(one, PracticeFolder) for raw in one.raws()]

    async def deliver(self, folder: str, raw: bytes, *, at: datetime, flags: Iterable[str]) -> None:
        """Put a mail into a folder; whoever idles there hears of it at once."""
        await self.folder(folder).append(AppendMessage(raw, at, _flags(flags)), recent=True)

    async def add_mailbox(self, name: str) -> ObjectId:
        await super().add_mailbox(name)
        self._set[name] = made = PracticeFolder(self, name=name)
        self.keep(Made(folder=name))
        return made.mailbox_id

    async def delete_mailbox(self, name: str) -> None:
        await super().delete_mailbox(name)
        self.keep(Removed(folder=name))

    async def rename_mailbox(self, before: str, after: str) -> None:
        raise NotSupportedError(f"Folders keep their names here: {before!r} to {after!r}")


class _Config(Config):
    @property
    def greeting(self) -> bytes:
        return b"Practice mailbox ready"


class _WholeResponses(StreamWriter):
    """Sends what was written since the last drain in one piece."""

    _pieces: bytearray

    @classmethod
    def over(cls, writer: StreamWriter, reader: StreamReader) -> "_WholeResponses":
        transport = writer.transport
        whole = cls(transport, transport.get_protocol(), reader, asyncio.get_running_loop())
        whole._pieces = bytearray()
        return whole

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._pieces += data

    async def drain(self) -> None:
        super().write(bytes(self._pieces))
        self._pieces.clear()
        await super().drain()


def connection(
    mailbox: PracticeMailbox, *, user: str, password: str
) -> Callable[[StreamReader, StreamWriter], Awaitable[None]]:
    """Return what serves one IMAP connection, for `asyncio.start_server`."""
    config = _Config(
        Namespace(passlib_cfg=None, proxy_protocol=None),
        host=None,
        port=0,
        demo_data=False,
        demo_user=user,
        demo_password=password,
        tls_enabled=False,
        hash_context=Cleartext(),
        cpu_subsystem=Subsystem.for_asyncio(),
    )
    login = Login(config)
    login.users_dict[user] = UserMetadata(config, user, password=password)
    config.set_cache[user] = (mailbox, FilterSet())
    imap = IMAPServer(login, config)
    running: set[asyncio.Task[None] | None] = set()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        running.add(task := asyncio.current_task())
        try:
            await imap(reader, _WholeResponses.over(writer, reader), SocketInfoLocal(writer))
        except Exception as error:  # noqa: BLE001 - pymap's last resort; the client reconnects
            _log.warning("An IMAP connection ended: %s", type(error).__name__)
        finally:
            running.discard(task)

    return serve


def _with_a_body(raw: bytes) -> bytes:
    has_end = b"\n\n" in raw or b"\r\n\r\n" in raw
    return raw if has_end else raw.rstrip(b"\r\n") + b"\r\n\r\n"


def _flags(words: Iterable[str]) -> frozenset[Flag]:
    return frozenset(Flag(word.encode("ascii")) for word in words)


def _words(flags: Iterable[Flag]) -> tuple[str, ...]:
    return tuple(sorted(bytes(flag).decode("ascii") for flag in flags))
