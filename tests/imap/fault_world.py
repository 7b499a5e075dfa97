"""A mailbox, a network, an engine and people, to whom anything may happen in any order.

Each step is one thing that happens to one of them. At a quiet point the network is well
again and everything must be as if nothing had happened: `quiet` compares. All choices come
from the generator that a step is given, so that a seed tells the same story again, as far
as processes in a race can.
"""

import base64
import contextlib
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from imapclient import IMAPClient

from storage.changes import replying
from storage.changes.reply import DiscardReply, ParkReply, RetryReply
from storage.changes.replying import Writer, Written
from storage.changes.ticket import (
    AddNote,
    AssignTicket,
    CloseTicket,
    LinkArticle,
    ReopenTicket,
    SetCategory,
)
from storage.errors import NotFoundError, RuleBrokenError, UsageError
from storage.queries import hot, whole
from storage.records.desk import DeskSettings
from storage.records.ids import NoteId, OutboxId, TicketId, random_uid
from storage.records.local import ENGINE_ASKED, DraftSaved, ViewState, Wish
from storage.records.ticket import KbLink
from storage.records.words import AfterSend, Category
from storage.store import Desk
from storage.sync.setup import seed_desk
from tests.factories import an_article
from tests.imap import proxy as faults
from tests.imap.dovecot import PASSWORD
from tests.imap.engine_ground import ANA, KEY, SUPPORT, Ground, a_mail
from tests.imap.fault_engine import Engines
from tests.imap.fault_ledger import Ledger, Reply, differences, digest, wrong_contents
from tests.imap.proxy import proxied
from tests.imap.smtp_sink import sunk

FOLDERS = ("INBOX", "Archive", "Sent")
FLAGS = (b"\\Seen", b"\\Flagged", b"\\Answered", b"$Important", b"\\Draft", b"\\Deleted")
_PATIENCE_SECONDS = 90.0
_CHECKED_BODIES = 25


