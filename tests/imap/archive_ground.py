"""A desk whose closed tickets leave the inbox."""

from storage.changes.desk import SetDesk
from storage.changes.ticket import CloseTicket
from storage.records.ticket import KbLink
from storage.records.words import Category
from storage.sync.setup import seed_desk
from tests.factories import an_article
from tests.imap.engine_ground import ANA

ALL = ("INBOX", "Sent", "Archive")


def archives(ground):
    """Let the desk archive the mail of closed tickets."""
    with ground.desk() as desk:
        seed_desk(desk, ground.seed, me=ANA)
        desk.commit(SetDesk(key="archive_closed", value=True), actor=ANA.email)
    return ground


def close(ground, *numbers):
    """Close the tickets of mails with these numbers, as a console does; the only one unless named."""
    wanted = {f"Question {number}" for number in numbers}
    found = [one for one in ground.tickets() if not wanted or one.subject in wanted]
    assert len(found) == len(numbers) or not numbers
    with ground.desk() as desk:
        article = an_article(desk)
        for ticket in found:
            desk.commit(
                CloseTicket(
                    ticket_id=ticket.id,
                    category=Category.USABILITY,
                    kb_links=(KbLink(target=article),),
                ),
                actor=ANA.email,
            )


def subjects(ground, folder):
    """Return the subjects of what lies in a folder on the server, sorted."""
    with ground.server.client(ground.user) as client:
        client.select_folder(folder, readonly=True)
        found = client.fetch(client.search(), ["ENVELOPE"])
    return sorted(one[b"ENVELOPE"].subject.decode() for one in found.values())


def statuses(ground):
    return sorted(status for (status,) in ground.rows("SELECT status FROM ticket"))
