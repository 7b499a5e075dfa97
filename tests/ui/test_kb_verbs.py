"""Deciding about articles: state, readers, area, archive, the tickets that use them."""

import pytest

from storage.changes.article import SetArticleAudience, SetArticleState
from storage.changes.ticket import LinkArticle
from storage.queries import articles
from storage.records.ticket import KbLink
from storage.records.words import ArticleState, Audience
from tests.factories import ANA, a_mail, an_article, receive
from tests.factories import summary as ticket_summary
from tests.ui.console_harness import console_on


@pytest.fixture
def article(desk):
    return an_article(desk, "Duplicate webhooks", "Use the event id to drop repeats.")


def summary(desk, uid):
    return desk.hot(articles.summary(uid))[0]


def link(desk, uid, subject="Webhooks arrive twice"):
    ticket = receive(desk, a_mail(subject=subject))
    desk.commit(LinkArticle(ticket_id=ticket, link=KbLink(target=uid)), actor=ANA)
    return ticket


async def test_publish_names_the_public_and_is_undone(desk, article):
    desk.commit(SetArticleAudience(article_id=article, audience=Audience.PUBLIC), actor=ANA)
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("P")
        await console.shows("Publish it?", "Everyone can read it, customers too.")
        await console.press("y")
        await console.until(lambda: summary(desk, article).state is ArticleState.PUBLISHED)
        await console.shows("published")
        await console.press("u")

        await console.until(lambda: summary(desk, article).state is ArticleState.DRAFT)


async def test_no_leaves_it_unpublished(desk, article):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("P")
        await console.shows("Publish it?")
        await console.press("n")
        await console.until(lambda: console.sheet == "")

    assert summary(desk, article).state is ArticleState.DRAFT


async def test_what_says_nothing_is_not_published(desk):
    empty = an_article(desk, "Rotate a key", "## Issue\n\n> How do I rotate a key?\n")
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Rotate a key")
        await console.press("P")
        await console.shows("Publish it?")
        await console.press("y")
        await console.shows("The article cannot be published: it has no answer yet.")

    assert summary(desk, empty).state is ArticleState.DRAFT


async def test_s_picks_a_state(desk, article):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("S")
        await console.shows("in review", "needs review", "for everyone")
        await console.type("in review")
        await console.press("enter")

        await console.until(lambda: summary(desk, article).state is ArticleState.IN_REVIEW)


async def test_showing_a_published_article_to_everyone_asks(desk, article):
    desk.commit(SetArticleState(article_id=article, state=ArticleState.PUBLISHED), actor=ANA)
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("S")
        await console.shows("for everyone")
        await console.type("for everyone")
        await console.press("enter")
        await console.shows("Show it to everyone?")
        assert summary(desk, article).audience is Audience.INTERNAL
        await console.press("y")

        await console.until(lambda: summary(desk, article).audience is Audience.PUBLIC)


async def test_a_flag_says_that_it_needs_a_review(desk, article):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("F")
        await console.shows("needs review")

    assert summary(desk, article).state is ArticleState.NEEDS_REVIEW


async def test_t_sets_the_area(desk, article):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("t")
        await console.shows("Product area")
        await console.type("webh")
        await console.press("enter")

        await console.until(lambda: summary(desk, article).area == "webhooks")


async def test_archiving_says_what_it_leaves_alone(desk, article):
    ticket = link(desk, article)
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("number_sign")
        await console.shows("Archive it?", "1 ticket keeps its link")
        await console.press("y")
        await console.until(lambda: summary(desk, article).state is ArticleState.ARCHIVED)

    assert [one.target for one in ticket_summary(desk, ticket).kb_links] == [article]


async def test_marked_articles_are_decided_together(desk, article):
    other = an_article(desk, "Rotate a key", "Make a second one first.")
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks", "Rotate a key")
        await console.press("space", "space", "F")
        await console.shows("2 articles: needs review.")

    assert {summary(desk, one).state for one in (article, other)} == {ArticleState.NEEDS_REVIEW}


async def test_k_links_it_to_the_ticket_i_came_from(desk, article):
    ticket = receive(desk, a_mail(subject="Webhooks arrive twice"))
    async with console_on(desk) as console:
        await console.shows("Webhooks arrive twice")
        await console.press("enter")
        await console.shows("Every event comes twice")
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("K")
        await console.shows("Linked to #")
        await console.press("K")
        await console.shows("links it already")

    assert [one.target for one in ticket_summary(desk, ticket).kb_links] == [article]


@pytest.mark.usefixtures("article")
async def test_k_without_a_ticket_says_so(desk):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("K")

        await console.shows("No ticket is open to link it to.")


async def test_b_lists_the_tickets_that_use_it_and_enter_opens_one(desk, article):
    link(desk, article)
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("b")
        await console.shows("Tickets that use it", "Webhooks arrive twice")
        await console.press("enter")
        await console.shows("Every event comes twice")

        assert console.screen.place == "ticket"


@pytest.mark.usefixtures("article")
async def test_b_says_where_nobody_uses_it(desk):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("b")

        await console.shows("No ticket uses it yet.")


async def test_o_shows_where_a_link_leads_before_it_opens(desk):
    an_article(desk, "Status", "Look at https://status.desk.example/now first, it says more.")
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Status")
        await console.press("o")
        await console.shows("https://status.desk.example/now")
        await console.press("enter")

        await console.shows("Open in the browser?", "It leads to status.desk.example.")
