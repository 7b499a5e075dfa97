"""Keys pressed one after the other."""

import pytest

from console import keys
from console.chords import Chords


class FakeTimer:
    def __init__(self, callback):
        self.callback = callback
        self.is_stopped = False

    def stop(self):
        self.is_stopped = True


class Desk:
    """What chords talk to: a clock that a test winds, and what was run and shown."""

    def __init__(self):
        self.timers, self.ran, self.shown = [], [], []
        self.chords = Chords(
            clock=self,
            run=lambda key: self.ran.append(key.id),
            show=lambda typed, rows: self.shown.append((typed, rows)),
            hide=lambda: self.shown.append("hidden"),
        )

    def set_timer(self, _delay, callback):
        self.timers.append(FakeTimer(callback))
        return self.timers[-1]

    def wait(self):
        for timer in self.timers:
            if not timer.is_stopped:
                timer.callback()

    def press(self, *strokes, context="inbox"):
        return [self.chords.takes(one, keymap=keys.DEFAULT, context=context) for one in strokes]


@pytest.fixture
def desk():
    return Desk()


def test_two_keys_make_a_chord(desk):
    assert desk.press("g", "i") == [True, True]
    assert desk.ran == ["global.pane_inbox"]


def test_a_chord_may_repeat_its_key(desk):
    desk.press("g", "g")

    assert desk.ran == ["move.top"]


def test_what_may_follow_is_shown_only_after_a_moment(desk):
    desk.press("g")

    assert desk.shown == []
    desk.wait()
    typed, rows = desk.shown[0]
    assert typed == "g"
    assert ("i", "Go to the inbox") in rows


def test_who_types_fast_never_sees_it(desk):
    desk.press("g", "i")
    desk.wait()

    assert [one for one in desk.shown if one != "hidden"] == []


def test_a_key_that_makes_no_chord_means_what_it_always_means(desk):
    assert desk.press("g", "j") == [True, False]
    assert desk.ran == []


def test_escape_ends_a_chord_and_nothing_else(desk):
    assert desk.press("g", "escape", "escape") == [True, True, False]


def test_a_sheet_has_no_chords(desk):
    assert desk.press("g", "i", context="close_sheet") == [False, False]
