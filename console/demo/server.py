"""The practice mail server: one process, one loop, IMAP and SMTP on this machine only.

Started as `python -m console.demo.server --folder DIR`. It prints one JSON line with its
ports and ends when its standard input does, so that it never outlives the console.
"""

import argparse
import asyncio
import fcntl
import json
import logging
import os
import threading
from collections.abc import Collection, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.demo import customers, mails, place
from console.demo.kept import Added, Begun, Diary, Posted
from console.demo.mailbox import LINE_LIMIT, PracticeMailbox, connection
from console.demo.post import listener

_FIRST_LATE = timedelta(seconds=6)
"After the start, a mail that comes while the console is open."


class PracticeServer:
    """The mailbox, the mails that still come in, and the customers who answer."""

    def __init__(self, folder: Path, *, answer_after: float | None, hurry: float) -> None:
        self._diary = Diary(folder)
        self._mailbox = PracticeMailbox(self._diary)
        self._answer_after = answer_after
        self._hurry = hurry
        self._posted: list[Posted] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, *, begun: datetime) -> None:
        """Bring the mailbox to where it was left, or begin it, and let mail come in again."""
        events = list(self._diary.events())
        await self._mailbox.start(events)
        self._diary.open()
        begun = next((one.at for one in events if isinstance(one, Begun)), begun)
        if not events:
            self._diary.keep(Begun(at=begun))
        came = {mails.message_id(one.raw) for one in events if isinstance(one, Added)}
        await self._deliver_practice_mails(begun, came=came)
        for posted in (one for one in events if isinstance(one, Posted)):
            self._expect_answer(posted, came=came)

    async def listen(self) -> dict[str, int]:
        """Open both ports and return them."""
        loop = asyncio.get_running_loop()
        imap = await asyncio.start_server(
            connection(self._mailbox, user=place.USERNAME, password=place.PASSWORD),
            host=place.HOST,
            port=0,
            limit=LINE_LIMIT,
        )
        smtp = await loop.create_server(
            listener(self.accept, users=[place.USERNAME], password=place.PASSWORD),
            host=place.HOST,
            port=0,
        )
        return {
            name: server.sockets[0].getsockname()[1]
            for name, server in (("imap", imap), ("smtp", smtp))
        }

    async def accept(self, recipients: tuple[str, ...], raw: bytes) -> None:
        """Take a mail of ours: kept, delivered to ourselves where we are named, maybe answered."""
        posted = Posted(at=datetime.now(UTC), recipients=recipients, raw=raw)
        self._diary.keep(posted)
        if place.ADDRESS in {one.lower() for one in recipients}:
            await self._mailbox.deliver("INBOX", raw, at=posted.at, flags=())
        self._expect_answer(posted)

    def close(self) -> None:
        self._diary.close()

    async def _deliver_practice_mails(self, begun: datetime, *, came: Collection[str]) -> None:
        late: list[mails.PracticeMail] = []
        for mail in mails.practice_mails(begun):
            if mail.message_id in came:
                continue
            if mail.comes_after:
                late.append(mail)
            else:
                await self._mailbox.deliver(mail.folder, mail.raw, at=mail.at, flags=mail.flags)
        self._run(self._deliver_late(late))

    async def _deliver_late(self, late: list[mails.PracticeMail]) -> None:
        """Let the rest come in one after the other, at the moments it was written for.

        What was left of it by an earlier start begins as soon as the first one did.
        """
        late.sort(key=lambda one: (one.comes_after, one.name))
        passed = late[0].comes_after - _FIRST_LATE if late else _FIRST_LATE
        for mail in late:
            await asyncio.sleep((mail.comes_after - passed).total_seconds() * self._hurry)
            passed = mail.comes_after
            now = datetime.now(UTC)
            await self._mailbox.deliver(mail.folder, mail.dated(now), at=now, flags=mail.flags)

    def _expect_answer(self, posted: Posted, *, came: Collection[str] = ()) -> None:
        answer = customers.answer(posted, earlier=self._posted, inbox=self._mailbox.received())
        self._posted.append(posted)
        if answer is not None and answer.message_id not in came:
            seconds = answer.after if self._answer_after is None else self._answer_after
            self._run(self._deliver_answer(answer, seconds))

    async def _deliver_answer(self, answer: customers.Answer, seconds: float) -> None:
        await asyncio.sleep(seconds)
        now = datetime.now(UTC)
        await self._mailbox.deliver("INBOX", answer.dated(now), at=now, flags=())

    def _run(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.add(task := asyncio.create_task(work))
        task.add_done_callback(self._tasks.discard)


async def serve(folder: Path, *, begun: datetime, answer_after: float | None, hurry: float) -> None:
    """Serve until standard input ends."""
    server = PracticeServer(folder, answer_after=answer_after, hurry=hurry)
    await server.start(begun=begun)
    print(json.dumps(await server.listen()), flush=True)  # noqa: T201 - who started us reads this line
    try:
        await _end_of_stdin()
    finally:
        server.close()


async def _end_of_stdin() -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def wait() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        with suppress(RuntimeError):  # the loop has ended first
            loop.call_soon_threadsafe(ended.set)

    # A thread: the loop can watch a pipe, but neither a file nor /dev/null.
    threading.Thread(target=wait, daemon=True).start()
    await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m console.demo.server", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the mailbox is kept")
    parser.add_argument(
        "--begun",
        type=datetime.fromisoformat,
        default=datetime.now(UTC).replace(microsecond=0),
        metavar="TIME",
        help="date a new mailbox from here instead of now",
    )
    parser.add_argument(
        "--answer-after",
        type=float,
        metavar="SECONDS",
        help="let every customer answer after this time instead of 4 to 12 s",
    )
    parser.add_argument(
        "--hurry",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="multiply the waits between mails that come in; 0: all at once",
    )
    given = parser.parse_args()
    given.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (given.folder / "server.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)  # the one before us may still be ending
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    # aiosmtpd warns of its own login_data at every login.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    options = {"answer_after": given.answer_after, "hurry": given.hurry}
    asyncio.run(serve(given.folder, begun=given.begun, **options))


if __name__ == "__main__":
    main()
