"""What a commit waits for: the disk, unless what was written comes again by itself."""

import pytest
from factories import a_mail, receive

NORMAL, FULL = 1, 2


def forcing(conn):
    return conn.exec_driver_sql("PRAGMA synchronous").scalar()


def test_a_decision_waits_for_the_disk(desk):
    with desk.writing() as conn:
        assert forcing(conn) == FULL


def test_what_the_server_still_has_does_not(desk):
    with desk.writing(is_forced=False) as conn:
        assert forcing(conn) == NORMAL


def test_after_a_batch_that_failed_a_decision_waits_again(desk):
    receive(desk, a_mail())

    with pytest.raises(ZeroDivisionError), desk.writing(is_forced=False):
        raise ZeroDivisionError

    with desk.writing() as conn:
        assert forcing(conn) == FULL
