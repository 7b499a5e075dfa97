"""Fingers faster than the screen, and a terminal that changes under them."""

import random

from hostile.desks import a_plain_desk
from hostile.grammar import violations

ESCAPE = "\x1b"
KEYS = (*"jk?:/ntebKAipScrQ{}[]xo234gu=dGV*m", "\r", "\t", ESCAPE, ESCAPE, "\x7f", "\x04", "\x15")
OURS = r"\x1b\]52;c;I[A-Za-z0-9=]{7,11}\x07|\x07"


def test_a_key_typed_three_times_at_once_breaks_nothing(console, tmp_path):
    a_plain_desk(tmp_path / "desk", "one")
    terminal = console()
    terminal.wait_for("one", "Reply")

    for key in ":?teKbiApSrc/234":
        terminal.press(key * 3, ESCAPE, ESCAPE)
        assert terminal.process.poll() is None, (key, terminal.text)


def test_a_storm_of_keys_and_sizes_breaks_nothing(console, tmp_path):
    a_plain_desk(tmp_path / "desk", "one", "two", "three")
    chance = random.Random(7)
    terminal = console()
    terminal.wait_for("three", "Reply")

    for _ in range(60):
        typed = "".join(chance.choices(KEYS, k=8))
        terminal.type(typed)
        terminal.resize(chance.randint(1, 200), chance.randint(1, 60))
        terminal.read(0.02)
        assert terminal.process.poll() is None, (typed, terminal.text)
    terminal.resize(120, 40)
    terminal.type(ESCAPE)
    terminal.settle()

    assert terminal.process.poll() is None, terminal.text
    assert violations(terminal.drawn, more=OURS) == []
