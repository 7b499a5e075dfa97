from functools import partial

from storage.changes.ticket import LinkArticle, SetCategory, UnlinkArticle
from storage.db.engine import fetch
from storage.queries import whole
from storage.records.ticket import EventItem, KbLink
from storage.records.words import Category
from tests.factories import ANA, a_mail, an_article, receive


def test_what_was_decided_is_told_in_words_and_by_title(desk):
    ticket_id = receive(desk, a_mail())
    article = an_article(desk, title="Duplicate webhooks")
    desk.commit(LinkArticle(ticket_id=ticket_id, link=KbLink(target=article)), actor=ANA)
    desk.commit(UnlinkArticle(ticket_id=ticket_id, target=article), actor=ANA)
    desk.commit(SetCategory(ticket_id=ticket_id, category=Category.ABUSE), actor=ANA)

    ticket = desk.read(lambda conn: whole.ticket(partial(fetch, conn), ticket_id))

    events = [one.text for one in ticket.conversation if isinstance(one, EventItem)]
    assert events == [
        "linked the article Duplicate webhooks",
        "took away the article Duplicate webhooks",
        "set the category to Abuse",
    ]
