"""The key table: whole, free of clashes, and remapped only with sense."""

import pytest
from textual.keys import _character_to_key

from console import keys
from storage.errors import UsageError


@pytest.mark.parametrize("name", keys.CONTEXTS)
def test_no_key_does_two_things_in_one_place(name):
    pressed = [key for one in keys.DEFAULT.own(name) for key in one.keys]

    assert sorted(pressed) == sorted(set(pressed))


@pytest.mark.parametrize("name", keys.CONTEXTS)
def test_no_key_is_the_beginning_of_a_chord(name):
    reachable = keys.DEFAULT.reachable(name)
    begun = {key.split()[0] for key in reachable if " " in key}

    assert begun.isdisjoint(reachable)


def test_ids_are_unique_and_say_where_they_belong():
    ids = [(name, one) for name, context in keys.CONTEXTS.items() for one in context.keys]

    assert all(one.context == name for name, one in ids)
    assert len({one.id for _, one in ids}) == len(ids)


@pytest.mark.parametrize("name", keys.CONTEXTS)
def test_every_key_says_what_it_does_and_no_terminal_eats_it(name):
    for one in keys.CONTEXTS[name].keys:
        assert one.help
        assert one.keys
        assert not set(one.keys) & set(keys.EATEN_BY_TERMINALS)


def test_a_text_keeps_every_printable_key():
    for context in keys.CONTEXTS.values():
        if context.is_text_entry:
            strokes = {key for one in context.keys for key in one.keys}
            assert not {key for key in strokes if len(keys.shown(key)) == 1}


@pytest.mark.parametrize("character", "abzAZ09!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
def test_a_character_has_the_name_that_textual_gives_it(character):
    assert keys.named(character) == _character_to_key(character)
    assert keys.shown(keys.named(character)) == character


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        ("escape", "Esc"),
        ("g i", "g i"),
        ("ctrl+p", "ctrl+p"),
        ("question_mark", "?"),
        ("plus", "+"),
    ],
)
def test_a_key_is_shown_as_people_write_it(key, seen):
    assert keys.shown(key) == seen


def test_a_key_can_be_another_one():
    mine = keys.DEFAULT.remapped({"inbox.close_ticket": ("x",)})

    assert mine.reachable("ticket")["x"].id == "inbox.close_ticket"
    assert "e" not in mine.reachable("inbox")
    assert mine.changed_from(keys.DEFAULT) == {"inbox.close_ticket": "x"}


def test_two_actions_can_swap_their_keys():
    mine = keys.DEFAULT.remapped({"inbox.close_ticket": ("r",), "inbox.reply_all": ("e",)})

    assert mine.reachable("inbox")["r"].id == "inbox.close_ticket"


@pytest.mark.parametrize(
    ("action", "typed", "said"),
    [
        ("inbox.close_tiket", "x", "Did you mean inbox.close_ticket?"),
        ("inbox.close_ticket", "r", "r is inbox.reply_all already"),
        ("inbox.close_ticket", "j", "j is move.down already"),
        ("inbox.close_ticket", "g", "already"),
        ("global.search", "e", "already"),
        ("inbox.close_ticket", "hyper+e", "is no key"),
        ("inbox.close_ticket", "ctrl+i", "a terminal sends ctrl+i as tab"),
    ],
)
def test_a_key_without_sense_is_refused_in_words(action, typed, said):
    with pytest.raises(UsageError) as caught:
        keys.DEFAULT.remapped({action: (typed,)})

    assert said in str(caught.value)


def test_a_pane_may_give_a_key_of_everywhere_another_meaning():
    assert keys.DEFAULT.reachable("bugs")["3"].id == "bugs.toggle_requests"
    assert "global.pane_bugs" in {one.id for one in keys.DEFAULT.reachable("bugs").values()}


def test_what_may_follow_a_chord_is_known():
    assert keys.DEFAULT.chords("inbox", "g")["i"].id == "global.pane_inbox"
    assert keys.DEFAULT.chords("close_sheet", "g") == {}


def test_the_footer_of_a_ticket_offers_the_verbs_of_the_inbox():
    labels = [label for _, label, _ in keys.DEFAULT.footer("ticket")]

    assert labels[:4] == ["Reply", "Close", "Take", "Category"]
    assert labels[-1] == "Keys"
