"""What is asked for next: no gap, whatever arrives and whenever the process dies."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.mail import plan
from storage.mail.plan import Opening
from storage.records.mail import Folder
from storage.records.remote import FetchedHeaders, Selected
from storage.records.words import FolderRole


def a_folder(**changes):
    values = {
        "id": 1,
        "name": "INBOX",
        "role": FolderRole.INTAKE,
        "uidvalidity": 7,
        "high_uid": 100,
        "low_uid": 1,
        "server_count": 100,
    }
    return Folder(**(values | changes))


def said(**changes):
    values = {
        "uidvalidity": 7,
        "uidnext": 101,
        "exists": 100,
        "highestmodseq": None,
        "is_readonly": True,
    }
    return Selected(**(values | changes))


def a_row(uid, size=10):
    return FetchedHeaders(
        uid=uid,
        flags=frozenset(),
        internal_date=datetime(2026, 3, 2, tzinfo=UTC),
        size=size,
        raw=b"x" * size,
    )


@pytest.mark.parametrize(
    ("folder", "server", "opening"),
    [
        (a_folder(uidvalidity=None), said(), Opening.FRESH),
        (a_folder(), said(), Opening.SAME),
        (a_folder(), said(uidnext=500), Opening.SAME),
        (a_folder(), said(uidnext=None), Opening.SAME),
        (a_folder(), said(uidvalidity=8), Opening.RENUMBERED),
        (a_folder(), said(uidnext=100), Opening.RENUMBERED),
    ],
)
def test_a_folder_is_judged_by_its_uidvalidity_and_by_a_uidnext_that_went_back(
    folder, server, opening
):
    assert plan.opening(folder, server) is opening


def test_a_first_backfill_begins_with_200_and_goes_down_by_500():
    windows = list(plan.backfill(range(1, 1_501), high_uid=1_500, is_first=True))

    assert [len(one.uids) for one in windows] == [200, 500, 500, 300]
    assert [one.low_uid for one in windows] == [1_301, 801, 301, 1]
    assert windows[0].uids[0] == 1_500


def test_new_mail_is_taken_oldest_first_because_the_cursor_may_only_pass_what_is_here():
    windows = list(plan.new_mail([901, 900, 1_600], low_uid=5, upto=2_000))

    assert [one.uids for one in windows] == [(900, 901, 1_600)]
    assert (windows[0].high_uid, windows[0].low_uid) == (2_000, 5)


def test_the_cursor_never_stands_below_what_was_taken_in():
    (window,) = plan.new_mail([7, 9], low_uid=1, upto=8)

    assert window.high_uid == 9


def test_a_batch_holds_a_hundred_mails_or_two_megabytes():
    (window,) = plan.new_mail(range(1, 251), low_uid=1, upto=250)
    rows = [a_row(uid, size=900_000 if uid > 240 else 10) for uid in window.uids]

    batches = list(plan.batches(window, rows))

    assert [len(one.rows) for one in batches] == [100, 100, 42, 2, 2, 2, 2]
    assert [one.high_uid for one in batches] == [100, 200, 242, 244, 246, 248, 250]


def test_a_window_of_which_nothing_came_still_moves_the_cursor():
    (window,) = plan.backfill([3, 4], high_uid=9, is_first=False)

    (batch,) = plan.batches(window, [])

    assert (batch.rows, batch.low_uid, batch.high_uid) == ((), 1, 9)


def test_half_a_thousand_or_a_fifth_is_suspicious():
    assert plan.is_suspicious(501, of=100_000)
    assert plan.is_suspicious(21, of=100)
    assert not plan.is_suspicious(20, of=100)


class Model:
    """A server's folder and a desk that reads it, batch by batch."""

    def __init__(self, uids):
        self.server = set(uids)
        self.uidnext = max(uids, default=0) + 1
        self.desk = set()
        self.high, self.low = self.uidnext - 1, None

    def deliver(self, gap):
        self.uidnext += gap
        self.server.add(self.uidnext - 1)

    def new_mail(self, batches):
        found = [uid for uid in self.server if uid > self.high]
        windows = plan.new_mail(found, low_uid=self.low, upto=self.uidnext - 1)
        return self._take(windows, batches)

    def backfill(self, batches):
        upto = self.high if self.low is None else self.low - 1
        found = [uid for uid in self.server if uid <= upto]
        windows = plan.backfill(found, high_uid=self.high, is_first=self.low is None)
        return self._take(windows, batches)

    def _take(self, windows, most):
        """Store at most so many batches, then die."""
        for window in windows:
            for batch in plan.batches(window, [a_row(uid) for uid in window.uids], most=3):
                if not most:
                    return
                most -= 1
                self.desk |= {row.uid for row in batch.rows}
                self.high = max(self.high, batch.high_uid)
                self.low = min(batch.low_uid, self.low or batch.low_uid)
                self.check()

    def check(self):
        between = {uid for uid in self.server if self.low <= uid <= self.high}
        assert between <= self.desk


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.integers(1, 5)),
        st.tuples(st.just("new_mail"), st.integers(0, 4)),
        st.tuples(st.just("backfill"), st.integers(0, 4)),
    ),
    max_size=25,
)


@given(st.sets(st.integers(1, 60), min_size=1, max_size=40), STEPS)
def test_between_the_ends_of_the_cursor_nothing_is_missing(uids, steps):
    model = Model(uids)
    model.backfill(1)

    for name, number in steps:
        getattr(model, name)(number)

    model.new_mail(1_000)
    model.backfill(1_000)
    assert model.desk == model.server
