"""Commands that imaplib lacks, or answers only when all of an answer has come."""

import re
import selectors
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from imapclient import IMAPClient

from storage.mail import imap_reply, imap_rows
from storage.mail.imap_errors import RefusedError
from storage.mail.imap_rows import FetchRow
from storage.mail.imap_wire import Piece, Wire
from storage.records.remote import Since

_IN_FLIGHT: Final = 2
_EVENT: Final = re.compile(rb"\* (\d+)? ?(EXISTS|EXPUNGE|VANISHED)(?: (.*))?", re.IGNORECASE)


@dataclass(slots=True)
class _Ahead:
    """A FETCH that is under way before anybody reads its answer."""

    uids: Sequence[int]
    wanted: str
    tag: bytes
    rows: list[FetchRow] | None = None
    "Once it was read; None before."
    refusal: RefusedError | None = None


class Talk(Wire):
    """A connection that can do all that the desk needs."""

    _ahead: _Ahead | None = None

    def ask_capabilities(self) -> frozenset[str]:
        self._get_capabilities()
        return frozenset(self.capabilities)

    def exchange(self, mechanism: str, first: str | None, answer: Callable[[bytes], bytes]) -> None:
        """Log in by a SASL mechanism; `first` goes along with the command where it is given.

        `answer` is a method (imaplib takes anything else for a text) from line to line, both
        in base64.
        """
        self.literal = answer  # type: ignore[assignment]  # typeshed knows texts only
        self._simple_command("AUTHENTICATE", mechanism, *([first] if first else []))
        self.state = "AUTH"

    def identify(self, name: str, version: str) -> list[Piece]:
        """Say who we are; return what the server says of itself."""
        self._simple_command("ID", f'("name" "{name}" "version" "{version}")')
        return [one for one in self.untagged_responses.pop("ID", []) if one]

    def switch_on(self, capability: str) -> None:
        self._simple_command("ENABLE", capability)

    def compress(self) -> None:
        tag = self._new_tag()  # imaplib does not know the command
        self.send(tag + b" COMPRESS DEFLATE\r\n")
        self._command_complete("COMPRESS", tag)
        self.link.compress()

    def open_folder(self, name: str, *, readonly: bool, since: Since | None, words: str) -> None:
        """Select a folder; `name` is quoted, `words` follow it where `since` is None."""
        if since:
            known = f" {since.low_uid}:{imap_reply.HIGHEST_UID}" if since.low_uid > 1 else ""
            words = f"(QRESYNC ({since.uidvalidity} {since.modseq}{known}))"
        self._read_ahead()
        self._ahead = None
        self.news.take()
        self.news.exists = 0
        self.read_only, self.state = readonly, "AUTH"
        self._simple_command("EXAMINE" if readonly else "SELECT", name, *([words] if words else []))
        self.state = "SELECTED"

    def uid_rows(self, name: str, *args: str, key: str) -> list[Piece]:
        """Run a UID command; return the untagged answers called `key`."""
        self._simple_command("UID", name, *args)
        return [one for one in self.untagged_responses.pop(key, []) if one]

    def list_rows(self, *args: str) -> list[Piece]:
        self._simple_command("LIST", '""', '"*"', *args)
        return [one for one in self.untagged_responses.pop("LIST", []) if one]

    def number(self, key: str) -> int | None:
        """Return the number last said for `key` in answer to the command that ran last."""
        rows = self.untagged_responses.get(key, [])
        # imaplib takes all up to the last bracket of the line for the value
        found = re.match(rb"\d+", rows[-1]) if rows and isinstance(rows[-1], bytes) else None
        return int(found[0]) if found else None

    def rows(
        self, batches: Iterator[Sequence[int]], wanted: str, *, needs: str
    ) -> Iterator[FetchRow]:
        """Yield the rows that hold `needs` as they come; two commands are under way at a time.

        Servers mix the rows of two commands, so a row belongs to whoever asked for its UID,
        and a command ends with its own tag. Read it to the end: a caller who stops early has
        to give up the connection.

        Raises:
            RefusedError: a batch was refused; what came of it and of others was yielded.
        """
        first = next(batches, None)
        if first is None:
            return
        if self._ahead and (self._ahead.uids, self._ahead.wanted) == (first, wanted):
            yield from self._rows_ahead()
        else:
            batches = chain([first], batches)
        yield from self._streamed(batches, wanted, needs=needs)

    def send_ahead(self, uids: Sequence[int], wanted: str, *, needs: str) -> None:
        """Ask for what `rows` will be asked for next; the answer comes meanwhile.

        Whatever else is done first reads it to its end and keeps it, so let it be small.
        """
        tag = self._command("UID", "FETCH", imap_reply.uid_set(uids), wanted)
        self._ahead, self._asked, self._needs = _Ahead(uids, wanted, tag), set(uids), needs

    def _command(self, name: str, *args: str) -> bytes:
        self._read_ahead()
        return super()._command(name, *args)

    def _streamed(
        self, batches: Iterator[Sequence[int]], wanted: str, *, needs: str
    ) -> Iterator[FetchRow]:
        self._read_ahead()
        self._asked, self._needs = set(), needs
        flying: list[bytes] = []
        refusal: RefusedError | None = None
        while True:
            while len(flying) < _IN_FLIGHT and refusal is None:
                if (uids := next(batches, None)) is None:
                    break
                self._asked.update(uids)
                flying.append(self._command("UID", "FETCH", imap_reply.uid_set(uids), wanted))
            if not flying:
                break
            self._get_response()
            if self._came:
                yield self._came.popleft()
                continue
            self._check_bye()
            for tag in list(flying):
                if answer := self._ended(tag):
                    flying.remove(tag)
                    if answer[0] != "OK":
                        refusal = refusal or RefusedError(answer[1])
        self._asked = None
        if refusal is not None:
            raise refusal

    def _rows_ahead(self) -> Iterator[FetchRow]:
        self._read_ahead()
        ahead, self._ahead = self._ahead, None
        if ahead:
            yield from ahead.rows or ()
            if ahead.refusal:
                raise ahead.refusal

    def _read_ahead(self) -> None:
        """Read what was sent ahead to its end, if it was not."""
        ahead = self._ahead
        if ahead is None or ahead.rows is not None:
            return
        while (answer := self._ended(ahead.tag)) is None:
            self._get_response()
            self._check_bye()
        kind, words = answer
        ahead.refusal = None if kind == "OK" else RefusedError(words)
        ahead.rows, self._asked = list(self._came), None
        self._came.clear()

    def _ended(self, tag: bytes) -> tuple[str, bytes] | None:
        """Return how a command has ended; None while it has not."""
        answer: Any = self.tagged_commands[tag]
        if answer is None:
            return None
        del self.tagged_commands[tag]
        kind, (words,) = answer
        return kind, words

    # -- waiting

    def idle_begin(self) -> bytes:
        """Begin IDLE; return its tag. Raises RefusedError where the server will not."""
        tag: bytes = self._command("IDLE")
        while self._get_response() is not None:
            self._check_bye()
            answer: Any = self.tagged_commands.get(tag)
            if answer is not None:
                raise RefusedError(answer[-1][-1])
        return tag

    def idle_lines(self, *, timeout: float, wake_fd: int | None) -> tuple[list[bytes], bool]:
        """Wait for complete lines; return them and whether `wake_fd` is readable.

        Half a line stays for the next call. The wake end is only looked at, not emptied.
        """
        self._begin_waiting()
        lines = self._complete_lines()
        with selectors.DefaultSelector() as watch:
            watch.register(self.sock, selectors.EVENT_READ, "server")
            if wake_fd is not None:
                watch.register(wake_fd, selectors.EVENT_READ, "wake")
            has_more = self.link.has_more  # decrypted already: the socket will not say so
            ready = {key.data for key, _ in watch.select(0 if lines or has_more else timeout)}
        if has_more or "server" in ready:
            self.link.fill_without_waiting()
            lines += self._complete_lines()
        return lines, "wake" in ready

    def idle_end(self, tag: bytes) -> None:
        """End IDLE; what the server still says of the folder is news."""
        self.send(b"DONE\r\n")
        self._command_complete("IDLE", tag)

    def _complete_lines(self) -> list[bytes]:
        lines = []
        while self.link.has_line():
            line = self._get_line()
            if imap_rows.begins_row(line):
                self.news.hear_row(imap_rows.read_row(line, self))
            elif event := _EVENT.fullmatch(line):
                kind, said = event[2].decode().upper(), event[1] or event[3] or b""
                self.news.hear(kind, said)
            lines.append(line)
        return lines


class Client(IMAPClient):  # type: ignore[misc]  # imapclient ships no types
    """IMAPClient over a connection that is open already."""

    def __init__(self, make_wire: Callable[[], Talk], *, host: str, is_encrypted: bool) -> None:
        self._make_wire = make_wire
        super().__init__(host, ssl=is_encrypted)
        # its constructor turns on a log that formats every body: two thirds of the time
        self._imap.debug = 0
        self.talk: Talk = self._imap

    def _create_IMAP4(self) -> Talk:  # noqa: N802 - IMAPClient's name
        return self._make_wire()

    def _set_read_timeout(self) -> None:
        """Leave it to the wire."""

    def forget_capabilities(self) -> None:
        """Make IMAPClient ask again: what was offered before login is not what is now."""
        self._cached_capabilities = None
