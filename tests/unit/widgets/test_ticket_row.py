from datetime import timedelta

import pytest
from screen_records import ANA, NOW, a_link, a_summary

from storage.records.mail import Address
from storage.records.words import Category, Direction, Priority, Status
from widgets.cells import line_width
from widgets.ticket_row import UNREAD, TicketPainter, gate_letters, status_words

PAINT = TicketPainter(me=ANA)
WIDTHS = range(50, 251)
SUBJECTS = [
    "",
    "Question",
    "メールが届きません" * 9,
    "لا أستطيع " * 9,
    "👩‍👩‍👧‍👦❤️" * 30,
    "z" + "\u0301" * 90,
]


def text_of(ticket, *, width=110, paint=PAINT):
    return "".join(text for text, _ in paint(ticket, width=width, now=NOW))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_row_fills_its_width_whatever_was_written(subject):
    ticket = a_summary(
        subject=subject, requester=Address(subject, "x@y.example"), snippet=subject, unread=3
    )

    assert {line_width(PAINT(ticket, width=width, now=NOW)) - width for width in WIDTHS} == {0}


def test_the_subject_never_shrinks_when_the_terminal_grows_by_a_step():
    rooms = [text_of(a_summary(snippet="x" * 300), width=width).count("x") for width in (60, 250)]

    assert rooms[0] < rooms[1]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_who_what_clock_and_status_are_there_at_every_width(width):
    ticket = a_summary(due_at=NOW + timedelta(minutes=40), status=Status.NEW, unread=1)

    shown = text_of(ticket, width=width)

    assert UNREAD in shown
    assert "7KQ2" in shown
    assert "Zoe" in shown
    assert "Webhooks" in shown
    assert "in 40m" in shown
    assert shown.rstrip().endswith("N" if width < 120 else "new")


def test_a_missed_deadline_is_a_word_and_not_only_a_colour():
    ticket = a_summary(due_at=NOW - timedelta(hours=3))

    assert "late 3h" in text_of(ticket)


def test_without_a_deadline_the_clock_tells_the_age():
    assert "12m" in text_of(a_summary(), width=80)


@pytest.mark.parametrize(
    ("category", "links", "letters"),
    [
        (None, (), "--"),
        (Category.ABUSE, (), "C-"),
        (None, (a_link(),), "-K"),
        (Category.ABUSE, (a_link(),), "CK"),
    ],
)
def test_a_row_says_what_a_close_still_needs(category, links, letters):
    ticket = a_summary(category=category, kb_links=links)

    assert gate_letters(ticket) == letters
    assert f" {letters} " in text_of(ticket, width=80)


def test_mine_says_me_and_nobodys_a_dash():
    assert " me " in text_of(a_summary(assignee=ANA), width=120)
    assert " ben " in text_of(a_summary(assignee="ben@northwind.example"), width=120)


def test_a_snoozed_ticket_says_so_until_it_wakes():
    ticket = a_summary(snoozed_until=NOW + timedelta(hours=1))

    assert status_words(ticket, now=NOW)[1] == "snoozed"
    assert status_words(ticket, now=NOW + timedelta(hours=2))[1] == "open"


def test_a_reply_that_waits_a_body_that_comes_and_a_reopening_are_told():
    assert "› Webhooks" in text_of(a_summary(reply_waiting=True))
    assert "fetching.." in text_of(a_summary(fetching=True), width=160)
    assert "Reopened: Ben" in text_of(a_summary(reopened_why="Reopened: Ben removed it"), width=160)
    assert "us: Since" in text_of(a_summary(last_from=Direction.OUT), width=160)


def test_an_ended_ticket_has_no_clock_and_no_alarm():
    ticket = a_summary(
        status=Status.CLOSED, due_at=NOW - timedelta(hours=3), priority=Priority.CRITICAL
    )

    assert "late" not in text_of(ticket)
    assert "!!" not in text_of(ticket)


def test_the_teams_own_word_for_a_category_is_shown():
    paint = TicketPainter(category_names={Category.USABILITY: "how-to"})

    assert "how-to" in text_of(a_summary(category=Category.USABILITY), paint=paint)
