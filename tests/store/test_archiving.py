"""A close and the row that lets its mail leave intake are one transaction."""

import pytest

from storage.changes.desk import SetDesk
from storage.changes.ticket import CloseTicket, DismissTicket
from storage.errors import CloseBlockedError
from storage.queries import archiving
from storage.records.local import ArchiveWanted
from storage.records.ticket import KbLink
from storage.records.words import Category
from tests.factories import ANA, a_mail, an_address, an_article, receive


@pytest.fixture
def archiving_desk(desk):
    desk.commit(SetDesk(key="archive_closed", value=True), actor=ANA)
    return desk


def close(desk, ticket):
    link = KbLink(target=an_article(desk))
    change = CloseTicket(ticket_id=ticket, category=Category.USABILITY, kb_links=(link,))
    return desk.commit(change, actor=ANA)


def wanted(desk):
    return [(one.now, one.is_closed) for one in desk.hot(archiving.wanted())]


def test_36_a_close_writes_which_mail_is_to_leave_intake(archiving_desk):
    ticket = receive(archiving_desk, a_mail())

    close(archiving_desk, ticket)

    assert wanted(archiving_desk) == [(ticket, True)]


def test_36_a_refused_close_writes_nothing(archiving_desk):
    ticket = receive(archiving_desk, a_mail())

    with pytest.raises(CloseBlockedError):
        archiving_desk.commit(CloseTicket(ticket_id=ticket), actor=ANA)

    assert wanted(archiving_desk) == []


def test_36_what_is_no_ticket_stays_where_it_is(archiving_desk):
    ticket = receive(archiving_desk, a_mail())

    archiving_desk.commit(DismissTicket(ticket_id=ticket), actor=ANA)

    assert wanted(archiving_desk) == []


def test_36_undo_and_redo_need_no_second_row(archiving_desk):
    ticket = receive(archiving_desk, a_mail())
    close(archiving_desk, ticket)

    archiving_desk.undo(actor=ANA)
    assert wanted(archiving_desk) == [(ticket, False)]

    archiving_desk.redo(actor=ANA)
    assert wanted(archiving_desk) == [(ticket, True)]


def test_36_a_ticket_that_threading_renames_meanwhile_is_still_the_one(archiving_desk):
    late = receive(archiving_desk, a_mail(message_id="b@acme.example", answers=("a@acme.example",)))
    close(archiving_desk, late)

    now = receive(archiving_desk, a_mail(message_id="a@acme.example", is_auto=True))

    ((uid, is_closed),) = wanted(archiving_desk)
    assert (uid, is_closed) == (now, True)
    copies = archiving_desk.hot(archiving.in_intake(uid))
    assert len(copies) == 2


def test_36_what_a_stranger_put_on_the_ticket_is_not_moved(archiving_desk):
    ticket = receive(archiving_desk, a_mail(message_id="a@acme.example"))
    stranger = an_address("eve@elsewhere.example", "Eve")
    answer = a_mail(sender=stranger, answers=("a@acme.example",), message_id="x@elsewhere.example")
    receive(archiving_desk, answer)

    assert len(archiving_desk.hot(archiving.in_intake(ticket))) == 1


def test_a_row_of_a_ticket_that_is_gone_is_told_as_not_closed(archiving_desk):
    archiving_desk.write(ArchiveWanted(ticket_uid="nowhere"))

    assert wanted(archiving_desk) == [("", False)]
