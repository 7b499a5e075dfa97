"""The knowledge base at the keyboard: find, read."""

import pytest

from storage.changes.ticket import LinkArticle
from storage.records.ticket import KbLink
from tests.factories import ANA, a_mail, an_article, receive
from tests.ui.console_harness import console_on

WIDE = (140, 40)


@pytest.fixture
def two(desk, clock):
    """Two articles, the newer one first in the list."""
    older = an_article(desk, "Duplicate webhooks", "Use the event id to drop repeats.")
    clock.forward(minutes=1)
    newer = an_article(desk, "Rotate an API key", "Make a second key, then delete the first.")
    clock.forward(minutes=1)
    return newer, older


@pytest.mark.usefixtures("two")
async def test_4_lists_the_articles_and_enter_reads_one(desk):
    async with console_on(desk, size=(80, 24)) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks", "Rotate an API key", "draft")
        await console.press("j", "enter")
        await console.shows("Use the event id to drop repeats.", "not used yet")
        await console.shows_no("Rotate an API key")
        await console.press("escape")

        await console.shows("Rotate an API key")


@pytest.mark.usefixtures("two")
async def test_a_wide_terminal_shows_the_article_beside_the_list(desk):
    async with console_on(desk, size=WIDE) as console:
        await console.press("g", "k")
        await console.shows("Duplicate webhooks", "Make a second key")
        await console.press("j")

        await console.shows("Rotate an API key", "Use the event id to drop repeats.")


@pytest.mark.usefixtures("two")
async def test_what_is_typed_finds_at_once_and_escape_shows_all_again(desk):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks", "Rotate an API key")
        await console.press("slash")
        await console.type("event rep")
        await console.shows_no("Rotate an API key")
        await console.shows("Duplicate webhooks")
        await console.press("enter", "enter")
        await console.shows("Use the event id to drop repeats.")
        await console.press("escape", "escape")

        await console.shows("Duplicate webhooks", "Rotate an API key")
        assert console.screen.place == "kb"


@pytest.mark.usefixtures("two")
async def test_words_that_are_nowhere_say_so(desk):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("slash")
        await console.type("zebra")

        await console.shows("Nothing matches.")


async def test_an_empty_knowledge_base_names_the_key_that_writes_the_first(desk):
    async with console_on(desk) as console:
        await console.press("4")

        await console.shows("The knowledge base is empty.", "m writes the first article.")


async def test_what_a_colleague_writes_appears_and_the_highlight_stays(desk, two):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("j", "k")
        an_article(desk, "Read the status page")
        await console.shows("Read the status page")

        assert console.screen.here.rows.highlighted_key == two[0]


async def test_a_ticket_that_links_an_article_counts(desk, two):
    ticket = receive(desk, a_mail(subject="Webhooks arrive twice"))
    desk.commit(LinkArticle(ticket_id=ticket, link=KbLink(target=two[1])), actor=ANA)
    async with console_on(desk, size=WIDE) as console:
        await console.press("4")
        await console.shows("Rotate an API key")
        await console.press("j")

        await console.shows("used by 1 ticket")


@pytest.mark.usefixtures("two")
async def test_growing_and_shrinking_keeps_the_article_open(desk):
    async with console_on(desk, size=(80, 24)) as console:
        await console.press("4")
        await console.shows("Rotate an API key")
        await console.press("j", "enter")
        await console.shows("Use the event id")
        await console.pilot.resize_terminal(*WIDE)
        await console.shows("Use the event id", "Rotate an API key")
        await console.pilot.resize_terminal(80, 24)
        await console.shows("Use the event id")

        await console.shows_no("Rotate an API key")
