"""The console's frame: places, keys, chords, sheets, and what it says."""

from datetime import timedelta

import pytest

from console import keys
from console.reading_only import SECOND
from storage.changes.desk import SetDesk
from storage.changes.ticket import AssignTicket
from tests.factories import ANA, BEN, NOW, a_mail, an_address, an_article, receive, summary
from tests.ui.console_harness import console_on


@pytest.fixture
def two(desk):
    """Two tickets, the older one first in the list."""
    first = receive(desk, a_mail(subject="Webhooks arrive twice", at=NOW - timedelta(hours=3)))
    second = receive(
        desk,
        a_mail(
            subject="[red]Invoice[/red] is wrong",
            sender=an_address("kim@shop.example", "Kim"),
            at=NOW - timedelta(hours=1),
        ),
    )
    return first, second


@pytest.mark.usefixtures("two")
async def test_it_opens_on_the_inbox_and_lists_what_waits(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks arrive twice", "[red]Invoice[/red] is wrong", "Open 2")


async def test_an_empty_desk_says_so(desk):
    async with console_on(desk) as console:
        await console.shows("Nothing waits here.")


async def test_enter_opens_a_ticket_and_escape_goes_back_to_its_row(desk, two):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("j", "enter")
        await console.shows("kim@shop.example", "Every event comes twice")
        await console.press("escape")
        await console.shows("Webhooks arrive twice")

        inbox = await console.screen.inbox()
        assert inbox.rows.highlighted_key == two[1]


async def test_opening_a_ticket_makes_it_read(desk, two):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("enter")

        await console.until(lambda: summary(desk, two[0]).unread == 0)


@pytest.mark.usefixtures("two")
async def test_a_wide_terminal_shows_the_ticket_beside_the_list(desk):
    async with console_on(desk, size=(140, 40)) as console:
        await console.shows("[red]Invoice[/red]", "Every event comes twice")


@pytest.mark.usefixtures("two")
async def test_growing_and_shrinking_keeps_the_place(desk):
    async with console_on(desk, size=(80, 24)) as console:
        await console.shows("Webhooks")
        await console.press("enter")
        await console.shows("Every event comes twice")
        await console.pilot.resize_terminal(150, 40)
        await console.shows("[red]Invoice[/red]", "Every event comes twice")
        await console.pilot.resize_terminal(80, 24)
        await console.shows_no("[red]Invoice[/red]")


async def test_what_a_colleague_decides_appears(desk, two):
    async with console_on(desk, size=(140, 40)) as console:
        await console.shows("nobody has it")

        desk.commit(AssignTicket(ticket_id=two[0], engineer=BEN), actor=BEN)

        await console.shows("Ben")


async def test_new_mail_appears_above_and_leaves_the_highlight(desk, two):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("j")
        receive(desk, a_mail(subject="A third one", sender=an_address("max@b.example", "Max")))
        await console.shows("A third one")

        inbox = await console.screen.inbox()
        assert inbox.rows.highlighted_key == two[1]


async def test_a_chord_goes_to_a_view(desk, two):
    desk.commit(AssignTicket(ticket_id=two[1], engineer=ANA), actor=ANA)
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("g", "m")
        await console.shows_no("Webhooks arrive twice")
        assert "[red]Invoice[/red]" in console.text


@pytest.mark.usefixtures("two")
async def test_a_chord_shows_what_may_follow(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("g")
        await console.shows("and then", "Show my tickets")
        await console.press("escape")
        await console.shows_no("and then")


async def test_help_lists_the_keys_of_the_place_filters_and_runs(desk, two):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("question_mark")
        await console.shows("Keys: Inbox", "Close it; asks for what is missing")
        await console.type("take it")
        await console.press("enter")

        await console.until(lambda: summary(desk, two[0]).assignee == ANA)


@pytest.mark.usefixtures("two")
async def test_the_palette_lists_commands_with_their_keys(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("colon")
        await console.shows("Commands")
        await console.type("nobody has taken")
        await console.press("enter")
        await console.until(lambda: console.sheet == "")


async def test_while_a_sheet_is_open_no_other_key_works(desk, two):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("t")
        await console.shows("Category of #")
        await console.press("e", "g", "m", "2", "slash", "u", "exclamation_mark", "tab")
        await console.press("escape")
        await console.until(lambda: console.sheet == "")

        assert summary(desk, two[0]).status == "new"
        assert (await console.screen.inbox()).tabs.active == "open"


@pytest.mark.usefixtures("two")
async def test_a_sheet_keeps_the_focus(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("t")
        await console.shows("Category of #")
        (await console.screen.inbox()).rows.focus()
        await console.pilot.pause()

        assert console.app.focused is console.screen.sheets[-1]


@pytest.mark.usefixtures("two")
async def test_the_footer_tells_the_keys_of_where_the_focus_is(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks", "r Reply", "e Close")
        await console.press("e")
        await console.shows("K KB link", "m New article")


async def test_another_key_can_be_chosen(desk, two):
    keymap = keys.DEFAULT.remapped({"inbox.assign_me": ("x",)})
    async with console_on(desk, keymap=keymap) as console:
        await console.shows("x Take")
        await console.press("x")

        await console.until(lambda: summary(desk, two[0]).assignee == ANA)


async def test_a_console_that_only_reads_decides_nothing(desk, two):
    async with console_on(desk, reads_only=SECOND) as console:
        await console.shows("Webhooks")
        await console.shows("READ-ONLY")
        await console.press("a")
        await console.shows("This console only reads")

        assert summary(desk, two[0]).assignee is None


@pytest.mark.usefixtures("two")
async def test_marks_are_counted_and_the_first_escape_takes_them_away(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("space", "space")
        await console.shows("2 marked")
        await console.press("escape")
        await console.shows_no("2 marked")


async def test_a_verb_on_marks_is_one_step_back(desk, two):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("space", "space", "a")
        await console.shows("You took 2 tickets.")
        await console.press("u")
        await console.until(lambda: summary(desk, two[0]).assignee is None)

        assert summary(desk, two[1]).assignee is None


@pytest.mark.usefixtures("two")
async def test_q_in_the_inbox_quits(desk):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("q")
        await console.until(lambda: console.app._exit)

        assert console.app.return_value == 0


async def test_an_article_is_in_the_desk_for_the_sheet(desk, two):
    an_article(desk)
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("K")
        await console.shows("Duplicate webhooks")
        await console.press("1")

        await console.until(lambda: summary(desk, two[0]).kb_links != ())


async def test_a_ticket_that_was_opened_keeps_the_highlight_when_an_older_one_comes_above(
    desk, two
):
    async with console_on(desk, size=(140, 40)) as console:
        await console.shows("Webhooks arrive twice")
        await console.press("enter", "escape")
        receive(desk, a_mail(subject="From last week", at=NOW - timedelta(days=7)))
        await console.shows("From last week")

        inbox = await console.screen.inbox()
        assert inbox.rows.highlighted_key == two[0]


async def test_leaving_a_search_keeps_the_ticket_that_was_found(desk, two):
    async with console_on(desk, size=(140, 40)) as console:
        await console.shows("Webhooks arrive twice")
        await console.press("slash")
        await console.press(*"invoice", "enter")
        await console.shows_no("Webhooks arrive twice")
        await console.press("escape")
        await console.shows("Webhooks arrive twice")

        inbox = await console.screen.inbox()
        assert inbox.rows.highlighted_key == two[1]


async def test_a_range_and_everything_can_be_marked(desk, two):
    async with console_on(desk) as console:
        await console.shows("Webhooks")
        await console.press("V", "j", "a")
        await console.shows("You took 2 tickets.")
        assert {summary(desk, one).assignee for one in two} == {ANA}
        await console.press("asterisk")
        await console.shows("2 marked")


async def test_a_colleague_who_is_called_otherwise_now_is_called_so(desk, two):
    desk.commit(AssignTicket(ticket_id=two[0], engineer=BEN), actor=ANA)
    async with console_on(desk, size=(118, 30)) as console:
        await console.shows("Webhooks", "Ben")
        desk.commit(SetDesk(key=f"engineer:{BEN}", value="Benno"), actor=ANA)

        await console.shows("Benno")
