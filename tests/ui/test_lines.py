"""The one-line and few-line widgets: what they say, at every width, to everybody."""

from datetime import timedelta

import pytest
from screen_records import ANA, NOW, ZOE

from storage.records.desk import EngineStatus
from storage.records.ids import ArticleId
from storage.records.mail import Address
from storage.records.ticket import Suggestion
from storage.records.words import AfterSend, CloseRequirement
from tests.ui.widget_harness import Harness, screen_lines, screen_text
from widgets.cells import line_width
from widgets.empty import Empty
from widgets.footer_line import FooterLine, fitting, most_verbs, painted
from widgets.gate_panel import GatePanel
from widgets.review_bar import ReviewBar
from widgets.send_line import Check, SendLine
from widgets.status_line import StatusLine

OPS = Address("", "ops@acme.example")
VERBS = tuple((key, label) for key, label in zip("rcatsbKe/vupSTMwx", ["Verb"] * 17, strict=True))
IDLE = EngineStatus(
    state="idle", synced_at=NOW - timedelta(minutes=2), server_count=150, desk_count=150
)


async def shown(widget, *, width=80, **values):
    app = Harness(widget)
    async with app.run_test(size=(width, 12)) as pilot:
        for name, value in values.items():
            setattr(widget, name, value)
        await pilot.pause()
        assert max(map(len, screen_lines(app))) <= width
        return screen_text(app).strip("\n")


@pytest.mark.parametrize(("width", "count"), [(80, 8), (100, 10), (120, 13), (160, 16)])
def test_a_footer_shows_as_many_verbs_as_the_terminal_has_room_for(width, count):
    assert len(fitting(VERBS, width, limit=most_verbs(width))) == count


@pytest.mark.parametrize("width", range(20, 200, 7))
def test_a_footer_always_fits_and_keeps_the_help_at_its_end(width):
    verbs = (*VERBS, ("?", "Keys"))

    chosen = fitting(verbs, width, limit=most_verbs(width))

    assert line_width(painted(chosen)) <= width
    assert chosen[-1] == ("?", "Keys")


async def test_a_footer_says_how_many_are_marked():
    text = await shown(FooterLine(), verbs=VERBS, note="5 marked")

    assert text.endswith("5 marked")


async def test_the_status_line_tells_that_server_and_desk_agree():
    text = await shown(StatusLine(), width=120, me=ANA, engine=IDLE, now=NOW, unsent=2)

    assert "ana@northwind.example  synced 2m ago  server 150 = desk 150  2 unsent" in text


async def test_the_status_line_tells_what_is_missing_here():
    engine = EngineStatus(state="idle", synced_at=NOW, server_count=150, desk_count=148, skipped=1)

    assert "server 150, desk 148, 1 skipped" in await shown(StatusLine(), engine=engine, now=NOW)


async def test_offline_is_a_word_with_the_next_try():
    engine = EngineStatus(
        state="waiting",
        synced_at=NOW - timedelta(hours=2),
        next_try=NOW + timedelta(seconds=40),
        error="mail.northwind.example: connection refused",
    )

    text = await shown(StatusLine(), width=120, engine=engine, now=NOW)

    assert "OFFLINE synced 2h ago, next try in 40 s" in text
    assert "connection refused" in text


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_a_countdown_is_never_cut_by_what_matters_less(width):
    said = "Reply to Zoe leaves in 8 s: u takes it"

    text = await shown(
        StatusLine(), width=width, me=ANA, engine=IDLE, now=NOW, unsent=1, countdown=said, error="x"
    )

    assert said in text
    assert "synced" in text


async def test_the_review_bar_names_what_it_is_about_and_offers_its_verbs():
    verbs = (("y", "Send..."), ("i", "Edit"), ("?", "Keys"))

    assert (await shown(ReviewBar(), verbs=verbs)) == " REPLY  y Send...  i Edit  ? Keys"
    assert (await shown(ReviewBar(), verbs=verbs, is_note=True)).startswith(" NOTE ")


async def test_the_send_line_says_to_whom_what_was_found_and_what_follows():
    text = await shown(
        SendLine(),
        to=(ZOE,),
        cc=(OPS,),
        then=AfterSend.CLOSE,
        checks=(Check("The text says 'attached', but nothing is attached."),),
        verbs=(("Enter", "Send"), ("Esc", "Back")),
    )

    assert "SEND  to Zoe Marlowe <zoe@acme.example> +1" in text
    assert "Enter sends" in text
    assert "Cc  ops@acme.example" in text
    assert "nothing is attached" in text
    assert "then the ticket is closed" in text


@pytest.mark.parametrize(
    "values",
    [{"to": ()}, {"to": (ZOE,), "checks": (Check("{{name}} was not filled in.", stops=True),)}],
)
async def test_what_must_not_leave_offers_no_enter(values):
    line = SendLine()

    text = await shown(line, verbs=(("Enter", "Send"), ("Esc", "Back")), **values)

    assert line.is_stopped
    assert "cannot be sent yet" in text
    assert "Enter" not in text


async def test_the_gate_shows_what_is_there_and_what_is_missing():
    text = await shown(
        GatePanel(),
        missing=frozenset({CloseRequirement.KB_LINK}),
        filled=((CloseRequirement.CATEGORY, "usability"),),
        suggestions=(
            Suggestion(
                article_id=ArticleId("A1"), title="Retry a webhook", why="webhook", used_by=14
            ),
        ),
    )

    assert "[x] category usability" in text
    assert "[ ] product area (may stay empty)" in text
    assert "[ ] KB link" in text
    assert "7  Retry a webhook  webhook" in text
    assert "used 14 times" in text


async def test_nothing_here_is_said_in_the_middle():
    lines = (await shown(Empty("No ticket waits for you.", "Rest a little."))).split("\n")

    assert [line.strip() for line in lines if line.strip()] == [
        "No ticket waits for you.",
        "Rest a little.",
    ]
    assert lines[-2].startswith(" " * 28)


async def test_what_is_skipped_is_counted_among_what_the_server_has():
    engine = EngineStatus(
        state="idle", synced_at=NOW, server_count=20_004, desk_count=19_998, skipped=6, junk=14
    )

    line = await shown(StatusLine(), engine=engine, now=NOW)

    assert "server 20,004 = 19,998 + 6 skipped  Junk 14" in line


async def test_a_question_about_the_mailbox_is_asked_until_it_is_answered():
    engine = EngineStatus(state="idle", synced_at=NOW, question="Which folder is for sent mail?")

    line = await shown(StatusLine(), engine=engine, hint="Enter opens it", now=NOW)

    assert "Which folder is for sent mail?" in line
    assert "Enter opens it" not in line
