"""Replies on their way out, step by step, so that every way to die has one meaning.

queued -> sending (claimed) -> handing_over (after the server's 354, before the first byte)
-> accepted (after its 250, with the message and what follows) -> sent (filed). Dead before
354: queued again. Between 354 and 250 nobody knows: looked for in Sent, else a person
decides. After 250 it never leaves again.
"""

import ssl
from typing import Final

from storage import journal, local
from storage.changes.base import Change
from storage.changes.ticket import CloseTicket, SetStatus
from storage.db.engine import Transaction, fetch
from storage.errors import (
    ConnectionLostError,
    DeskError,
    LoginRefusedError,
    NotNowError,
    SendDelayedError,
    SendRefusedError,
    SendUnknownError,
    ServerError,
    UsageError,
)
from storage.intake import arrivals
from storage.mail import login
from storage.mail.parse import parse_mail
from storage.mail.transport import Timeouts
from storage.queries import hot
from storage.queries import outbox as queries
from storage.queries.outbox import Leaving
from storage.records.ids import OutboxId, TicketId
from storage.records.local import OutboxMoved
from storage.records.mail import ParsedMail
from storage.records.words import AfterSend, OutboxState, Status
from storage.sync.filing import Filing
from storage.sync.kit import Kit
from storage.sync.setup import Setup
from storage.sync.stop import Stopped

HELD_FOR_NEWS: Final = (
    "Something was said on the ticket after this was written: read it, then send it again."
)
HELD_FOR_DOUBT: Final = (
    "It may have been sent: the connection was lost while the server took it. "
    "Ask or look before it is sent again."
)
_FIRST_PAUSE_MS: Final = 60_000
_LONGEST_PAUSE_MS: Final = 3_600_000
_MOST_TRIES: Final = 54
"Pauses of 1, 2, 4 … 60 minutes: two days."


