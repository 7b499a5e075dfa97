"""One engine a desk, whoever starts it; whoever comes later uses it and knows how it is."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack

from console.engine_watch import EngineWatch, seen_once
from storage.db.locks import ENGINE, RoleLock, is_held
from storage.db.wake import CONSOLE, Wake
from storage.queries import hot
from storage.sync import orders
from tests.imap.engine_ground import Ground, a_mail, wait_until
from tests.ui.console_harness import console_on

RACER = """
import sys
from pathlib import Path
from storage.db.locks import ENGINE, RoleLock
lock = RoleLock(Path(sys.argv[1]), ENGINE)
print("ready", flush=True)
sys.stdin.readline()
print("mine" if lock.take() else "no", flush=True)
sys.stdin.readline()
"""


def racers(folder, count):
    return [
        subprocess.Popen(
            [sys.executable, "-c", RACER, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]


def doctor(ground):
    with ground.process("doctor", "--offline", "--json") as process:
        out, _ = process.communicate(timeout=30)
    return json.loads(out)["engine"]


def engine_of(ground):
    with ground.desk() as desk:
        return desk.hot(hot.engine())[0]


def test_of_twenty_that_start_at_once_one_gets_the_desk(tmp_path):
    with ExitStack() as stack:
        started = [stack.enter_context(one) for one in racers(tmp_path, 20)]
        for one in started:
            one.stdout.readline()
        for one in started:
            one.stdin.write("\n")
            one.stdin.flush()

        answers = [one.stdout.readline().strip() for one in started]

        assert (answers.count("mine"), answers.count("no")) == (1, 19)
        for one in started:
            with contextlib.suppress(BrokenPipeError):
                one.stdin.write("\n")
                one.stdin.flush()


def test_a_second_engine_is_refused_and_the_first_goes_on(ground):
    with ground.process("sync"):
        wait_until(lambda: ground.state() == "idle")

        with ground.process("sync") as second:
            assert second.wait(20) == 6
            assert "Another engine runs on this desk" in second.stderr.read()

        assert ground.state() == "idle"


def test_the_desk_is_free_at_once_when_its_engine_is_killed_whatever_files_stay(ground):
    with ground.process("sync") as engine:
        wait_until(lambda: ground.state() == "idle")
        engine.kill()
        engine.wait()

    assert ground.state() == "idle"  # its last words
    assert not is_held(ground.folder, ENGINE)
    told = doctor(ground)
    assert (told["state"], told["pid"], told["connections"]) == ("off", None, 0)
    assert told["since"] is not None
    with ground.process("sync") as engine:
        wait_until(lambda: ground.status()["pid"] == engine.pid and ground.state() == "idle")


def test_one_who_only_asks_whether_it_is_held_keeps_no_engine_out(tmp_path):
    lock, is_over = RoleLock(tmp_path, ENGINE), threading.Event()

    def ask():
        while not is_over.is_set():
            is_held(tmp_path, ENGINE)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(200):
            orders._take(lock)
            lock.release()
    finally:
        is_over.set()
        asking.join()


def test_a_suspended_engine_is_noticed_and_named(ground, monkeypatch):
    monkeypatch.setattr("console.engine_watch.SILENT_SECONDS", 0.5)
    monkeypatch.setattr("console.engine_watch._LATE_SECONDS", 0.5)
    with ground.process("sync") as engine:
        wait_until(lambda: ground.state() == "idle")
        engine.send_signal(signal.SIGSTOP)
        said, watch = engine_of(ground), EngineWatch(ground.folder)

        wait_until(lambda: watch.seen(said).state == "silent")

        assert f"process {engine.pid}" in seen_once(ground.folder, said).error
        engine.send_signal(signal.SIGCONT)
        wait_until(lambda: watch.seen(engine_of(ground)).state == "idle")


def test_doctor_tells_what_the_engine_says_of_itself(ground):
    ground.server.append(ground.user, a_mail(1))
    with ground.process("sync") as engine:
        wait_until(lambda: ground.state() == "idle")

        told = doctor(ground)

    assert (told["state"], told["pid"], told["connections"]) == ("idle", engine.pid, 1)
    assert (told["mode"], told["error"], told["next_try"]) == ("full", None, None)
    assert told["account"] == "support@desk.example"
    assert set(told["queues"].values()) == {0}
    assert told["version"]


def test_doctor_tells_when_it_will_try_again(ground):
    ground.imap = ground.smtp  # nobody answers there
    with ground.process("sync"):
        wait_until(lambda: ground.state() == "waiting")

        told = doctor(ground)

    assert (told["state"], told["connections"]) == ("waiting", 0)
    assert told["error"]
    assert told["next_try"] > told["since"]


async def test_a_console_shows_and_wakes_the_engine_that_runs_and_leaves_it_running(
    dovecots, tmp_path
):
    server = dovecots(without=("IDLE",))
    ground = Ground(server, server.new_user(), tmp_path / "desk", server.address())
    with ground.process("sync") as engine:
        wait_until(lambda: ground.state() == "polling")
        with ground.desk() as desk:
            async with console_on(desk, size=(120, 40)) as console:
                await console.until(lambda: console.screen.status.engine.pid == engine.pid)
                server.append(ground.user, a_mail(1))

                await console.press("f5")

                await console.shows("Question 1")
        assert engine.poll() is None


async def test_a_console_notices_that_the_engine_was_killed(ground):
    with ground.process("sync") as engine:
        wait_until(lambda: ground.state() == "idle")
        with ground.desk() as desk:
            async with console_on(desk, size=(120, 40)) as console:
                await console.shows("synced")

                engine.kill()
                engine.wait()

                await console.shows("mail is off")


def test_the_next_console_takes_over_a_child_of_the_last_one(ground):
    with ground.desk():
        first = Wake(ground.folder, CONSOLE)
    with ground.process("sync", "--child") as engine:
        wait_until(lambda: ground.state() == "idle")
        second = Wake(ground.folder, CONSOLE)
        first.close()
        ground.server.append(ground.user, a_mail(1))

        wait_until(lambda: ground.count("message", "has_body=1") == 1)

        assert engine.poll() is None
        os.kill(engine.pid, signal.SIGTERM)
        assert engine.wait(3) == 0
        second.close()
