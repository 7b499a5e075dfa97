"""A full disk, a killed process, a clock that jumps: one clear sentence, nothing lost."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage import journal
from storage.changes.ticket import AssignTicket, CloseTicket, SetTag
from storage.errors import DeskUnavailableError
from storage.records.ticket import KbLink
from storage.records.words import Category, Status
from storage.store import Desk
from tests.factories import ANA, BEN, Clock, a_mail, an_article, receive, summary

ROOT = Path(__file__).parents[2]
WORKER = """
import sys
from pathlib import Path
from storage.changes.ticket import AddNote, SetTag
from storage.records.ids import NoteId, random_uid
from storage.store import Desk
from tests.factories import ANA, a_mail, receive

desk = Desk(Path(sys.argv[1]))
print("open", flush=True)
number = 0
while True:
    ticket_id = receive(desk, a_mail(subject=f"mail {number}"))
    desk.commit(SetTag(ticket_id=ticket_id, tag=f"t{number}"), actor=ANA)
    desk.commit(AddNote(ticket_id=ticket_id, note_id=NoteId(random_uid()), text="n"), actor=ANA)
    print(ticket_id, flush=True)
    number += 1
"""


def rows(desk):
    with desk.writing() as conn:
        tables = ("ticket", "ticket_link", "note")
        return [
            sorted(
                str({k: v for k, v in row.items() if k != "id"})
                for row in conn.exec_driver_sql(f"SELECT * FROM {table}").mappings()
            )
            for table in tables
        ]


def test_a_killed_writer_loses_nothing_that_it_had_committed(tmp_path):
    chance = random.Random(7)
    folder = tmp_path / "desk"
    told = []
    for _ in range(6):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        with worker:
            told += [worker.stdout.readline().strip() for _ in range(chance.randint(2, 12))]
            time.sleep(chance.random() / 50)  # somewhere in the middle of a transaction
            os.kill(worker.pid, signal.SIGKILL)
    tickets = {line for line in told if line not in {"open", ""}}

    with Desk(folder) as desk:
        with desk.writing() as conn:
            assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            here = set(conn.exec_driver_sql("SELECT uid FROM ticket").scalars())
        assert tickets <= here
        before = rows(desk)
        desk.rebuild()
        assert rows(desk) == before


def tag_until_full(desk, ticket_id):
    for number in range(500):
        desk.commit(SetTag(ticket_id=ticket_id, tag=f"tag-{number}"), actor=ANA)


def test_a_full_disk_is_said_and_nothing_of_the_change_is_written(desk):
    ticket_id = receive(desk, a_mail())
    with desk.writing() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    with pytest.raises(DeskUnavailableError, match="is full"):
        tag_until_full(desk, ticket_id)
    tags = summary(desk, ticket_id).tags

    with desk.writing() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count=1000000")
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        kept = conn.exec_driver_sql("SELECT count(*) FROM journal WHERE key LIKE 'tag:%'").scalar()
    assert len(tags) == kept
    desk.commit(AssignTicket(ticket_id=ticket_id, engineer=ANA), actor=ANA)
    assert summary(desk, ticket_id).assignee == ANA


def test_a_clock_that_jumps_back_does_not_make_a_later_decision_lose(desk, clock):
    ticket_id = receive(desk, a_mail())
    desk.commit(AssignTicket(ticket_id=ticket_id, engineer=ANA), actor=ANA)

    clock.forward(days=-400)
    desk.commit(AssignTicket(ticket_id=ticket_id, engineer=BEN), actor=BEN)

    assert summary(desk, ticket_id).assignee == BEN


def test_a_clock_that_was_years_ahead_does_not_hold_the_desk_hostage(desk, clock):
    ticket_id = receive(desk, a_mail())
    clock.forward(days=4000)
    desk.commit(AssignTicket(ticket_id=ticket_id, engineer=ANA), actor=ANA)
    clock.forward(days=-4000)

    first = a_mail(subject="after the jump")
    other = receive(desk, first)
    article = an_article(desk)
    desk.commit(
        CloseTicket(ticket_id=other, category=Category.ABUSE, kb_links=(KbLink(target=article),)),
        actor=ANA,
    )
    assert summary(desk, other).status is Status.CLOSED
    receive(desk, a_mail(answers=(first.headers.message_id,), subject="Re: after the jump"))

    assert summary(desk, other).status is Status.OPEN


def test_two_desks_with_clocks_apart_agree_on_who_decided_last(tmp_path):
    slow, fast = Clock(), Clock()
    fast.forward(days=11)
    mail = a_mail()
    with Desk(tmp_path / "a", clock=fast) as one, Desk(tmp_path / "b", clock=slow) as two:
        ticket_id = receive(one, mail)
        receive(two, mail)
        one.commit(AssignTicket(ticket_id=ticket_id, engineer=ANA), actor=ANA)
        two.absorb(one.read(journal.facts_after, b""))
        slow.forward(minutes=5)

        two.commit(AssignTicket(ticket_id=ticket_id, engineer=BEN), actor=BEN)
        one.absorb(two.read(journal.facts_after, b""))

        assert summary(one, ticket_id).assignee == summary(two, ticket_id).assignee == BEN
