import asyncio
from datetime import UTC, datetime, timedelta

from textual import events

from storage.errors import DeskUnavailableError
from tests.ui.widget_harness import Harness, screen_lines, until
from widgets.row_source import ListSource
from widgets.virtual_list import VirtualList

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def paint(row, /, **_):
    return ((row, "ink"),)


def names(count, *, first=0):
    return [f"row {number:04}" for number in range(first, first + count)]


def a_list(rows, **options):
    return VirtualList(paint, source=ListSource(rows, key=str), **options)


class Slow:
    """A source that answers only when it is let."""

    def __init__(self, rows):
        self.inner = ListSource(rows, key=str)
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked = []

    def key(self, row):
        return row

    async def count(self):
        return await self.inner.count()

    async def page(self, first, limit, *, near=None):
        self.asked.append((first, limit, near))
        await self.may_answer.wait()
        return await self.inner.page(first, limit)

    async def locate(self, key):
        return await self.inner.locate(key)


async def test_a_list_shows_its_first_rows_and_tells_which_is_highlighted():
    rows = a_list(names(500))
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted == "row 0000")
        await until(pilot, lambda: app.told(VirtualList.Highlighted))

        assert [line.strip(" ┃") for line in screen_lines(app)] == names(10)
        assert [told.row for told in app.told(VirtualList.Highlighted)] == ["row 0000"]


async def test_an_empty_list_says_so_in_words():
    rows = a_list([], empty="No ticket waits for you.")
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: "No ticket waits for you." in "".join(screen_lines(app)))

        assert rows.highlighted is None


async def test_a_key_moves_the_highlight_before_the_source_has_answered():
    source = Slow(names(100_000))
    rows = VirtualList(paint, source=source)
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        await until(pilot, lambda: not rows._is_filling)
        source.may_answer.clear()

        rows.move_to(50_000)
        await pilot.pause()

        assert rows.cursor == 50_000
        assert rows.highlighted is None
        assert [line.strip() for line in screen_lines(app)] == [""] * 9 + ["┃"]

        source.may_answer.set()
        await until(pilot, lambda: rows.highlighted == "row 50000")
        await until(pilot, lambda: "row 50000" in screen_lines(app)[9])


async def test_the_neighbour_page_is_asked_for_from_a_row_the_list_holds():
    source = Slow(names(1000))
    rows = VirtualList(paint, source=source)
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: len(source.asked) >= 2)

        first, _, near = source.asked[1]

        assert (first, near.index, near.row) == (128, 127, "row 0127")


async def test_rows_that_come_in_above_move_neither_the_highlight_nor_the_view():
    rows = a_list(names(500, first=100))
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        rows.move(25)
        await pilot.pause()
        before = screen_lines(app)

        rows.set_source(ListSource(names(600), key=str), keep_highlight=True)
        await until(pilot, lambda: rows.count == 600)
        await pilot.pause()

        assert rows.highlighted == "row 0125"
        assert screen_lines(app) == before


async def test_before_anybody_moved_the_newest_row_is_highlighted():
    rows = a_list(names(50, first=100))
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)

        rows.set_source(ListSource(names(150), key=str), keep_highlight=True)
        await until(pilot, lambda: rows.count == 150)

        assert rows.highlighted == "row 0000"


async def test_the_row_after_one_that_left_takes_the_highlight():
    held = names(30)
    rows = a_list(held)
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        rows.move_to(7)
        await pilot.pause()

        del held[7]
        rows.set_source(ListSource(held, key=str), keep_highlight=True)
        await until(pilot, lambda: rows.count == 29)

        assert rows.highlighted == "row 0008"
        assert rows.cursor == 7


async def test_the_last_row_leaving_puts_the_highlight_on_the_one_before():
    rows = a_list(names(30))
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        rows.move_to_end()

        rows.set_source(ListSource(names(29), key=str), keep_highlight=True)
        await until(pilot, lambda: rows.count == 29)

        assert rows.highlighted == "row 0028"


async def test_marks_follow_their_rows_and_leave_with_them():
    rows = a_list(names(30))
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        rows.mark_and_step()
        rows.mark_and_step()

        rows.set_source(ListSource(names(30, first=1), key=str), keep_highlight=True)
        await until(pilot, lambda: rows.highlighted_key == "row 0002" and rows.cursor == 1)

        assert rows.marked == ("row 0001",)
        assert app.told(VirtualList.Marked)[-1].count == 1


async def test_a_range_marks_rows_that_were_never_on_the_screen():
    rows = a_list(names(3000))
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        rows.move_to(10)
        await rows.mark_range()
        rows.move_to(2009)
        await pilot.pause()

        assert app.told(VirtualList.Marked)[-1].count == 2000
        assert len(await rows.settle_range()) == 2000


