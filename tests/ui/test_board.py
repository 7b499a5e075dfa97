import pytest
from screen_records import ANA, NOW, a_bug

from storage.records.ids import FeatureId
from storage.records.words import BugState, FeatureState, Severity
from storage.records.work import Feature
from tests.ui.widget_harness import Harness, screen_lines, screen_text, until
from widgets.board import Board, Column
from widgets.bug_card import bug_card, card_lines, feature_card
from widgets.cells import line_width

NAMES = {ANA: "Ana"}


def cards(*handles, **changed):
    return tuple(bug_card(a_bug(id=one, handle=one, **changed), names=NAMES) for one in handles)


def columns(**more):
    return [Column(name, name.title(), shown) for name, shown in more.items()]


def text_of(card, width=40):
    lines = card_lines(card, width, is_chosen=False, has_focus=False)
    return "\n".join("".join(text for text, _ in line) for line in lines)


def test_a_card_says_how_bad_what_who_and_how_many():
    bug = a_bug(severity=Severity.CRITICAL, fixer=ANA, customers=12, customers_7d=2)

    text = text_of(bug_card(bug, names=NAMES), width=60)

    assert "C Webhook retries" in text
    assert "B4XR Ana" in text
    assert "12 customers 2/7d 3/30d" in text


def test_a_bug_that_more_and_more_customers_meet_says_rising():
    assert "rising" in text_of(bug_card(a_bug(customers_7d=5, customers_30d=6), names={}), 60)
    assert "rising" not in text_of(bug_card(a_bug(customers_7d=1, customers_30d=6), names={}), 60)


def test_a_request_is_a_card_too():
    request = Feature(
        id=FeatureId("F1"),
        handle="F1AA",
        title="Dark mode",
        detail="",
        area="console",
        state=FeatureState.ASKED,
        customers=1,
        customers_30d=1,
        tickets=(),
        created_at=NOW,
        created_by=ANA,
    )

    text = text_of(feature_card(request), 60)

    assert "R Dark mode" in text
    assert "1 customer 1/30d" in text


@pytest.mark.parametrize("width", range(20, 70))
@pytest.mark.parametrize("title", ["", "日本語" * 40, "x" * 300, "\x1b[2J" * 20])
def test_a_card_fills_its_width_whatever_its_title(width, title):
    card = bug_card(a_bug(title=title, customers=31, customers_7d=20, customers_30d=22), names={})

    lines = card_lines(card, width, is_chosen=True, has_focus=True)

    assert [line_width(line) for line in lines] == [width] * 3


async def test_hjkl_walk_columns_and_cards_and_tell_where_they_are():
    board = Board()
    app = Harness(board)
    async with app.run_test(size=(120, 30)) as pilot:
        board.show(columns(reported=cards("A", "B"), confirmed=(), fixing=cards("C")))
        board.move(1)
        assert board.card.key == "B"

        board.move_column(1)
        assert board.card is None

        board.move_column(1)
        await until(pilot, lambda: len(app.told(Board.Highlighted)) == 4)
        assert board.card.key == "C"

        board.move_column(-2)
        assert board.card.key == "B"


async def test_a_card_that_changed_its_column_stays_chosen():
    board = Board()
    async with Harness(board).run_test(size=(120, 30)):
        board.show(columns(reported=cards("A", "B"), confirmed=cards("C")))
        board.move(1)

        board.show(columns(reported=cards("A"), confirmed=cards("C", "B")))

        assert board.card.key == "B"
        assert board.column.key == "confirmed"


async def test_at_80_columns_the_board_slides_to_the_chosen_column():
    board = Board()
    app = Harness(board)
    async with app.run_test(size=(80, 24)) as pilot:
        board.show(columns(**{state.value: cards(state.value) for state in BugState}))
        await pilot.pause()
        assert "Reported" in screen_lines(app)[0]
        assert "Released" not in screen_lines(app)[0]

        board.move_column(5)
        await pilot.pause()

        assert "Wont_Fix" in screen_lines(app)[0]
        assert max(map(len, screen_lines(app))) <= 80


async def test_a_long_column_scrolls_to_its_chosen_card_and_says_what_is_hidden():
    board = Board()
    app = Harness(board)
    async with app.run_test(size=(80, 14)) as pilot:
        board.show(columns(reported=cards(*"ABCDEFGH")))
        await pilot.pause()
        assert "5 more below" in screen_lines(app)[1]

        board.move_to_end(bottom=True)
        await pilot.pause()

        assert "5 above" in screen_lines(app)[1]
        assert "H " in screen_text(app)


async def test_a_click_chooses_and_a_second_one_opens():
    board = Board()
    app = Harness(board)
    async with app.run_test(size=(80, 24)) as pilot:
        board.show(columns(reported=cards("A", "B"), confirmed=cards("C", "D")))
        await pilot.pause()

        await pilot.click(Board, offset=(50, 7), times=2)
        await until(pilot, lambda: app.told(Board.Opened))

        assert app.told(Board.Opened)[0].card.key == "D"


async def test_hostile_titles_never_reach_a_strip_raw():
    board = Board()
    async with Harness(board).run_test(size=(80, 24)):
        board.show(
            columns(reported=cards("A", title="\x1b]52;c;aGk=\x07 \x9b2J [@click=quit]x[/]"))
        )

        strips = board.render_lines(board.size.region)

        assert all(segment.text.isprintable() for strip in strips for segment in strip)
        assert {strip.cell_length for strip in strips} == {80}
