"""Working time: the vectors that other desks learned the hard way, and what always holds."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records.hours import Frame, Hours, Target
from storage.rules import hours as working
from storage.rules import hours_syntax

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3_600_000
OFFICE = (Frame(9 * 60, 17 * 60),)
LUNCH = (Frame(9 * 60, 12 * 60), Frame(13 * 60, 17 * 60))
SPANS = st.integers(0, 400 * HOUR)
STARTS = st.integers(
    int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1000,
    int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * 1000,
)


def week(frames=OFFICE, *, off=()):
    return Hours(zone="Europe/Berlin", week=(frames,) * 5 + ((),) * 2, days_off=frozenset(off))


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) * 1000


@pytest.mark.parametrize(
    ("start", "work", "hours", "end"),
    [
        ("2026-11-20 16:30", HOUR, week(), "2026-11-23 09:30"),
        ("2026-11-20 16:00", HOUR, week(), "2026-11-20 17:00"),
        ("2026-11-21 11:00", HOUR, week(), "2026-11-23 10:00"),
        ("2026-11-20 08:00", HOUR, week(), "2026-11-20 10:00"),
        ("2026-11-20 11:30", HOUR, week(LUNCH), "2026-11-20 13:30"),
        ("2026-11-20 12:30", HOUR, week(LUNCH), "2026-11-20 14:00"),
        ("2026-12-24 16:30", HOUR, week(off=[date(2026, 12, 25)]), "2026-12-28 09:30"),
        ("2026-11-19 09:00", 9 * HOUR, week(), "2026-11-20 10:00"),
        ("2026-11-20 16:30", HOUR, Hours(), "2026-11-20 17:30"),
    ],
    ids=[
        "over the weekend",
        "to the very end of a day",
        "begun on a Saturday",
        "begun before work",
        "over lunch",
        "begun at lunch",
        "over a holiday",
        "more than a day",
        "around the clock",
    ],
)
def test_work_goes_on_when_the_team_does(start, work, hours, end):
    assert working.after(at(start), work, hours) == at(end)


def test_a_day_on_which_the_clock_is_set_back_has_its_hours_by_the_wall():
    night = Hours(zone="Europe/Berlin", week=((Frame(0, 24 * 60),),) * 7)

    assert working.between(at("2026-10-25 00:00"), at("2026-10-26 00:00"), night) == 25 * HOUR


def test_a_team_that_never_works_again_is_promised_nothing_for_ever():
    never = week(off=[date(2026, 1, 1) + timedelta(days=one) for one in range(2000)])

    assert working.after(at("2026-11-20 16:30"), HOUR, never) == at("2026-11-20 17:30")


@given(start=STARTS, work=SPANS, frames=st.sampled_from([OFFICE, LUNCH]))
def test_what_has_passed_until_the_due_time_is_what_was_promised(start, work, frames):
    hours = week(frames)

    due = working.after(start, work, hours)

    assert working.between(start, due, hours) == work
    assert due >= start + work


@given(start=STARTS, first=SPANS, second=SPANS)
def test_two_stretches_of_work_are_one_after_the_other(start, first, second):
    hours = week(LUNCH)

    midway = working.after(start, first, hours)

    assert working.after(midway, second, hours) == working.after(start, first + second, hours)


def test_the_team_is_there_in_its_hours_only():
    assert working.is_open(at("2026-11-20 09:00"), week())
    assert not working.is_open(at("2026-11-20 17:00"), week())
    assert not working.is_open(at("2026-11-21 11:00"), week())


def test_hours_and_targets_are_read_as_they_are_written():
    assert hours_syntax.frames("09:00-12:00 13:00-17:00") == LUNCH
    assert hours_syntax.frames("") == ()
    told = hours_syntax.target("first 90m, resolve 3d, always")
    assert told == Target(
        first_response=timedelta(minutes=90),
        resolution=timedelta(days=3),
        is_around_the_clock=True,
    )
    assert hours_syntax.target(hours_syntax.written_target(told)) == told


@pytest.mark.parametrize(
    "text", ["9-17", "17:00-09:00", "09:00-25:00", "09:00-12:00 11:00-13:00", "09:60-12:00"]
)
def test_hours_that_make_no_sense_are_refused(text):
    with pytest.raises(ValueError, match=r"time of day|later that day|before the one"):
        hours_syntax.frames(text)


@pytest.mark.parametrize("text", ["soon", "first", "first 0h", "first 4w", "first 400d"])
def test_targets_that_make_no_sense_are_refused(text):
    with pytest.raises(ValueError, match=r"neither|no span"):
        hours_syntax.target(text)
