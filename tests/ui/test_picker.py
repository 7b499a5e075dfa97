from tests.ui.widget_harness import Harness, screen_text, until
from widgets.choices import Choice, rank
from widgets.picker import Picker

ARTICLES = [
    Choice(key="A1", title="Rotate the signing key", detail="security"),
    Choice(key="A2", title="Retry a webhook by hand", hint="used 14 times"),
    Choice(key="A3", title="Why a webhook is delivered twice"),
    Choice(key="A4", title="Invoices and VAT"),
]


def keys(found):
    return [one.key for one in found]


def test_without_words_the_order_given_stays():
    assert keys(rank(ARTICLES, "  ")) == ["A1", "A2", "A3", "A4"]


def test_all_words_have_to_be_there_and_beginnings_come_first():
    assert keys(rank(ARTICLES, "webhook"))[:2] == ["A2", "A3"]
    assert keys(rank(ARTICLES, "inv vat"))[0] == "A4"


def test_a_slip_of_the_finger_still_finds():
    assert keys(rank(ARTICLES, "wehbook retry"))[0] == "A2"


def test_a_key_or_detail_finds_too():
    assert keys(rank(ARTICLES, "a4"))[0] == "A4"
    assert keys(rank(ARTICLES, "security"))[0] == "A1"


async def test_typing_narrows_and_enter_takes_the_best():
    picker = Picker()
    app = Harness(picker)
    async with app.run_test(size=(80, 20)) as pilot:
        picker.ask(ARTICLES)
        await pilot.press(*"vat")
        await until(pilot, lambda: picker.choices.count == 1 and picker.choices.highlighted)

        await pilot.press("enter")
        await until(pilot, lambda: app.told(Picker.Picked))

        assert app.told(Picker.Picked)[0].choice.key == "A4"


async def test_arrows_move_while_the_words_keep_the_keyboard():
    picker = Picker()
    app = Harness(picker)
    async with app.run_test(size=(80, 20)) as pilot:
        picker.ask(ARTICLES)
        await until(pilot, lambda: picker.choices.highlighted)

        await pilot.press("down", "down", "up", "enter")
        await until(pilot, lambda: app.told(Picker.Picked))

        assert app.told(Picker.Picked)[0].choice.key == "A2"
        assert picker.prompt.has_focus


async def test_new_words_start_at_the_best_match_again():
    picker = Picker()
    app = Harness(picker)
    async with app.run_test(size=(80, 20)) as pilot:
        picker.ask(ARTICLES)
        await until(pilot, lambda: picker.choices.highlighted)
        picker.move(3)

        await pilot.press(*"we")
        await until(pilot, lambda: picker.choices.count < 4)

        await until(pilot, lambda: picker.choices.cursor == 0)


async def test_escape_cancels_and_takes_nothing():
    picker = Picker()
    app = Harness(picker)
    async with app.run_test(size=(80, 20)) as pilot:
        picker.ask(ARTICLES)
        await pilot.press("escape")
        await until(pilot, lambda: app.told(Picker.Cancelled))

        assert app.told(Picker.Picked) == []


async def test_words_themselves_are_taken_only_where_asked_for():
    picker = Picker()
    app = Harness(picker)
    async with app.run_test(size=(80, 20)) as pilot:
        picker.ask([])
        await pilot.press(*"mon 9am", "enter")
        await pilot.pause()
        assert app.told(Picker.Picked) == []
        assert "Nothing matches." in screen_text(app)

        picker.ask([], words="mon 9am", takes_words=True)
        await pilot.press("enter")
        await until(pilot, lambda: app.told(Picker.Picked))

        assert app.told(Picker.Picked)[0].words == "mon 9am"


async def test_an_owner_that_searches_itself_is_told_the_words():
    picker = Picker()
    app = Harness(picker)
    async with app.run_test(size=(80, 20)) as pilot:
        picker.ask(ARTICLES, ranks=False)
        await pilot.press(*"zz")
        await until(pilot, lambda: any(one.words == "zz" for one in app.told(Picker.Queried)))

        picker.offer(ARTICLES[:1])
        await until(pilot, lambda: picker.choices.count == 1)


async def test_the_highlight_is_lit_although_the_words_have_the_focus():
    picker = Picker()
    async with Harness(picker).run_test(size=(80, 20)) as pilot:
        picker.ask(ARTICLES)
        await until(pilot, lambda: picker.choices.highlighted)

        lit, plain = (next(iter(picker.choices.content_strip(y, 79))) for y in (0, 1))

        assert lit.style.bgcolor == picker.choices.look.style("", "cursor").bgcolor
        assert plain.style.bgcolor != lit.style.bgcolor


async def test_enter_right_after_the_words_takes_what_the_words_mean():
    picker = Picker()
    app = Harness(picker)
    async with app.run_test(size=(80, 20)) as pilot:
        picker.ask(ARTICLES)
        await until(pilot, lambda: picker.choices.highlighted is not None)
        picker.prompt.value = "invoices"
        picker._show()
        picker.accept()
        await until(pilot, lambda: app.told(Picker.Picked))

        assert app.told(Picker.Picked)[0].choice.key == "A4"


async def test_enter_waits_for_an_owner_that_still_searches():
    picker = Picker()
    app = Harness(picker)
    async with app.run_test(size=(80, 20)) as pilot:
        picker.ask(ARTICLES, ranks=False)
        await until(pilot, lambda: picker.choices.highlighted is not None)
        await pilot.press("x", "enter")
        await pilot.pause()
        assert app.told(Picker.Picked) == []
        picker.offer(ARTICLES[2:3])
        await until(pilot, lambda: app.told(Picker.Picked))

        assert app.told(Picker.Picked)[0].choice.key == "A3"
