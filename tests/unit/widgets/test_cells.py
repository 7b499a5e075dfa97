import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.cells import clean, clip, fit, fit_right, line_width, shorten, spread, width_of

LETTERS = st.text(max_size=40)


@given(LETTERS)
def test_clean_text_holds_nothing_a_terminal_acts_on(text):
    assert clean(text).isprintable()


@given(LETTERS, st.integers(0, 30))
def test_a_fitted_text_takes_exactly_its_cells(text, width):
    assert width_of(fit(text, width)) == width
    assert width_of(fit_right(text, width)) == width


@given(LETTERS, st.integers(0, 30))
def test_a_cut_never_leaves_more_than_its_cells(text, width):
    assert width_of(clip(text, width)) <= width
    assert width_of(shorten(text, width)) <= width


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "\u241b]52;c;aGk=\u2407"),
        ("\x9b2J", "\ufffd2J"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("❤\ufe0f ok", "❤ ok"),
        ("👍\U0001f3fd", "👍"),
        ("a\tb\u00a0c\u3000d", "a b c d"),
        ("z" + "\u0301" * 40, "z" + "\u0301" * 3),
        ("\U000e0041tag", "tag"),
        ("[red]Re: [/bar]", "[red]Re: [/bar]"),
    ],
)
def test_strange_letters_become_harmless_ones(raw, shown):
    assert clean(raw) == shown


def test_a_wide_letter_is_never_cut_in_half():
    assert clip("日本語", 5) == "日本 "


def test_a_shortened_name_says_that_it_was_cut():
    assert shorten("Zoe Marlowe-Pettersson", 12) == "Zoe Marlow.."


def test_two_sides_of_a_line_stand_at_its_edges_and_the_right_gives_way():
    left, right = (("abc", ""),), (("xyz", ""),)

    assert line_width(spread(left, right, 20)) == 20
    assert spread(left, right, 5) == left
