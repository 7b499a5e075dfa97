"""Until when a ticket wants an answer, and until when it should be closed."""

from datetime import datetime, timedelta

import pytest

from storage.changes.desk import SetDesk
from storage.changes.ticket import CloseTicket, SetPriority, SetStatus, SnoozeTicket
from storage.errors import UsageError
from storage.records.mail import Address
from storage.records.ticket import KbLink
from storage.records.words import Category, FolderRole, Priority, Status
from tests.factories import ANA, NOW, SUPPORT, a_mail, an_address, an_article, receive, summary

HOUR = timedelta(hours=1)
QUESTION = "question@acme.example"


def promise(desk, **settings):
    for name, value in settings.items():
        desk.commit(SetDesk(key=name.replace("__", "."), value=value), actor=ANA)


def due_in(desk, ticket_id):
    due = summary(desk, ticket_id).due_at
    return None if due is None else due - NOW


def answer(desk, *, at):
    mail = a_mail(
        "It is mended.",
        sender=Address("", SUPPORT),
        to=(an_address(),),
        message_id="answer@desk.example",
        answers=(QUESTION,),
        at=at,
    )
    receive(desk, mail, folder="Sent", role=FolderRole.SENT)


def write_again(desk, *, at):
    receive(
        desk, a_mail("Still broken?", message_id="again@acme.example", answers=(QUESTION,), at=at)
    )


@pytest.fixture
def ticket(desk):
    return receive(desk, a_mail(message_id=QUESTION))


@pytest.fixture
def answered(desk, ticket, clock):
    promise(desk, targets__normal="first 24h, resolve 10h")
    answer(desk, at=NOW + HOUR)
    clock.forward(hours=2)
    return ticket


def test_an_answer_is_due_by_priority_until_it_is_given_and_by_default_nothing_after(desk, ticket):
    assert due_in(desk, ticket) == 24 * HOUR
    desk.commit(SetPriority(ticket_id=ticket, priority=Priority.CRITICAL), actor=ANA)
    assert due_in(desk, ticket) == HOUR

    answer(desk, at=NOW + HOUR)

    assert due_in(desk, ticket) is None


def test_a_target_that_the_team_sets_counts_for_every_ticket_at_once(desk, ticket):
    promise(desk, targets__normal="first 3h")
    assert due_in(desk, ticket) == 3 * HOUR

    promise(desk, targets__email="first 2h")

    assert due_in(desk, ticket) == 2 * HOUR


def test_the_hours_of_work_count_and_a_target_around_the_clock_does_not_ask(desk, ticket):
    promise(desk, hours__zone="Europe/Berlin", hours__mon="09:00-12:00 13:00-17:00")
    promise(desk, hours__tue="09:00-17:00", hours__days_off=["2026-03-03"])

    # 10:00 in Berlin on a Monday: 6 hours, 7 and 8 a week later, 3 the Monday after
    assert due_in(desk, ticket) == datetime.fromisoformat("2026-03-16T11:00+00:00") - NOW
    desk.commit(SetPriority(ticket_id=ticket, priority=Priority.CRITICAL), actor=ANA)
    assert due_in(desk, ticket) == HOUR


def test_holidays_of_a_country_are_no_days_of_work(desk):
    promise(desk, hours__mon="00:00-24:00", hours__holidays="DE-BY")
    easter_monday = datetime.fromisoformat("2026-04-06T08:00+00:00")

    found = receive(desk, a_mail(at=easter_monday))

    assert summary(desk, found).due_at == datetime.fromisoformat("2026-04-14T00:00+00:00")


def test_the_time_to_the_close_runs_on_once_there_is_an_answer(desk, answered):
    assert due_in(desk, answered) == 10 * HOUR


def test_waiting_on_the_customer_stops_it_and_their_word_starts_it_again(desk, answered):
    desk.commit(SetStatus(ticket_id=answered, status=Status.PENDING), actor=ANA)
    assert due_in(desk, answered) is None

    write_again(desk, at=NOW + 7 * HOUR)

    assert due_in(desk, answered) == 15 * HOUR


def test_a_snooze_stops_it_until_it_ends_or_the_customer_writes(desk, answered):
    desk.commit(SnoozeTicket(ticket_id=answered, until=NOW + 6 * HOUR), actor=ANA)
    assert due_in(desk, answered) == 14 * HOUR

    write_again(desk, at=NOW + 3 * HOUR)

    assert due_in(desk, answered) == 11 * HOUR


def test_a_closed_ticket_has_no_clock_and_a_reopened_one_goes_on_where_it_stood(desk, answered):
    link = KbLink(target=an_article(desk))
    close = CloseTicket(ticket_id=answered, category=Category.USABILITY, kb_links=(link,))
    desk.commit(close, actor=ANA)
    assert due_in(desk, answered) is None

    write_again(desk, at=NOW + 8 * HOUR)

    assert due_in(desk, answered) == 16 * HOUR


def test_a_breach_stays_where_it_was_when_a_pause_begins_after_it(desk, answered, clock):
    clock.forward(hours=20)
    desk.commit(SetStatus(ticket_id=answered, status=Status.PENDING), actor=ANA)

    write_again(desk, at=NOW + 30 * HOUR)

    assert due_in(desk, answered) == 10 * HOUR


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("hours.mon", "9 to 5", "no time of day"),
        ("hours.zone", "Mars/Olympus", "no time zone"),
        ("hours.holidays", "XX", "no holidays of 'XX'"),
        ("hours.days_off", ["Christmas"], "no day"),
        ("targets.normal", "soon", "neither"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_in_words(desk, key, value, told):
    with pytest.raises(UsageError, match=told):
        desk.commit(SetDesk(key=key, value=value), actor=ANA)
