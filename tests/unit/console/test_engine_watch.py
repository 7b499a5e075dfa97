"""What is true of an engine that was killed, suspended, or is of another version."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from console import engine_watch
from console.checkup import State, engine
from console.engine_watch import EngineWatch, own_version, seen_once
from storage.db.locks import ENGINE, RoleLock
from storage.queries.health import Queues
from storage.records.desk import EngineStatus

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOTHING = Queues(
    outbox_queued=0,
    outbox_leaving=0,
    outbox_held=0,
    outbox_failed=0,
    bodies_missing=0,
    bodies_wished=0,
    moves_pending=0,
)


class Clock:
    seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def held(tmp_path):
    lock = RoleLock(tmp_path, ENGINE)
    assert lock.take()
    yield lock
    lock.release()


def idle(**changes):
    return EngineStatus(
        **({"pid": os.getpid(), "state": "idle", "since": AT, "version": own_version()} | changes)
    )


def beat_at(folder, at):
    os.utime(folder / ENGINE, (at.timestamp(), at.timestamp()))


@pytest.mark.usefixtures("held")
def test_a_running_engine_is_believed(tmp_path):
    assert EngineWatch(tmp_path).seen(idle()) == idle()
    assert seen_once(tmp_path, idle()) == idle()


def test_one_that_was_killed_has_not_run_since_its_last_beat(tmp_path, held):
    held.release()
    beat_at(tmp_path, AT + timedelta(minutes=5))

    seen = EngineWatch(tmp_path).seen(idle(error="No.", connections=1, progress="headers"))

    assert (seen.state, seen.pid, seen.since) == ("off", 0, AT + timedelta(minutes=5))
    assert (seen.error, seen.connections, seen.progress) == ("No.", 0, "")
    assert seen_once(tmp_path, idle()).state == "off"


def test_one_that_took_its_leave_has_not_run_since_then(tmp_path, held):
    held.release()

    assert EngineWatch(tmp_path).seen(idle(state="stopped")).since == AT


@pytest.mark.usefixtures("held")
def test_the_last_words_of_a_dead_process_are_not_believed_while_somebody_else_holds_the_desk(
    tmp_path,
):
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()

    assert EngineWatch(tmp_path).seen(idle(pid=dead.pid)).state == "off"


def test_a_desk_that_never_had_an_engine_has_none(tmp_path):
    assert EngineWatch(tmp_path).seen(EngineStatus.off()) == EngineStatus.off()


def test_one_that_beats_no_more_is_silent_until_it_beats_again(tmp_path, held):
    clock = Clock()
    watch = EngineWatch(tmp_path, clock)
    beat_at(tmp_path, AT)
    assert watch.seen(idle()).state == "idle"
    clock.seconds += 31

    seen = watch.seen(idle())

    assert (seen.state, seen.since) == ("silent", AT)
    assert f"(process {os.getpid()}) does not answer since" in seen.error
    held.beat()
    assert watch.seen(idle()).state == "idle"


@pytest.mark.usefixtures("held")
def test_a_single_look_waits_for_a_beat_that_is_late(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_watch, "_LATE_SECONDS", 0.3)
    beat_at(tmp_path, AT)

    assert seen_once(tmp_path, idle()).state == "silent"


def test_another_version_is_said_once_for_each_process(tmp_path):
    watch = EngineWatch(tmp_path)

    told = watch.news_of_stranger(idle(version="0.0.1"))

    assert f"(process {os.getpid()}) is rotadesk 0.0.1, this is {own_version()}" in told
    assert watch.news_of_stranger(idle(version="0.0.1")) == ""
    assert watch.news_of_stranger(idle()) == ""


def test_doctor_says_state_process_connection_and_queues():
    queues = Queues(
        outbox_queued=1,
        outbox_leaving=1,
        outbox_held=3,
        outbox_failed=0,
        bodies_missing=12,
        bodies_wished=0,
        moves_pending=0,
    )

    check = engine(idle(connections=1, synced_at=AT), queues)

    assert check.state is State.OK
    assert f"process {os.getpid()}, 1 connection" in check.told
    assert "2 replies wait to leave, 3 are held, 12 texts are missing." in check.told
    assert engine(idle(version="9.9.9"), NOTHING).state is State.WARNING
    assert engine(EngineStatus.off(), NOTHING).told == "None runs."
