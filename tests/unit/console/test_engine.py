"""The engine as a child that is looked after."""

import sys

import pytest

from console.engine import Engine, command

QUICK_DEATH = 'import sys, json; print(json.dumps({"error": "x", "message": "No."}), file=sys.stderr); sys.exit(5)'
WRONG_CONFIG = QUICK_DEATH.replace("exit(5)", "exit(2)")


class Clock:
    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def engine_that(clock):
    """Return a function that makes an engine out of a line of Python, and end what it started."""
    made = []

    def make(body, *, is_held=lambda: False):
        engine = Engine([sys.executable, "-c", body], is_held, clock)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        if engine._child is not None:
            engine._child.kill()
            engine._child.wait()


def wait_until_dead(engine):
    engine._child.wait(20)


def test_a_look_starts_it_once(engine_that):
    engine = engine_that("import time; time.sleep(60)")

    engine.look()
    child = engine._child
    engine.look()

    assert engine.is_ours
    assert engine._child is child


def test_one_that_already_runs_is_used(engine_that):
    engine = engine_that("raise SystemExit", is_held=lambda: True)

    engine.look()

    assert not engine.is_ours
    assert engine.trouble == ""


def test_one_that_dies_says_why_and_comes_back_later(engine_that, clock):
    engine = engine_that(QUICK_DEATH)
    engine.look()
    wait_until_dead(engine)

    engine.look()
    assert engine.trouble == "No."
    assert not engine.is_ours
    clock.seconds += 2
    engine.look()
    assert engine._child is not None


def test_the_pauses_grow(engine_that, clock):
    engine = engine_that(QUICK_DEATH)
    for _ in range(3):
        clock.seconds = engine._next_start
        engine.look()
        wait_until_dead(engine)
        engine.look()

    assert engine._next_start - clock.seconds > 3


def test_a_wrong_configuration_is_not_tried_again_until_somebody_asks(engine_that, clock):
    engine = engine_that(WRONG_CONFIG)
    engine.look()
    wait_until_dead(engine)
    clock.seconds += 3600

    engine.look()
    assert engine._child is None
    engine.try_now()
    engine.look()
    assert engine._child is not None


def test_a_program_that_is_not_there_is_said(clock):
    engine = Engine(["/no/such/python"], lambda: False, clock)

    engine.look()

    assert engine.trouble == "The engine could not be started: No such file or directory."


def test_the_command_never_imports_from_the_working_directory(tmp_path):
    argv = command(config=tmp_path / "c.toml", desk=tmp_path, readonly=True)

    assert argv[:4] == [sys.executable, "-P", "-m", "console"]
    assert "--readonly" in argv
    assert argv[-2:] == ["sync", "--child"]
