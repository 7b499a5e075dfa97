"""How fast the engine goes at a server that has had enough."""

import pytest

from storage.errors import ConnectionLostError, NotNowError, ServerError
from storage.sync.pace import Pace
from storage.sync.waiting import Pauses


def test_29_each_time_a_server_throttles_half_as_much_is_asked_for():
    pace = Pace()
    pace.throttled()
    assert pace.of(500) == 250

    pace.throttled()

    assert pace.of(500) == 125


def test_29_answers_bring_the_batches_back_to_their_size():
    pace = Pace()
    pace.throttled()

    for _ in range(20):
        pace.went_well()

    assert pace.of(500) == 500


def test_29_at_least_one_mail_is_asked_for_however_often_it_throttles():
    pace = Pace()

    for _ in range(100):
        pace.throttled()

    assert (pace.of(10), pace.of(500)) == (1, 15)


@pytest.mark.parametrize("kind", [NotNowError, ServerError, ConnectionLostError])
def test_29_no_pause_is_shorter_than_the_server_asked_for(kind):
    assert Pauses().after(kind("Not now.", wait_seconds=120.0)) >= 120.0


def test_29_a_server_that_names_no_time_is_left_alone_for_ours():
    assert 15.0 <= Pauses().after(NotNowError("Not now.")) <= 20.0
    assert Pauses().after(ConnectionLostError("Lost.")) <= 2.5
