"""The gate at the keyboard: nothing closes without category and KB link, nothing changes before."""

from datetime import timedelta

import pytest

from storage.changes.ticket import LinkArticle, SetCategory
from storage.records.mail import Address
from storage.records.ticket import KbLink
from storage.records.words import Category, FolderRole, LinkUse, Status
from tests.factories import ANA, NOW, SUPPORT, a_mail, an_article, receive, summary
from tests.ui.console_harness import console_on


@pytest.fixture
def mail():
    return a_mail(subject="Webhooks arrive twice", at=NOW - timedelta(hours=2))


@pytest.fixture
def ticket(desk, mail):
    return receive(desk, mail)


def facts(desk):
    with desk.writing() as conn:
        return conn.exec_driver_sql("SELECT count(*) FROM journal").scalar()


def answer(desk, mail):
    """We had the last word."""
    receive(
        desk,
        a_mail(
            subject="Re: Webhooks arrive twice",
            sender=Address("Ana", SUPPORT),
            to=(mail.headers.sender,),
            answers=(mail.headers.message_id,),
            at=NOW - timedelta(hours=1),
        ),
        folder="Sent",
        role=FolderRole.SENT,
    )


def file(desk, ticket, article):
    desk.commit(
        SetCategory(ticket_id=ticket, category=Category.USABILITY),
        LinkArticle(ticket_id=ticket, link=KbLink(target=article)),
        actor=ANA,
    )


async def test_close_asks_for_what_is_missing_and_changes_nothing(desk, ticket):
    before = facts(desk)
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("e")
        await console.shows(
            "[ ] category", "[ ] KB link", "Still missing: a category and a KB link"
        )
        await console.press("enter", "2", "enter")
        await console.shows("Still missing: a KB link")
        await console.press("escape")
        await console.until(lambda: console.sheet == "")

    assert facts(desk) == before
    assert summary(desk, ticket).category is None


async def test_two_keys_fill_the_gaps_and_enter_closes(desk, ticket):
    article = an_article(desk)
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("e")
        await console.shows("7  Duplicate webhooks")
        await console.press("2", "7", "enter")
        await console.until(lambda: summary(desk, ticket).status is Status.CLOSED)

    closed = summary(desk, ticket)
    assert closed.category is Category.USABILITY
    assert [link.target for link in closed.kb_links] == [article]


@pytest.mark.usefixtures("ticket")
async def test_a_suggestion_can_be_taken_back(desk):
    an_article(desk)
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("e")
        await console.shows("7  Duplicate webhooks")
        await console.press("2", "7", "7", "enter")

        await console.shows("Still missing: a KB link")


async def test_what_lacks_nothing_and_was_answered_closes_at_once_and_comes_back(
    desk, mail, ticket
):
    answer(desk, mail)
    file(desk, ticket, an_article(desk))
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("e")
        await console.until(lambda: summary(desk, ticket).status is Status.CLOSED)
        assert console.sheet == ""
        await console.shows("Closed #", "u: undo")
        await console.press("u")

        await console.until(lambda: summary(desk, ticket).status is not Status.CLOSED)


async def test_the_last_word_of_the_customer_is_asked_about(desk, ticket):
    file(desk, ticket, an_article(desk))
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("e")
        await console.shows("The last word is the customer's.")
        assert summary(desk, ticket).status is not Status.CLOSED
        await console.press("enter")

        await console.until(lambda: summary(desk, ticket).status is Status.CLOSED)


async def test_an_article_is_written_on_the_spot_and_counts(desk, ticket):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("e")
        await console.shows("Still missing")
        await console.press("1", "m")
        await console.shows("New article", "> Every event comes twice since Monday.")
        await console.type("Drop what you have seen, by its event id.")
        await console.press("escape", "y")
        await console.shows("[x] KB link")
        await console.press("enter")
        await console.until(lambda: summary(desk, ticket).status is Status.CLOSED)

    assert [link.use for link in summary(desk, ticket).kb_links] == [LinkUse.WRITTEN]


@pytest.mark.usefixtures("ticket")
async def test_an_article_without_an_answer_is_not_saved(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("e")
        await console.shows("Still missing")
        await console.press("m")
        await console.shows("New article")
        await console.press("escape", "y")

        await console.shows("It says no answer yet")


async def test_closing_many_closes_what_may_be_and_says_what_is_missing(desk, ticket):
    other = receive(desk, a_mail(subject="Another", at=NOW - timedelta(hours=1)))
    file(desk, ticket, an_article(desk))
    async with console_on(desk) as console:
        await console.shows("Webhooks", "Another")
        await console.press("space", "space", "e")
        await console.shows("1 done, 1 not.", "no category and no KB link")

    assert summary(desk, ticket).status is Status.CLOSED
    assert summary(desk, other).status is not Status.CLOSED


async def test_category_and_area_are_two_keys_and_the_next_ticket_comes(desk, ticket):
    second = receive(desk, a_mail(subject="Another", at=NOW - timedelta(hours=1)))
    async with console_on(desk) as console:
        await console.shows("Webhooks", "Another")
        await console.press("t")
        await console.shows("Category of #", "1 Reliability", "w webhooks")
        await console.press("1", "w")
        await console.shows("1[Reliability]", "w[webhooks]")
        await console.press("enter")
        await console.shows("Another")
        await console.until(lambda: summary(desk, ticket).category is Category.RELIABILITY)
        assert summary(desk, ticket).area == "webhooks"
        await console.until(lambda: console.sheet == "CategorySheet")
        await console.press("3", "enter")
        await console.until(lambda: summary(desk, second).category is Category.FUNCTIONAL)


async def test_a_robots_mail_is_not_a_ticket(desk, ticket):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("exclamation_mark")
        await console.until(lambda: summary(desk, ticket).status is Status.DISMISSED)
        await console.shows("Nothing waits here.")


async def test_a_mail_that_came_while_the_sheet_was_open_keeps_the_ticket_open(desk, mail, ticket):
    file(desk, ticket, an_article(desk))
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("e")
        await console.shows("Close #")
        receive(desk, a_mail(text="Everything is down!", answers=(mail.headers.message_id,)))
        await console.press("enter")
        await console.until(lambda: "customer wrote again" in summary(desk, ticket).reopened_why)

    assert summary(desk, ticket).status is Status.OPEN
