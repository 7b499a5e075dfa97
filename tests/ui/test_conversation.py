from datetime import timedelta

from screen_records import NOW, a_message, a_note, a_ticket, an_event, an_outbox_item

from tests.ui.widget_harness import Harness, screen_lines, screen_text, until
from widgets.conversation import ConversationView

QUOTED = "My answer.\n\n" + "\n".join(f"> line {number}" for number in range(34))


def a_view():
    view = ConversationView()
    view.now = NOW
    return view


def messages(count):
    return [
        a_message(id=number, text=f"This is message {number}.\n" + "words " * 60)
        for number in range(count)
    ]


async def test_a_ticket_opens_at_its_newest_message():
    view = a_view()
    app = Harness(view)
    async with app.run_test(size=(80, 12)) as pilot:
        view.show(a_ticket(*messages(30), an_event()))
        await pilot.pause()

        assert "This is message 29." in screen_text(app)
        assert view.selected.id == 29


async def test_a_thread_of_a_thousand_opens_without_painting_it_all():
    view = a_view()
    async with Harness(view).run_test(size=(120, 40)):
        painted = []
        paint = view._paint
        view._paint = lambda place: painted.append(place) or paint(place)

        view.show(a_ticket(*messages(1000)))

        assert len(painted) < 60


async def test_the_screen_stays_where_it_is_when_the_true_heights_are_known():
    view = a_view()
    app = Harness(view)
    async with app.run_test(size=(80, 20)) as pilot:
        view.show(a_ticket(*messages(300)))
        for _ in range(150):
            view.prev_message()
        await pilot.pause()
        before = screen_lines(app)

        await until(pilot, lambda: all(map(view._map.is_known, range(300))))
        await pilot.pause()

        assert screen_lines(app) == before


async def test_walking_up_a_thread_puts_each_message_at_the_top():
    view = a_view()
    app = Harness(view)
    async with app.run_test(size=(80, 8)) as pilot:
        view.show(a_ticket(*messages(5), a_note(), an_event(), *messages(0)))
        seen = []
        for _ in range(5):
            view.prev_message()
            await pilot.pause()
            seen.append(view.selected.id)

        assert seen == [4, 3, 2, 1, 0]
        assert screen_lines(app)[0].startswith("┃  Zoe Marlowe")


async def test_an_answer_that_comes_in_does_not_move_what_is_read():
    view = a_view()
    app = Harness(view)
    async with app.run_test(size=(80, 14)) as pilot:
        conversation = messages(20)
        view.show(a_ticket(*conversation))
        for _ in range(9):
            view.prev_message()
        view.scroll_by(3)
        await pilot.pause()
        before = screen_lines(app)

        view.show(a_ticket(*conversation, a_message(id=99, text="And another thing.")))
        await pilot.pause()

        assert screen_lines(app) == before


async def test_quotes_fold_and_unfold_on_the_selected_message():
    view = a_view()
    app = Harness(view)
    async with app.run_test(size=(80, 50)) as pilot:
        view.show(a_ticket(a_message(text=QUOTED)))
        await pilot.pause()
        assert "▸ 34 quoted lines" in screen_text(app)

        view.toggle_quotes()
        await pilot.pause()
        assert "> line 33" in screen_text(app)

        view.toggle_quotes()
        await pilot.pause()
        assert "> line 33" not in screen_text(app)


async def test_a_click_on_a_fold_opens_it():
    view = a_view()
    app = Harness(view)
    async with app.run_test(size=(80, 50)) as pilot:
        view.show(a_ticket(a_message(text=QUOTED)))
        await pilot.pause()
        y = next(n for n, line in enumerate(screen_lines(app)) if "▸" in line)

        await pilot.click(ConversationView, offset=(6, y))
        await pilot.pause()

        assert "> line 33" in screen_text(app)


async def test_a_countdown_moves_with_the_time_it_is_told():
    view = a_view()
    app = Harness(view)
    async with app.run_test(size=(80, 24)) as pilot:
        view.show(a_ticket(a_message(), an_outbox_item()))
        await pilot.pause()
        assert "leaves in 10 s" in screen_text(app)

        view.now = NOW + timedelta(seconds=4)
        await pilot.pause()

        assert "leaves in 6 s" in screen_text(app)


async def test_paging_to_the_end_and_back_keeps_the_selection_on_the_screen():
    view = a_view()
    app = Harness(view)
    async with app.run_test(size=(80, 12)) as pilot:
        view.show(a_ticket(*messages(12)))
        view.show_first()
        await pilot.pause()
        assert view.selected.id == 0

        for _ in range(30):
            view.scroll_by_pages(1)
            await pilot.pause()

        assert view.selected.id == 11


async def test_another_width_wraps_anew_and_keeps_the_place():
    view = a_view()
    app = Harness(view)
    async with app.run_test(size=(120, 12)) as pilot:
        view.show(a_ticket(*messages(30)))
        for _ in range(10):
            view.prev_message()
        await pilot.pause()
        assert "This is message 19." in screen_text(app)

        await pilot.resize_terminal(64, 12)
        await until(pilot, lambda: view.view_width == 63)
        await pilot.pause()

        assert "This is message 19." in screen_text(app)
        assert max(map(len, screen_lines(app))) <= 64


async def test_hostile_text_never_reaches_a_strip_raw():
    view = a_view()
    hostile = "\x1b]52;c;aGk=\x07 \x9b2J \u202egnp.exe [@click=app.quit]y[/]"
    async with Harness(view).run_test(size=(80, 30)):
        view.show(
            a_ticket(
                a_message(text=hostile, subject=hostile, why=hostile, defects=(hostile,)),
                a_note(text=hostile, author=hostile),
                an_event(text=hostile),
                an_outbox_item(text=hostile, error=hostile),
            )
        )

        strips = [view.content_strip(y, 79) for y in range(view.virtual_size.height)]

        assert all(segment.text.isprintable() for strip in strips for segment in strip)
        assert {strip.cell_length for strip in strips} == {79}
