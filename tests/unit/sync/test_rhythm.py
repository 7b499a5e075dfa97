"""When the engine looks again, whatever it hears."""

import math

import pytest

from storage.sync.waiting import Rhythm

RHYTHM = Rhythm(renew=540, poll=60, background_poll=300)


def test_27_idle_is_renewed_every_nine_minutes_and_each_renewal_is_a_look():
    now, looks = 0.0, []

    for _ in range(4):
        look_at = RHYTHM.look_at(looked_at=now, has_idle=True, folders=1, has_console=True)
        now += RHYTHM.rest(now=now, look_at=look_at, due_in=math.inf, has_idle=True)
        looks.append((now, now >= look_at))

    assert looks == [(540, True), (1080, True), (1620, True), (2160, True)]


def test_27_no_idle_lasts_longer_than_nine_minutes():
    assert RHYTHM.rest(now=0, look_at=10_000, due_in=math.inf, has_idle=True) == 540


@pytest.mark.parametrize(
    ("has_idle", "folders", "has_console", "seconds"),
    [(True, 2, True, 60), (True, 2, False, 300), (False, 1, True, 60), (False, 1, False, 300)],
)
def test_28_what_idle_does_not_hear_is_looked_at_more_often(
    has_idle, folders, has_console, seconds
):
    found = RHYTHM.look_at(looked_at=7, has_idle=has_idle, folders=folders, has_console=has_console)

    assert found == 7 + seconds


def test_a_reply_that_is_due_ends_the_rest():
    assert RHYTHM.rest(now=100, look_at=200, due_in=8, has_idle=True) == 8
    assert RHYTHM.rest(now=300, look_at=200, due_in=8, has_idle=False) == 0
