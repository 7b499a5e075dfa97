"""A mail that a mailbox dates beyond all measure."""

from datetime import UTC, datetime

import pytest

from storage.changes.desk import SetDesk
from storage.intake import arrivals, folders
from storage.queries import hot
from storage.records.mail import IncomingHeaders, Place
from storage.records.words import FolderRole
from tests.factories import ANA, a_header_block, a_mail, never_ours


@pytest.mark.parametrize("hours", ["", "09:00-17:00"])
@pytest.mark.parametrize("arrived_at", [datetime.max, datetime(1, 1, 1)])  # noqa: DTZ001, DTZ901 - UTC below
def test_a_mail_dated_beyond_all_measure_is_a_ticket_like_any_other(desk, hours, arrived_at):
    desk.commit(SetDesk(key="hours.mon", value=hours), actor=ANA)
    mail = a_mail()
    at = arrived_at.replace(tzinfo=UTC)
    place = Place(folder="INBOX", uid=1, arrived_at=at, size=5)
    header = IncomingHeaders(place=place, raw=a_header_block(mail.headers), headers=mail.headers)

    with desk.writing() as conn:
        box = folders.watch(conn, "INBOX", FolderRole.INTAKE)
        arrivals.headers(conn, box.id, [header], prove=never_ours)

    (ticket,) = desk.hot(hot.tickets("1"))
    assert ticket.due_at is not None
    assert ticket.due_at.astimezone() >= ticket.created_at
