"""Writing in the knowledge base: edit, publish, discard, versions, two texts, a crash."""

import json

import pytest

from console.reading_only import SECOND
from storage.changes.article import SaveArticle
from storage.queries import articles, hot
from storage.records.words import ArticleState, LinkUse
from tests.factories import ANA, BEN, a_mail, an_article, receive
from tests.factories import summary as ticket_summary
from tests.ui.console_harness import console_on

WIDE = (140, 40)


@pytest.fixture
def article(desk, clock):
    uid = an_article(desk, "Duplicate webhooks", "Use the event id to drop repeats.")
    clock.forward(minutes=1)
    return uid


def summary(desk, uid):
    return desk.hot(articles.summary(uid))[0]


def text(desk, uid):
    return desk.hot(articles.text_and_head(uid))[0][0]


def kept(desk, name):
    """What is kept of a text that is neither saved nor thrown away."""
    found = desk.hot(hot.view_state(articles.WRITING + name))
    return json.loads(found[0])["text"] if found and found[0] else ""


def hot_title(desk):
    found = desk.hot(hot.view_state(articles.WRITING + "new"))
    return json.loads(found[0])["title"] if found else ""


def save(desk, uid, words, *, parents, actor=BEN):
    desk.commit(
        SaveArticle(article_id=uid, title="Duplicate webhooks", text=words, parents=parents),
        actor=actor,
    )


def two_texts(desk, clock, uid):
    head = (desk.hot(articles.text_and_head(uid))[0][1],)
    save(desk, uid, "Drop repeats by their event id.\nKeep ids for a day.", parents=head)
    clock.forward(minutes=1)
    save(
        desk, uid, "Drop repeats by their event id.\nKeep ids for a week.", parents=head, actor=ANA
    )
    clock.forward(minutes=1)


async def test_e_edits_beside_a_preview_and_y_saves_a_new_version(desk, article):
    async with console_on(desk, size=WIDE) as console:
        await console.press("4")
        await console.shows("Use the event id")
        await console.press("e")
        await console.until(lambda: console.sheet == "ArticleSheet")
        await console.type("# Repeats")
        await console.press("enter", "enter")
        await console.shows("# Repeats", "═══════")
        await console.press("escape", "y")
        await console.shows("Saved #", "u: undo")

    assert text(desk, article).startswith("# Repeats\n\nUse the event id")
    assert len(desk.hot(articles.revisions(article))) == 2
    assert kept(desk, article) == ""


async def test_a_narrow_terminal_shows_the_preview_in_place_of_the_text(desk, article):
    async with console_on(desk, size=(80, 24)) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("e")
        await console.until(lambda: console.sheet == "ArticleSheet")
        await console.type("# Repeats")
        await console.press("enter", "enter")
        await console.press("f3")
        await console.shows("═══════")
        await console.press("f3")
        await console.shows("# Repeats")
        await console.press("escape", "v")
        await console.shows("═══════")
        await console.press("y")

        await console.until(lambda: text(desk, article).startswith("# Repeats"))


async def test_publishing_names_who_will_read_it(desk, article):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("e")
        await console.until(lambda: console.sheet == "ArticleSheet")
        await console.press("escape", "P")
        await console.shows("Publish it?", "The whole team reads it")
        assert summary(desk, article).state is ArticleState.DRAFT
        await console.press("y")

        await console.until(lambda: summary(desk, article).state is ArticleState.PUBLISHED)
    assert len(desk.hot(articles.revisions(article))) == 1


async def test_discarding_asks_and_changes_nothing(desk, article):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("e")
        await console.until(lambda: console.sheet == "ArticleSheet")
        await console.type("Nonsense. ")
        await console.press("escape", "D")
        await console.shows("Throw away what was written?")
        await console.press("y")
        await console.until(lambda: console.sheet == "")

    assert text(desk, article) == "Use the event id to drop repeats."
    assert kept(desk, article) == ""


async def test_what_was_written_survives_the_console_and_is_taken_up_again(desk, article):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("e")
        await console.until(lambda: console.sheet == "ArticleSheet")
        await console.type("Half a sentence ")
        await console.until(lambda: kept(desk, article).startswith("Half a sentence "))

    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("unsaved", "Duplicate webhooks")
        await console.press("e")
        await console.shows("taken up where you left it", "Half a sentence Use the event id")
        await console.press("escape", "y")
        await console.until(lambda: text(desk, article).startswith("Half a sentence "))
        await console.shows_no("unsaved")


async def test_m_writes_the_first_article_and_shows_it(desk):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("m writes the first article")
        await console.press("m")
        await console.until(lambda: console.sheet == "ArticleSheet")
        await console.type("Rotate a key")
        await console.press("enter")
        await console.type("Make a second one first.")
        await console.press("escape", "y")

        await console.shows("Rotate a key", "Make a second one first.", "not used yet")


