"""A signal at a bad moment: what is under way is finished, and the last words can be written."""

import os
import signal

import pytest

from storage.records.local import ViewState
from storage.sync.orders import Orders, engine_on
from storage.sync.stop import Stop, Stopped


def told_to_end(_conn=None):
    os.kill(os.getpid(), signal.SIGTERM)


def written_while_told_to_end(desk):
    with desk.writing() as conn:
        conn.exec_driver_sql("INSERT INTO view_state VALUES('a', '1')")
        told_to_end()


def test_a_signal_inside_a_read_or_a_write_leaves_the_desk_usable(tmp_path):
    stop = Stop()
    orders = Orders(give_setup=None, prove=bool)
    with stop.by_signals(), engine_on(tmp_path / "desk", orders, stop) as kit:
        with pytest.raises(Stopped):
            kit.desk.read(told_to_end)
        stop.calm()
        with pytest.raises(Stopped):
            written_while_told_to_end(kit.desk)
        stop.calm()

        kit.desk.write(ViewState(key="b", value="2"))
        written = kit.desk.read(lambda conn: conn.exec_driver_sql("SELECT * FROM view_state").all())

    assert sorted(written) == [("a", "1"), ("b", "2")]