class Outbound:
    """The outbox in one session."""

    def __init__(
        self,
        kit: Kit,
        setup: Setup,
        filing: Filing,
        *,
        timeouts: Timeouts,
        context: ssl.SSLContext | None,
    ) -> None:
        self._kit = kit
        self._setup = setup
        self._filing = filing
        self._timeouts = timeouts
        self._context = context

    def due(self) -> list[OutboxId]:
        """Return what may leave now."""
        if self._kit.is_readonly or self._kit.send_refusal:
            return []
        return self._kit.desk.hot(queries.due(self._kit.desk.now_ms()))

    def resume(self) -> None:
        """Go on with what a dead engine or a lost connection left half done."""
        for one in self._kit.desk.hot(queries.under_way()):
            row = self._row(one)
            if row.state is OutboxState.SENDING:
                self._move(row, OutboxState.QUEUED)
            elif row.state is OutboxState.HANDING_OVER:
                self._ask_sent(row)
            else:
                self._file(row)
        self._filing.tell_of_missing()

    def send(self, outbox_id: OutboxId) -> None:
        """Hand one reply over; intake and Sent are known up to this moment.

        Raises:
            ConnectionLostError: of the mailbox, while the copy was being filed.
        """
        if not self._claimed(outbox_id):
            return
        row = self._row(outbox_id)
        if self._filing.is_filed(row.message_id):
            # sent again by a person's hand, and here is the proof that it had left
            self._accept(row, self._kit.mail_of(row.mime))
            self._file(row)
            return
        try:
            with self._kit.stop.shielded():
                mail = self._kit.mail_of(
                    row.mime
                )  # a full disk must tell before the server has taken it
                self._hand_over(row)
                self._accept(row, mail)
        except SendDelayedError as error:
            self._later(row, error)
        except SendRefusedError as error:
            self._fail(row, _named(error))
        except SendUnknownError:
            self._ask_sent(row)
        except (LoginRefusedError, UsageError) as error:
            self._kit.send_refusal = error
            self._kit.log(f"no login at the server for sending: {error.code}")
            self._move(row, OutboxState.QUEUED, error=str(error), tries=row.tries - 1)
        else:
            self._file(self._row(outbox_id))

    # -- the steps

    def _claimed(self, outbox_id: OutboxId) -> bool:
        """Take the reply for sending, unless something was said that its writer had not read."""
        kit = self._kit
        with kit.writing() as conn:
            row = next(iter(fetch(conn, queries.leaving(outbox_id))), None)
            if row is None:
                return False  # taken back since it was due
            if news := fetch(conn, queries.unread_words(row.ticket_uid, row.basis)):
                # its writer is told of these now: sent again by hand, they are known
                basis = tuple(sorted({*row.basis, *news}))
                _write(conn, row, OutboxState.HELD, error=HELD_FOR_NEWS, basis=basis)
                kit.tally.held += 1
                kit.log(f"reply {row.id}: held, something was said since it was written")
                return False
            return local.claim_reply(conn, outbox_id)

    def _hand_over(self, row: Leaving) -> None:
        self._kit.log(f"reply {row.id}: sending, attempt {row.tries}")

        def before_body() -> None:
            if self._kit.stop.is_asked:
                raise Stopped
            self._move(row, OutboxState.HANDING_OVER)

        login.hand_over(
            self._setup.account,
            self._setup.secret,
            sender=row.sender,
            recipients=row.envelope,
            raw=row.mime,
            before_body=before_body,
            timeouts=self._timeouts,
            context=self._context,
        )

    def _accept(self, row: Leaving, mail: ParsedMail) -> None:
        """Write that it left, the message itself, and what follows, in one transaction."""
        kit = self._kit
        with kit.writing() as conn:
            arrivals.whole(conn, [(row.mime, mail)], prove=kit.prove, blobs=kit.blobs, is_ours=True)
            _write(conn, row, OutboxState.ACCEPTED, error=self._follow(conn, row))
        kit.tally.sent += 1
        kit.tally.progress()
        kit.log(f"reply {row.id}: accepted")

    def _follow(self, conn: Transaction, row: Leaving) -> str:
        """Close or set to pending as its writer wished; return why that did not happen."""
        found = fetch(conn, hot.ticket(row.ticket_uid))
        if row.after is AfterSend.NOTHING or (found and found[0].status.has_ended):
            return ""
        ticket_id = TicketId(row.ticket_uid)
        shown = frozenset(one[:16] for one in row.basis)  # hex: the first 8 bytes of each key
        change: Change = CloseTicket(ticket_id=ticket_id, shown=shown)
        if row.after is AfterSend.PENDING:
            change = SetStatus(ticket_id=ticket_id, status=Status.PENDING, shown=shown)
        try:
            journal.commit(conn, [change], actor=row.actor, now_ms=self._kit.desk.now_ms())
        except DeskError as error:
            return f"It was sent. {error}"
        return ""

    def _file(self, row: Leaving) -> None:
        """See that Sent holds one copy and that the question is marked as answered."""
        try:
            self._filing.file(row.message_id, row.mime)
        except (ConnectionLostError, NotNowError):
            raise
        except ServerError as error:
            # it has left; only the copy is missing. Tried again with the next connection
            self._move(row, OutboxState.ACCEPTED, error=f"It was sent, but not filed: {error}")
            self._kit.log(f"reply {row.id}: the server takes no copy of it into Sent")
            return
        if self._filing.mark_answered(parse_mail(row.mime).headers.in_reply_to):
            self._move(row, OutboxState.SENT, error=row.error)

    def _ask_sent(self, row: Leaving) -> None:
        """Nobody knows whether it left: only a copy in Sent can tell, else a person decides."""
        if self._filing.is_filed(row.message_id):
            self._accept(row, self._kit.mail_of(row.mime))
            self._file(self._row(row.id))
            return
        self._move(row, OutboxState.HELD, error=HELD_FOR_DOUBT, is_doubtful=True)
        self._kit.tally.held += 1
        self._kit.log(f"reply {row.id}: held, it may have been sent")

    def _later(self, row: Leaving, error: SendDelayedError) -> None:
        if row.tries >= _MOST_TRIES:
            self._fail(row, f"Not sent within two days. {error}")
            return
        pause = min(_LONGEST_PAUSE_MS, _FIRST_PAUSE_MS << min(row.tries - 1, 10))
        due = self._kit.desk.now_ms() + pause
        self._move(row, OutboxState.QUEUED, error=str(error), not_before_ms=due)
        self._kit.log(f"reply {row.id}: not now, again in {pause // 60_000} min")

    def _fail(self, row: Leaving, why: str) -> None:
        self._move(row, OutboxState.FAILED, error=why)
        self._kit.tally.failed += 1
        self._kit.log(f"reply {row.id}: refused")

    def _row(self, outbox_id: OutboxId) -> Leaving:
        return self._kit.desk.hot(queries.leaving(outbox_id))[0]

    def _move(
        self,
        row: Leaving,
        state: OutboxState,
        *,
        error: str = "",
        not_before_ms: int | None = None,
        tries: int | None = None,
        is_doubtful: bool = False,
    ) -> None:
        moved = OutboxMoved(
            id=row.id,
            ticket_uid=row.ticket_uid,
            state=state,
            error=error,
            not_before_ms=not_before_ms,
            tries=tries,
            is_doubtful=is_doubtful,
        )
        with self._kit.writing() as conn:
            local.note_touched(conn, local.write(conn, moved))


def _write(
    conn: Transaction,
    row: Leaving,
    state: OutboxState,
    *,
    error: str = "",
    basis: tuple[str, ...] | None = None,
) -> None:
    moved = OutboxMoved(id=row.id, ticket_uid=row.ticket_uid, state=state, error=error, basis=basis)
    local.note_touched(conn, local.write(conn, moved))


def _named(error: SendRefusedError) -> str:
    """Return the server's refusal with each address that it is about: for the screen."""
    return " ".join([str(error), *(f"{who}: {words}" for who, words in error.recipients)])
