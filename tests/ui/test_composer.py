import inspect

from screen_records import ZOE
from textual.document._wrapped_document import WrappedDocument
from textual.widgets import TextArea

from storage.records.mail import Address
from tests.ui.widget_harness import Harness, screen_lines, screen_text, until
from widgets.cells import line_width
from widgets.composer import Composer, recipients, title_of
from widgets.text_editor import TextEditor

OPS = Address("", "ops@acme.example")


async def test_a_reply_names_everybody_who_gets_it():
    composer = Composer()
    app = Harness(composer)
    async with app.run_test(size=(80, 12)) as pilot:
        composer.write_reply(to=(ZOE,), cc=(OPS, ZOE), text="Hi")
        await pilot.pause()

        text = screen_text(app)
        assert "REPLY  to Zoe Marlowe <zoe@acme.example> +2" in text
        assert "To  Zoe Marlowe <zoe@acme.example>" in text
        assert "Cc  ops@acme.example, Zoe Marlowe" in text


async def test_a_note_has_another_title_another_colour_and_no_recipients():
    composer = Composer()
    app = Harness(composer)
    async with app.run_test(size=(80, 12)) as pilot:
        composer.write_reply(to=(ZOE,), cc=(OPS,), text="Hi")
        await pilot.pause()
        reply_ground = composer.editor.background_colors[1]

        composer.write_note()
        await pilot.pause()

        text = screen_text(app)
        assert "INTERNAL NOTE" in text
        assert "REPLY" not in text
        assert "acme.example" not in text
        assert (composer.to, composer.cc) == ((), ())
        assert composer.editor.background_colors[1] != reply_ground
        assert composer.text == "Hi"


async def test_escape_leaves_and_f4_asks_for_the_editor_and_neither_types():
    composer = Composer()
    app = Harness(composer)
    async with app.run_test(size=(80, 12)) as pilot:
        composer.write_reply(to=(ZOE,), text="")
        await pilot.press("h", "i", "escape", "f4")
        await until(pilot, lambda: app.told(TextEditor.EditorWanted))

        assert composer.text == "hi"
        assert len(app.told(TextEditor.Left)) == 1


async def test_a_pair_after_a_blank_asks_for_a_picker_and_its_pick_replaces_it():
    composer = Composer()
    app = Harness(composer)
    async with app.run_test(size=(80, 12)) as pilot:
        composer.write_reply(to=(ZOE,), text="")
        await pilot.press(*"see ", *"??")
        await until(pilot, lambda: app.told(TextEditor.Triggered))

        composer.editor.replace_trigger("https://docs.northwind.example/retry")

        assert app.told(TextEditor.Triggered)[0].kind == "??"
        assert composer.text == "see https://docs.northwind.example/retry"


async def test_a_question_asked_with_two_marks_is_no_trigger():
    composer = Composer()
    app = Harness(composer)
    async with app.run_test(size=(80, 12)) as pilot:
        composer.write_reply(to=(ZOE,), text="")
        await pilot.press(*"what??", *" std::")
        await pilot.pause()

        assert app.told(TextEditor.Triggered) == []
        assert composer.text == "what?? std::"


def test_recipients_that_do_not_fit_are_counted():
    many = [Address("", f"person{number}@acme.example") for number in range(12)]

    for width in range(40, 160):
        line = recipients("To", many, width)
        text = "".join(part for part, _ in line)
        shown = text.count("@acme")
        assert line_width(line) <= width
        assert shown == 12 or f"and {12 - shown} more" in text


def test_nobody_is_said_in_the_title():
    assert title_of((), ()) == "to nobody yet"


async def test_a_long_text_is_painted_without_adding_up_its_height():
    editor = TextEditor("line\n" * 20_000)
    app = Harness(editor)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()

        assert editor.wrapped_document.height == WrappedDocument.height.fget(
            editor.wrapped_document
        )
        editor.move_cursor((19_999, 0))
        await pilot.pause()
        assert screen_lines(app)[0] == "line"


def test_the_private_names_of_textual_that_we_touch_are_there():
    source = inspect.getsource(TextArea)

    for name in ("_set_document", "_line_cache", "_render_line", "_draw_cursor", "_on_key"):
        assert f"{name}" in source
    assert "_offset_to_line_info" in inspect.getsource(WrappedDocument)