class World:
    """Everything, and what may happen to it."""

    def __init__(self, server, home: Path, *, patience=_PATIENCE_SECONDS, tell=str):
        self._stack = contextlib.ExitStack()
        self.server = server
        self.user = server.new_user()
        self.patience = patience
        self.log: list[str] = []
        "What happened, in order."
        self.quiets = 0
        self.kills = 0
        self._tell = tell
        self._number = 0
        self._sent: list[tuple[int, bytes]] = []
        self.imap = self._stack.enter_context(proxied(server.port))
        self.sink = self._stack.enter_context(sunk(clear_login=True))
        self.sink.passwords[self.user] = PASSWORD
        self.smtp = self._stack.enter_context(proxied(self.sink.port))
        self.ground = Ground(
            server,
            self.user,
            home / "desk",
            self.imap.address(),
            smtp=self.smtp.address(),
            seed=DeskSettings(address=SUPPORT, archive="Archive"),
        )
        server.create(self.user, "Elsewhere")
        self.desk = self._stack.enter_context(Desk(self.ground.folder))
        seed_desk(self.desk, self.ground.seed, me=ANA)
        self.article = an_article(self.desk, actor=ANA.email)
        self.engines = Engines(self.ground)
        self._stack.callback(self.engines.close)
        self.ledger = Ledger()
        self._client = None

    def close(self):
        with contextlib.suppress(OSError):
            self.imap.heal()
            self.smtp.heal()
        if self._client is not None:
            with contextlib.suppress(Exception):
                self._client.shutdown()
        self._stack.close()

    def step(self, name, seed):
        """Let one thing happen."""
        self._say(f"{name} {seed}")
        try:
            getattr(self, name)(random.Random(seed))
        except (RuleBrokenError, NotFoundError, UsageError) as error:
            # a decision that is refused is none
            self._say(f"  refused: {error}")
        if fault := self.engines.fault():
            raise AssertionError(f"the engine broke:\n{fault}")

    def _say(self, line):
        self.log.append(f"{time.monotonic():.3f} {line}")
        self._tell(line)

    # -- the mailbox, by another mail program

    @property
    def client(self):
        if self._client is None:
            self._client = IMAPClient("127.0.0.1", self.server.port, ssl=False, timeout=60)
            self._client._imap.debug = 0
            self._client.plain_login(self.user, PASSWORD)
        return self._client

    def deliver(self, rng):
        """Some mails come in: new ones, answers, twins, odd ones."""
        mails = [self._a_mail(rng) for _ in range(rng.choice([1, 1, 2, 3, 5, 12]))]
        folder = rng.choice(["INBOX", "INBOX", "INBOX", "Archive", "Elsewhere"])
        self.client.multiappend(folder, [{"msg": one, "flags": ()} for one in mails])
        self._say(f"  {len(mails)} to {folder}, up to number {self._number}")

    def colleague_answers(self, rng):
        """Somebody answers from another mail program."""
        number, raw = self._new(rng, sender=f"Ben <{SUPPORT}>", To="zoe@acme.example")
        self.client.append("Sent", raw, flags=(b"\\Seen",))
        self._say(f"  number {number} to Sent")

    def expunge(self, rng):
        folder, uids = self._some(rng, ("INBOX", "INBOX", "Archive", "Elsewhere"))
        if rng.random() < 0.03 and len(everything := self.client.search()) < 1_000:
            uids = everything
        if uids:
            self._expunged(uids)
        self._say(f"  {folder} {uids}")

    def mark(self, rng):
        folder, uids = self._some(rng, FOLDERS, most=40)
        if uids:
            act = rng.choice([self.client.add_flags, self.client.remove_flags])
            act(uids, [rng.choice(FLAGS)], silent=True)
        self._say(f"  {folder} {uids}")

    def copy(self, rng):
        folder, uids = self._some(rng, ("INBOX", "Archive", "Elsewhere"))
        if uids:
            self.client.copy(uids, rng.choice(["INBOX", "Archive", "Elsewhere"]))
        self._say(f"  {folder} {uids}")

    def move(self, rng):
        folder, uids = self._some(rng, ("INBOX", "INBOX", "Archive", "Elsewhere"))
        there = rng.choice(["INBOX", "Archive", "Elsewhere"])
        if uids:
            self._moved(uids, there)
        self._say(f"  {folder} {uids} -> {there}")

    def _moved(self, uids, there):
        if self.client.has_capability("MOVE"):
            self.client.move(uids, there)
        else:
            self.client.copy(uids, there)
            self._expunged(uids)

    def _expunged(self, uids):
        self.client.add_flags(uids, [b"\\Deleted"], silent=True)
        self.client.uid_expunge(uids)

    def number_anew(self, rng):
        """The server gives a folder another UIDVALIDITY."""
        folder = rng.choice(FOLDERS)
        self._client_off()
        self.server.change_uidvalidity(self.user, rng.randrange(1, 2**31), folder)
        self._say(f"  {folder}")

    def make_anew(self, rng):
        """A folder is deleted and made again; what was in it comes from a backup, in part."""
        folder = "Archive"
        self.client.select_folder(folder, readonly=True)
        uids = self.client.search()
        kept = [self.client.fetch([uid], ["BODY.PEEK[]"]) for uid in uids[:30]]
        self._client_off()
        self.server.doveadm("mailbox", "delete", "-u", self.user, folder)
        with contextlib.suppress(AssertionError):
            # whoever selected it meanwhile has made it
            self.server.create(self.user, folder)
        for one in kept:
            for found in one.values():
                if rng.random() < 0.7:
                    self.client.append(folder, found[b"BODY[]"])

    def _client_off(self):
        if self._client is not None:
            self._client.logout()
            self._client = None

    def _some(self, rng, folders, *, most=6):
        folder = rng.choice(folders)
        self.client.select_folder(folder)
        uids = self.client.search()
        return folder, sorted(rng.sample(uids, min(len(uids), rng.randint(1, most))))

    def _a_mail(self, rng):
        kind = rng.randrange(12)
        if self._sent and kind == 0:
            return rng.choice(self._sent)[1]  # delivered once more, byte for byte
        if self._sent and kind == 1:
            # the headers of another, another text
            head = rng.choice(self._sent)[1].partition(b"\r\n\r\n")[0]
            self._number += 1
            # never of one size and one second with another: that would be a copy by our rule
            text = b"Of the same head. " + b"x" * self._number
            return head + b"\r\n\r\n%s (%d)\r\n" % (text, self._number)
        return self._new(rng)[1]

    def _new(self, rng, **headers):
        self._number += 1
        number = self._number
        if rng.random() < 0.02:
            return number, _large(number, rng)
        older = rng.choice(self._sent)[0] if self._sent else 0
        odd = rng.randrange(14)
        if odd <= 3 and older:
            headers |= {
                "In_Reply_To": f"<m{older}@acme.example>",
                "subject": f"Re: Question {older}",
            }
        elif odd == 4 and older:
            headers["Message_ID"] = f"<m{older}@acme.example>"
        elif odd == 5:
            headers["Message_ID"] = None
        elif odd == 6:
            headers |= {"Date": "yesterday", "Subject": "caf\u00e9 \x00 \x1b[2J"}
        elif odd == 7:
            headers["text"] = "A long story. " * rng.randrange(2_000, 30_000)
        elif odd == 8:
            headers["sender"] = f"Someone <someone{rng.randrange(5)}@else.example>"
        raw = a_mail(number, **headers)
        if odd not in {4, 5}:
            self._sent = [*self._sent[-200:], (number, raw)]
        return number, raw

    def kick(self, _rng):
        """An administrator ends every connection of this mailbox."""
        self._client_off()
        with contextlib.suppress(AssertionError):
            # there may be none
            self.server.kick(self.user)

    # -- the network

    def network(self, rng):
        """The line to the mailbox is bad in some way, once or until it is well again."""
        count = int(10 ** rng.uniform(0, 5.3))
        kind = rng.choice(
            [
                "cut",
                "stall",
                "cut_literal",
                "stall_literal",
                "up",
                "flap",
                "dribble",
                "slow",
                "none",
            ]
        )
        self._say(f"  {kind} {count}")
        line = self.imap
        line._is_once = rng.random() < 0.8
        match kind:
            case "cut":
                line.fault = faults.cut_after(count)
            case "stall":
                line.fault = faults.stall_after(count)
            case "cut_literal":
                line.fault = faults.cut_in_literal(smallest=rng.choice([1, 100, 5_000]))
            case "stall_literal":
                line.fault = faults.stall_in_literal(smallest=rng.choice([1, 100, 5_000]))
            case "up":
                line.up_fault = faults.cut_up_after(count % 3_000)
            case "flap":
                line.flap()
            case "dribble":
                line.chunk = rng.choice([1, 7, 1_000])
            case "slow":
                line.latency = rng.choice([0.005, 0.05])
            case "none":
                line.refuses = True

    def sending_network(self, rng):
        """The line to the sending server breaks, anywhere in a conversation of 500 bytes."""
        self.smtp._is_once = rng.random() < 0.8
        count = rng.randrange(600)
        kind = rng.choice(["cut", "stall", "up", "up", "none"])
        self._say(f"  {kind} {count}")
        match kind:
            case "cut":
                self.smtp.fault = faults.cut_after(count)
            case "stall":
                self.smtp.fault = faults.stall_after(count)
            case "up":
                self.smtp.up_fault = faults.cut_up_after(count * 3)
            case "none":
                self.smtp.refuses = True

    def sending_server(self, rng):
        """The sending server drops, refuses for now, or is itself again."""
        self.sink.drops.clear()
        self.sink.replies.clear()
        match rng.randrange(5):
            case 0:
                self.sink.drops.add(rng.choice(["MAIL", "RCPT", "354", "BODY"]))
            case 1:
                self.sink.replies[rng.choice(["MAIL", "RCPT", "DATA", "BODY"])] = "451 later"
            case 2:
                self.sink.replies[rng.choice(["MAIL", "RCPT", "DATA", "BODY"])] = "550 never"

    def well(self, _rng):
        """Everything on the wire is well again."""
        self.imap.heal()
        self.smtp.heal()
        self.sink.drops.clear()
        self.sink.replies.clear()
        self.sink.stalls.clear()

    # -- the engine

    def start(self, _rng):
        if not self.engines.runs:
            self.engines.start()

    def kill(self, rng):
        """`kill -9` at some instant of the next half second; mostly it is started again."""
        if not self.engines.runs:
            self.engines.start()
        time.sleep(rng.uniform(0, 0.5) ** 2 * 2)
        self.engines.kill()
        self.kills += 1
        if rng.random() < 0.8:
            self.engines.start()

    def kill_while_sending(self, rng):
        """`kill -9` at a known step of a conversation with the sending server."""
        self.well(rng)
        step = rng.choice(["MAIL", "RCPT", "DATA", "BODY", "TAKEN"])
        self.sink.stalled.clear()
        self.sink.stalls.add(step)
        self.reply(rng)
        self.start(rng)
        came = self.sink.stalled.wait(3.0)
        if rng.random() < 0.8:
            self.engines.kill()
            self.kills += 1
        self.sink.stalls.clear()
        self._say(f"  {step} {came}")

    def end(self, rng):
        """It is asked to end, at some instant."""
        self.start(rng)
        time.sleep(rng.uniform(0, 0.2))
        self.engines.stop()

    def wait(self, rng):
        time.sleep(rng.uniform(0, 0.4))

    # -- people

    def reply(self, rng):
        """Somebody answers a ticket; it may leave at once, or may still be taken back."""
        ticket_id = self._a_ticket(rng)
        if ticket_id is None:
            return
        seen = whole.ticket(self.desk.hot, ticket_id)
        settings = hot.settings_of(self.desk.hot(hot.settings_rows()))
        to = replying.recipients(seen, desk=settings, to_all=True)
        after = rng.choice([AfterSend.NOTHING, AfterSend.PENDING, AfterSend.CLOSE])
        undo = timedelta(seconds=rng.choice([0, 0, 0.3]))
        change = replying.queue_reply(
            seen,
            Written(text=f"Answer {random_uid()}", to=to.to, cc=to.cc, after=after),
            writer=Writer(me=ANA, desk=settings, key=KEY, undo=undo),
            now=datetime.now(UTC),
        )
        self.desk.commit(change, actor=ANA.email)
        self.ledger.replies[change.outbox_id] = Reply(msgid=change.message_id)
        self.ledger.drafts.pop(ticket_id, None)
        self._say(f"  {change.outbox_id[:8]} on {ticket_id[:8]}")

    def take_back(self, rng):
        """Somebody parks, discards or sends again a reply that has not left."""
        rows = self.ground.rows("SELECT id, state, doubtful, ticket_uid, text FROM outbox")
        open_ones = [row for row in rows if row[1] in {"queued", "held", "failed"}]
        if not open_ones:
            return
        one, state, is_doubtful, ticket_uid, text = rng.choice(open_ones)
        change = rng.choice(
            [
                ParkReply(outbox_id=OutboxId(one), at=datetime.now(UTC)),
                RetryReply(outbox_id=OutboxId(one), not_before=datetime.now(UTC)),
                RetryReply(outbox_id=OutboxId(one), not_before=datetime.now(UTC)),
                DiscardReply(outbox_id=OutboxId(one)),
            ]
        )
        self._say(f"  {type(change).__name__} {one[:8]} ({state})")
        self.desk.commit(change, actor=ANA.email)
        if isinstance(change, RetryReply):
            self.ledger.replies[one].retries += 1 if is_doubtful else 0
            return
        self.ledger.replies[one].is_gone = True
        if isinstance(change, ParkReply):
            # the text is a draft again; what was there before is kept below it
            self.ledger.drafts.pop(ticket_uid, None)
            drafts = dict(self.ground.rows("SELECT ticket_uid, text FROM draft"))
            assert text in drafts.get(ticket_uid, ""), "a parked reply's text is no draft"

    def decide(self, rng):
        """Somebody decides about a ticket, or writes on."""
        ticket_id = self._a_ticket(rng)
        if ticket_id is None:
            return
        match rng.randrange(7):
            case 0:
                note = NoteId(random_uid())
                text = f"Note {note}"
                self._commit(AddNote(ticket_id=ticket_id, note_id=note, text=text))
                self.ledger.notes[note] = text
            case 1:
                category = rng.choice(list(Category))
                self._commit(SetCategory(ticket_id=ticket_id, category=category))
                self.ledger.categories[ticket_id] = category.value
            case 2:
                self._commit(LinkArticle(ticket_id=ticket_id, link=KbLink(target=self.article)))
                self.ledger.links.add((ticket_id, self.article))
            case 3:
                category = rng.choice(list(Category))
                links = (KbLink(target=self.article),)
                self._commit(CloseTicket(ticket_id=ticket_id, category=category, kb_links=links))
                self.ledger.links.add((ticket_id, self.article))
                self.ledger.categories[ticket_id] = category.value
            case 4:
                self._commit(ReopenTicket(ticket_id=ticket_id))
            case 5:
                self._commit(AssignTicket(ticket_id=ticket_id, engineer=ANA.email))
            case 6:
                text = f"Draft {random_uid()}"
                saved_ms = self.desk.now_ms()
                self.desk.write(
                    DraftSaved(ticket_uid=ticket_id, is_note=False, text=text, saved_ms=saved_ms)
                )
                self.ledger.drafts[ticket_id] = text

    def wish(self, rng):
        """Somebody opens a ticket whose text is not here."""
        found = self.ground.rows("SELECT id FROM message WHERE has_body=0") or self.ground.rows(
            "SELECT id FROM message ORDER BY id DESC LIMIT 20"
        )
        if found:
            message_id = rng.choice(found)[0]
            self.desk.write(Wish(message_id=message_id, at_ms=self.desk.now_ms()))

    def _commit(self, change):
        self._say(f"  {type(change).__name__} {change.ticket_id[:8]}")
        self.desk.commit(change, actor=ANA.email)

    def _a_ticket(self, rng):
        found = self.ground.rows(
            "SELECT uid FROM ticket WHERE status<>'merged' ORDER BY activity_ms DESC, id DESC LIMIT 40"
        )
        return TicketId(rng.choice(found)[0]) if found else None

    # -- quiet

    def quiet(self, rng):
        """Let everything come to rest, and compare."""
        self.well(rng)
        if rng.random() < 0.3:
            self.engines.kill()
        self._come_to_rest()
        self.engines.stop()
        if fault := self.engines.fault():
            raise AssertionError(f"the engine broke:\n{fault}")
        told = self.engines.once(read=20.0)
        assert not told.get("fault"), told["fault"]
        seen = self._seen()
        assert not (found := differences(self.ground, seen)), found
        self._nothing_to_do(told)
        self._right_contents(rng, seen)
        self.ledger.check(self.ground, self.sink)
        self._one_copy_in_sent()
        self.imap.forget()
        self.smtp.forget()
        self.quiets += 1

    def _come_to_rest(self):
        if not self.engines.runs:
            self.engines.start()
        deadline = time.monotonic() + self.patience
        pokes = 0
        while found := differences(self.ground, self._seen()):
            assert time.monotonic() < deadline, f"{found}\nstatus: {self.ground.status()}"
            if not self.engines.runs:
                raise AssertionError(f"the engine ended by itself: {self.engines.fault()}")
            pokes += 1
            if pokes % 10 == 0:
                self.desk.write(ViewState(key=ENGINE_ASKED, value=str(time.monotonic_ns())))
            time.sleep(0.1)

    def _nothing_to_do(self, first):
        """A second run fetches nothing and writes nothing."""
        del first  # what the resident engine had left, as its kind of poll allows: flags
        before = digest(self.ground)
        told = self.engines.once(read=20.0)
        assert not told.get("fault"), told["fault"]
        assert not told["error"], told["error"]
        moved = (told["fetched_headers"], told["fetched_bodies"], told["body_bytes"])
        assert moved == (0, 0, 0), f"the second run fetched {moved}"
        after = digest(self.ground)
        written = [name for name in before if before[name] != after[name]]
        assert not written, f"the second run wrote {written}"

    def _right_contents(self, rng, seen):
        for name, uids in seen.items():
            some = sorted(uids)[-_CHECKED_BODIES:]
            some += rng.sample(sorted(uids), min(len(uids), _CHECKED_BODIES))
            if some:
                self.client.select_folder(name, readonly=True)
                raw = self.client.fetch(sorted(set(some)), ["BODY.PEEK[]"])
                wrong = wrong_contents(
                    self.ground, name, {uid: one[b"BODY[]"] for uid, one in raw.items()}
                )
                assert not wrong, f"{name}: the desk has other mails under {wrong}"

    def _one_copy_in_sent(self):
        """What left lies once in Sent."""
        rows = self.ground.rows("SELECT id, msgid FROM outbox WHERE state='sent'")
        self.client.select_folder("Sent", readonly=True)
        for one, msgid in rows[-40:]:
            copies = self.client.search(["HEADER", "Message-ID", msgid])
            assert len(copies) == 1, f"reply {one[:8]}: {len(copies)} copies in Sent"

    def _seen(self):
        """Return (flags by UID) of each watched folder, as the server has them."""
        found = {}
        for name in FOLDERS:
            self.client.select_folder(name, readonly=True)
            uids = self.client.search()
            found[name] = {
                uid: {one.decode() for one in flags} - {"\\Recent"}
                # a list of UIDs can be longer than the server's longest line
                for start in range(0, len(uids), 1_000)
                for uid, flags in self.client.get_flags(uids[start : start + 1_000]).items()
            }
        return found


