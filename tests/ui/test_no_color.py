from screen_records import NOW, ZOE, a_message, a_note, a_summary, a_ticket

from storage.records.words import Verdict
from tests.ui.widget_harness import Harness, screen_lines, until
from widgets.composer import Composer
from widgets.conversation import ConversationView
from widgets.row_source import ListSource
from widgets.ticket_row import TicketPainter
from widgets.virtual_list import VirtualList


def colors(app):
    return {
        color.triplet
        for strip in app.screen._compositor.render_strips()
        for segment in strip
        if segment.style
        for color in (segment.style.color, segment.style.bgcolor)
        if color is not None
    }


async def test_with_no_color_nothing_is_coloured_and_every_state_still_has_its_word(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    rows = VirtualList(
        TicketPainter(),
        source=ListSource([a_summary(id="A", unread=1), a_summary(id="B")], key=lambda row: row.id),
    )
    view, reply, note = ConversationView(), Composer(), Composer()
    rows.now = view.now = NOW
    app = Harness(rows, view, reply, note)
    async with app.run_test(size=(100, 60)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        rows.mark_and_step()
        view.show(a_ticket(a_message(verdict=Verdict.UNVERIFIED), a_note()))
        reply.write_reply(to=(ZOE,), text="Hi")
        note.write_note(text="Hm")
        await pilot.pause()

        shown = screen_lines(app)
        assert all(red == green == blue for red, green, blue in colors(app))
        assert shown[0].startswith(" +▪")
        assert shown[1].startswith("┃ ")
        for words in ("UNVERIFIED", "INTERNAL NOTE", "REPLY  to Zoe"):
            assert any(words in line for line in shown)
