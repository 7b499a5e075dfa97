"""A trial in the console: every key of every place is pressed, and nothing is decided."""

import pytest

from console import keys
from console.reading_only import SECOND, TRIAL
from storage.changes.ticket import AssignTicket
from storage.changes.work import FileBug
from storage.errors import RuleBrokenError
from storage.records.ids import BugId, random_uid
from storage.records.words import Severity
from storage.records.work import BugForm
from tests.factories import ANA, a_mail, an_article, receive
from tests.ui.console_harness import console_on

DECISIONS = ("journal", "outbox", "draft", "undo_step", "ticket_link", "note", "bug", "article")
NARROW, WIDE = (80, 24), (120, 40)
PLACES = {
    "inbox": (NARROW, "1"),
    "ticket": (NARROW, "1 enter"),
    "bugs": (WIDE, "3"),
    "kb": (WIDE, "4"),
    "outbox": (WIDE, "5"),
}
LEAVES = {"q", "ctrl+q", "escape"}


def decisions(desk):
    with desk.writing() as conn:
        return {name: conn.exec_driver_sql(f"SELECT * FROM {name}").all() for name in DECISIONS}


def keys_of(place):
    """Return every key of a place; in the inbox those of everywhere too."""
    rows = [*keys.DEFAULT.own(place), *(keys.DEFAULT.own("global") if place == "inbox" else ())]
    moves = {key for row in keys.DEFAULT.context("move").keys for key in row.keys}
    return sorted({row.keys[0] for row in rows} - LEAVES - moves)


@pytest.mark.parametrize("place", PLACES)
async def test_no_key_decides_anything_and_the_mark_stays(desk, place):
    receive(desk, a_mail(subject="Webhooks arrive twice"))
    an_article(desk)
    form = BugForm(title="Events come twice", severity=Severity.HIGH)
    desk.commit(FileBug(bug_id=BugId(random_uid()), form=form), actor=ANA)
    before = decisions(desk)
    size, way = PLACES[place]
    async with console_on(desk, size=size, reads_only=TRIAL) as console:
        await console.shows("Webhooks")
        for key in keys_of(place):
            if console.screen.place != place or console.screen.sheets:
                await console.press("escape", "escape", *way.split())
            await console.press(*key.split(), "enter")
            assert TRIAL.mark in console.text

        assert decisions(desk) == before


async def test_who_tries_to_decide_is_told_why_not(desk):
    receive(desk, a_mail(subject="Webhooks arrive twice"))
    async with console_on(desk, size=(80, 24), reads_only=TRIAL) as console:
        await console.shows("Webhooks", TRIAL.mark)
        await console.press("a")

        await console.until(lambda: console.said == TRIAL.why)


@pytest.mark.parametrize("why", [TRIAL, SECOND])
async def test_a_decision_that_comes_another_way_is_refused_too(desk, why):
    uid = receive(desk, a_mail())
    async with console_on(desk, reads_only=why) as console:
        with pytest.raises(RuleBrokenError, match=why.why.split("(")[0]):
            await console.app.store.commit(AssignTicket(ticket_id=uid, engineer=ANA))
        for step in (console.app.store.undo, console.app.store.redo):
            with pytest.raises(RuleBrokenError):
                await step()


async def test_a_console_that_works_has_no_mark(desk):
    async with console_on(desk, size=(80, 24)) as console:
        assert "READ-ONLY" not in console.text
