"""Two texts in one, to decide in."""

from hypothesis import given
from hypothesis import strategies as st

from storage.rules.both_texts import both, is_undecided

_TEXTS = st.lists(st.sampled_from(["", "a", "b", "# c", "d"]), max_size=6).map("\n".join)


def test_what_is_the_same_stands_once_and_what_differs_under_its_author():
    text = both("Same.\nMine.", "Same.\nTheirs.", first_by="Ana", second_by="Ben")

    assert text == "Same.\n<<<<<<< Ana\nMine.\n\n=======\nTheirs.\n>>>>>>> Ben"


def test_equal_texts_leave_nothing_to_decide():
    text = both("Same.\n\nWords.", "Same.\n\nWords.", first_by="Ana", second_by="Ben")

    assert text == "Same.\n\nWords."
    assert not is_undecided(text)


@given(_TEXTS, _TEXTS)
def test_texts_that_differ_are_undecided_and_hold_every_line_of_both(first, second):
    text = both(first, second, first_by="Ana", second_by="Ben")

    assert is_undecided(text) == (first != second)
    assert set(first.split("\n")) | set(second.split("\n")) <= set(text.split("\n"))