async def test_a_new_article_that_was_left_is_offered_again(desk):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("m writes the first article")
        await console.press("m")
        await console.until(lambda: console.sheet == "ArticleSheet")
        await console.type("Rotate a key")
        await console.until(lambda: hot_title(desk) == "Rotate a key")

    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("A new article is not saved yet.", "m: take it up")
        await console.press("m")
        await console.shows("taken up where you left it", "Rotate a key")


async def test_m_in_the_kb_sheet_writes_from_the_ticket_and_links_it(desk):
    ticket = receive(desk, a_mail(subject="Webhooks arrive twice"))
    async with console_on(desk) as console:
        await console.shows("Webhooks arrive twice")
        await console.press("K")
        await console.until(lambda: console.sheet == "KbSheet")
        await console.press("m")
        await console.shows("> Every event comes twice", "## Environment", "## Resolution")
        await console.type("Drop what you have seen, by its event id.")
        await console.press("escape", "y")
        await console.until(lambda: len(ticket_summary(desk, ticket).kb_links) == 1)

    linked = ticket_summary(desk, ticket).kb_links[0]
    assert linked.use is LinkUse.WRITTEN
    assert text(desk, linked.target).startswith("## Issue")


async def test_an_article_begun_from_a_ticket_waits_there(desk):
    ticket = receive(desk, a_mail(subject="Webhooks arrive twice"))
    async with console_on(desk) as console:
        await console.shows("Webhooks arrive twice")
        await console.press("e")
        await console.shows("Still missing")
        await console.press("m")
        await console.shows("## Resolution")
        await console.type("Half an answer")
        name = f"new:{ticket}"
        await console.until(lambda: kept(desk, name).strip().endswith("Half an answer"))

    async with console_on(desk) as console:
        await console.shows("Webhooks arrive twice")
        await console.press("e")
        await console.shows("Still missing")
        await console.press("m")

        await console.shows("taken up where you left it", "Half an answer")


async def test_an_article_without_a_title_is_not_saved(desk):
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("m writes the first article")
        await console.press("m")
        await console.until(lambda: console.sheet == "ArticleSheet")
        await console.press("enter")
        await console.type("Make a second one first.")
        await console.press("escape", "y")
        await console.shows("It has no title yet.")

    assert desk.hot(articles.articles()) == []


async def test_an_older_version_is_looked_at_and_comes_back_as_a_new_one(desk, article):
    head = desk.hot(articles.text_and_head(article))[0][1]
    save(desk, article, "Ask the customer to wait.", parents=(head,))
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("H")
        await console.shows("Versions of #", "Ben", "+1 -1 lines", "Ask the customer to wait.")
        await console.press("j")
        await console.shows("Use the event id")
        await console.press("r")
        await console.shows("Restored the version of", "u: undo")

    assert text(desk, article) == "Use the event id to drop repeats."
    assert len(desk.hot(articles.revisions(article))) == 3


async def test_two_texts_are_both_shown_and_become_one(desk, clock, article):
    two_texts(desk, clock, article)
    async with console_on(desk, size=WIDE) as console:
        await console.press("4")
        await console.shows("two texts", "Keep ids for a day.", "Keep ids for a week.")
        await console.press("e")
        await console.shows("<<<<<<< Ana", ">>>>>>> Ben")
        await console.press("escape", "y")
        await console.shows("Both texts are still in it")
        assert summary(desk, article).has_conflict
        await console.press("f7", "delete")
        await console.type("Keep ids for a week.")
        await console.press("escape", "y")
        await console.until(lambda: not summary(desk, article).has_conflict)
        await console.shows_no("two texts")

    assert text(desk, article) == "Keep ids for a week."


async def test_a_colleague_who_saves_meanwhile_is_kept_beside_mine(desk, article):
    head = desk.hot(articles.text_and_head(article))[0][1]
    async with console_on(desk) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("e")
        await console.until(lambda: console.sheet == "ArticleSheet")
        await console.type("Mine. ")
        save(desk, article, "Theirs.", parents=(head,))
        await console.press("escape", "y")
        await console.shows("Somebody else saved it meanwhile: both texts are kept.")

    assert summary(desk, article).has_conflict


async def test_a_console_that_only_reads_opens_no_editor(desk, article):
    async with console_on(desk, reads_only=SECOND) as console:
        await console.press("4")
        await console.shows("Duplicate webhooks")
        await console.press("e")
        await console.shows("This console only reads")

        assert console.sheet == ""
    assert text(desk, article)
