"""A reply as the composer queues it, and how it stands."""

from datetime import UTC, datetime, timedelta

from storage.changes import replying
from storage.changes.replying import Writer, Written
from storage.queries import hot, whole
from storage.records.words import AfterSend
from tests.imap.engine_ground import ANA, KEY


def now():
    return datetime.now(UTC)


def queue(
    ground,
    *,
    text="Please try **again**.",
    after=AfterSend.NOTHING,
    undo_seconds=0.0,
    basis=None,
    files=(),
):
    """Queue an answer to the newest ticket; return the change."""
    with ground.desk() as desk:
        seen = whole.ticket(desk.hot, ground.tickets()[0].id)
        settings = hot.settings_of(desk.hot(hot.settings_rows()))
        to = replying.recipients(seen, desk=settings, to_all=True)
        change = replying.queue_reply(
            seen,
            Written(text=text, to=to.to, cc=to.cc, after=after, files=files),
            writer=Writer(me=ANA, desk=settings, key=KEY, undo=timedelta(seconds=undo_seconds)),
            now=now(),
            basis=basis,
        )
        desk.commit(change, actor=ANA.email)
    return change


def the_reply(ground):
    with ground.desk() as desk:
        (row,) = desk.hot(hot.outbox(everything=True))
    return row