async def test_escape_clears_marks_once_and_then_has_nothing_to_clear():
    rows = a_list(names(30))
    async with Harness(rows).run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        rows.mark_and_step()

        assert rows.clear_marks()
        assert not rows.clear_marks()
        assert rows.marked == ()


async def test_a_click_highlights_and_a_second_one_opens():
    rows = a_list(names(30))
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)

        await pilot.click(VirtualList, offset=(5, 4), times=2)
        await until(pilot, lambda: app.told(VirtualList.Opened))

        assert rows.highlighted == "row 0004"
        assert app.told(VirtualList.Opened)[0].row == "row 0004"


async def test_a_clock_paints_only_rows_whose_words_change():
    painted = []

    def with_clock(row, /, *, now, **_):
        painted.append(row)
        late = row == "row 0003" and now > NOW
        return ((row, "ink"), (" late" if late else "", "sla-breached"))

    rows = VirtualList(with_clock, source=ListSource(names(30), key=str))
    rows.now = NOW
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: "row 0009" in screen_lines(app)[9])
        strips = {y: rows.content_strip(y, 59) for y in range(10)}

        rows.now = NOW + timedelta(minutes=1)
        await pilot.pause()

        assert screen_lines(app)[3].endswith("row 0003 late")
        kept = [y for y in strips if rows.content_strip(y, 59) is strips[y]]
        assert kept == [0, 1, 2, 4, 5, 6, 7, 8, 9]


async def test_what_a_stranger_wrote_never_reaches_a_strip_raw():
    hostile = [
        "\x1b]52;c;aGk=\x07",
        "\x9b2J",
        "a\x1b[31mred",
        "x\u202egnp.exe",
        "[@click=app.quit]y[/]",
    ]
    rows = a_list(hostile)
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        await pilot.pause()

        strips = [rows.content_strip(y, 59) for y in range(5)]

        assert all(segment.text.isprintable() for strip in strips for segment in strip)
        assert all(strip.cell_length == 59 for strip in strips)
        assert "[@click=app.quit]y[/]" in strips[4].text


async def test_a_source_that_fails_is_told_of_and_the_rows_stay():
    class Broken(Slow):
        is_broken = False

        async def count(self):
            if self.is_broken:
                raise DeskUnavailableError("The desk is full.")
            return await super().count()

    source = Broken(names(30))
    rows = VirtualList(paint, source=source)
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        source.is_broken = True

        await rows.refresh_window()
        await until(pilot, lambda: app.told(VirtualList.Failed))

        assert rows.count == 30


async def test_a_resize_keeps_the_highlight_on_the_screen():
    rows = a_list(names(300))
    app = Harness(rows)
    async with app.run_test(size=(60, 30)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        rows.move_to(28)

        await pilot.resize_terminal(60, 10)
        await until(pilot, lambda: len(screen_lines(app)) == 10)

        await until(pilot, lambda: any("┃ row 0028" in line for line in screen_lines(app)))


async def test_a_row_that_changed_is_painted_anew_in_its_place():
    rows = VirtualList(
        lambda row, **_: ((row[1], "ink"),),
        source=ListSource([("a", "first"), ("b", "second")], key=lambda row: row[0]),
    )
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: "second" in screen_lines(app)[1])

        changed = ListSource([("a", "first"), ("b", "changed")], key=lambda row: row[0])
        rows.set_source(changed, keep_highlight=True)

        await until(pilot, lambda: "changed" in screen_lines(app)[1])


async def test_of_sources_that_follow_each_other_fast_the_last_is_shown():
    rows = a_list(names(10))
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)

        for count in range(11, 40):
            rows.set_source(ListSource(names(count), key=str))
            if count % 7 == 0:
                await pilot.pause()

        await until(pilot, lambda: rows.count == 39)


async def test_a_refresh_that_was_given_up_does_not_block_the_next():
    source = Slow(names(30))
    rows = VirtualList(paint, source=source)
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        source.may_answer.clear()
        given_up = [asyncio.create_task(rows.refresh_window()) for _ in range(2)]
        await pilot.pause()
        for one in given_up:
            one.cancel()
        await asyncio.gather(*given_up, return_exceptions=True)
        source.may_answer.set()
        source.inner = ListSource(names(31), key=str)

        await rows.refresh_window()

        assert rows.count == 31


async def test_the_wheel_scrolls_and_leaves_the_highlight_where_it_is():
    rows = a_list(names(3000))
    app = Harness(rows)
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: rows.highlighted)

        for _ in range(5):
            await pilot._post_mouse_events([events.MouseScrollDown], widget=VirtualList)
        await until(pilot, lambda: rows.top > 4)

        assert rows.highlighted == "row 0000"
        await until(pilot, lambda: f"row {rows.top:04}" in screen_lines(app)[0])