def _large(number, rng):
    """Return a mail with a file that comes last, or only when somebody wishes for it."""
    size = rng.choice([1_300_000, 1_300_000, 6_000_000])
    file = base64.encodebytes(rng.randbytes(size * 3 // 4)).replace(b"\n", b"\r\n")
    raw = a_mail(number, Content_Type="multipart/mixed; boundary=b")
    head, _, text = raw.partition(b"\r\n\r\n")
    return (
        head + b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + text
        + b"--b\r\nContent-Type: application/octet-stream; name=a.bin\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + file + b"--b--\r\n"
    )  # fmt: skip


STEPS = {
    "deliver": 14, "colleague_answers": 2, "expunge": 4, "mark": 6, "copy": 3, "move": 6,
    "number_anew": 1, "make_anew": 1, "network": 10, "sending_network": 4, "sending_server": 3,
    "well": 6, "start": 4, "kill": 8, "end": 2, "wait": 10, "reply": 8, "take_back": 4,
    "decide": 10, "wish": 2, "kick": 1, "kill_while_sending": 2, "quiet": 4,
}  # fmt: skip
"How often each thing happens, out of their sum."


def a_step(rng):
    """Return the name and the seed of a step."""
    (name,) = rng.choices(list(STEPS), weights=list(STEPS.values()))
    return name, rng.randrange(2**32)
