from dataclasses import fields, replace

import pytest
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from screen_records import (
    NOW,
    a_bug,
    a_link,
    a_message,
    a_note,
    a_summary,
    a_ticket,
    an_attachment,
    an_event,
    an_outbox_item,
)
from textual.color import Color
from textual.widgets import Input, Label, Static, TextArea

from storage.records.mail import Address
from storage.records.words import Verdict
from tests.ui.widget_harness import Harness, until
from widgets.board import Board, Column
from widgets.bug_card import bug_card
from widgets.choices import Choice
from widgets.composer import Composer
from widgets.conversation import ConversationView
from widgets.firewall import Firewall
from widgets.markdown_view import MarkdownView
from widgets.picker import paint_choice
from widgets.row_source import ListSource
from widgets.send_line import Check, SendLine
from widgets.status_line import StatusLine
from widgets.ticket_row import TicketPainter
from widgets.virtual_list import VirtualList

ATTACKS = [
    "\x1b]0;title\x07",
    "\x1b[2J\x1b[H",
    "\x1b]52;c;aGVsbG8=\x1b\\",
    "\x9b2J\x9d0;x\x9c",
    "a\rb\x08\x0b\x0c\x7f",
    "\u202egpj.exe\u2066\u200b\u2028",
    "\x1bP+q544e\x1b\\ \x1b_G\x1b\\",
    "[@click=app.quit]Re: invoice[/] [/bar] [link=https://x]",
]
HOSTILE = " ".join(ATTACKS)
WHO = Address(HOSTILE, HOSTILE)


class Guarded(Harness):
    def get_line_filters(self):
        return (Firewall(), *super().get_line_filters())

    def compose(self):
        # some of Textual's widgets can only be made while an application runs
        yield from (make() for make in self.widgets)


def poisoned(record):
    """The record with every text in it replaced by an attack."""
    changed = {}
    for one in fields(record):
        value = getattr(record, one.name)
        if type(value) is str and one.name not in {"id", "use"}:
            changed[one.name] = HOSTILE
        elif isinstance(value, Address):
            changed[one.name] = WHO
        elif isinstance(value, tuple) and one.name in {"to", "cc", "reply_to"}:
            changed[one.name] = (WHO, WHO)
        elif isinstance(value, tuple) and one.name in {"defects", "references", "tags"}:
            changed[one.name] = (HOSTILE,)
    return replace(record, **changed)


def all_segments(app):
    return [segment for strip in app.screen._compositor.render_strips() for segment in strip]


def is_harmless(app):
    return all(one.text.isprintable() for one in all_segments(app) if not one.control)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(
    "make",
    [
        lambda text: Static(text, markup=False),
        lambda text: Label(Text(text)),
        lambda text: Input(value=text),
        lambda text: Input(placeholder=text),
        TextArea,
    ],
    ids=["static", "label", "input", "placeholder", "text area"],
)
async def test_textuals_own_widgets_send_nothing_raw_behind_the_firewall(make, attack):
    app = Guarded(lambda: make(attack))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()

        assert is_harmless(app)


async def test_a_whole_line_api_widget_is_harmless_without_the_firewall():
    rows = VirtualList(
        TicketPainter(names={HOSTILE: HOSTILE}),
        source=ListSource(
            [
                poisoned(a_summary(assignee="a@b.example", area="x")),
                poisoned(a_summary(kb_links=(a_link(),), reopened_why="x", fetching=False)),
            ],
            key=lambda row: f"{row.id}{row.area}",
        ),
        empty=HOSTILE,
    )
    rows.now = NOW
    app = Harness(rows)
    async with app.run_test(size=(200, 12)) as pilot:
        await until(pilot, lambda: rows.highlighted)
        await pilot.pause()

        assert is_harmless(app)


async def test_every_field_of_a_conversation_is_harmless():
    view = ConversationView()
    view.now = NOW
    app = Harness(view)
    async with app.run_test(size=(100, 60)) as pilot:
        message = replace(
            poisoned(a_message(verdict=Verdict.UNVERIFIED)),
            attachments=(poisoned(an_attachment()),),
        )
        view.show(
            a_ticket(
                message,
                poisoned(a_note()),
                poisoned(an_event()),
                poisoned(an_outbox_item()),
            )
        )
        view.toggle_quotes(everywhere=True)
        await pilot.pause()

        assert is_harmless(app)


@pytest.mark.parametrize("width", [60, 100, 200])
async def test_the_few_line_widgets_are_harmless(width):
    send, status, composer, board, article = (
        SendLine(),
        StatusLine(),
        Composer(),
        Board(),
        MarkdownView(),
    )
    app = Harness(send, status, composer, board, article)
    async with app.run_test(size=(width, 60)) as pilot:
        send.to = send.cc = (WHO, WHO)
        send.checks = (Check(HOSTILE),)
        send.verbs = ((HOSTILE, HOSTILE),)
        status.me = status.error = status.hint = HOSTILE
        composer.head.to = composer.head.cc = (WHO, WHO)
        composer.remark(HOSTILE)
        bug = a_bug(title=HOSTILE, fixer=HOSTILE, handle=HOSTILE)
        board.show([Column("x", HOSTILE, (bug_card(bug, names={}),))])
        article.show(f"# {HOSTILE}\n\n{HOSTILE}\n\n`{HOSTILE}`")
        await pilot.pause()

        assert is_harmless(app)


def test_a_choice_is_painted_as_wide_as_it_may_be_whatever_it_says():
    line = paint_choice(
        Choice(key="x", title=HOSTILE, detail=HOSTILE, hint=HOSTILE), width=60, now=NOW
    )

    assert sum(len(text) for text, _ in line) <= 60


def test_the_firewall_keeps_the_cells_the_layout_counted():
    before = [Segment("ab"), Segment("\x1b[2J"), Segment("日本\u202e")]

    after = Firewall().apply(before, Color.parse("black"))

    assert [one.cell_length for one in after] == [one.cell_length for one in before]
    assert all(one.text.isprintable() for one in after)


def test_links_that_may_not_be_opened_lose_their_target_and_others_keep_it():
    good, bad = "https://docs.example/x", "https://a/\x1b]0;X\x07"
    segments = [Segment(text, Style(link=url)) for text, url in [("a", good), ("b", bad)]]

    after = Firewall().apply(segments, Color.parse("black"))

    assert [one.style.link for one in after] == [good, None]


def test_a_line_that_is_clean_passes_as_it_is():
    line = [Segment("clean"), Segment("日本語")]

    assert Firewall().apply(line, Color.parse("black")) is line
