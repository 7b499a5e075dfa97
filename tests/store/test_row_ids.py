"""Row ids of arrivals: by the second, never twice."""

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from storage.intake.rows import free_ids

EPOCH_2000_MS = 946_684_800_000
seconds = st.integers(1, 30)


@given(taken=st.sets(seconds), wanted=st.lists(seconds, max_size=30))
def test_a_row_id_is_free_and_given_once_however_crowded_the_seconds_are(taken, wanted):
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE TABLE message(id INTEGER PRIMARY KEY)")
    conn.executemany("INSERT INTO message VALUES(?)", [(one,) for one in taken])

    ids = free_ids(conn, [EPOCH_2000_MS + one * 1000 for one in wanted])

    assert len(set(ids)) == len(wanted)
    assert taken.isdisjoint(ids)
    assert all(given_id >= second for given_id, second in zip(ids, wanted, strict=True))


def test_a_mailbox_that_was_copied_within_a_second_costs_no_more_the_larger_it_is():
    def steps(size):
        with closing(sqlite3.connect(":memory:")) as conn:
            conn.execute("CREATE TABLE message(id INTEGER PRIMARY KEY)")
            conn.executemany("INSERT INTO message VALUES(?)", ((1 + n,) for n in range(size)))
            counted = []
            conn.set_progress_handler(lambda: counted.append(1), 1)
            assert free_ids(conn, [EPOCH_2000_MS + 1_000]) == [size + 1]
            return len(counted)

    assert steps(50_000) < 3 * steps(500)
