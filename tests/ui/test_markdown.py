from tests.ui.widget_harness import Harness, screen_lines, screen_text, until
from widgets import markdown_view
from widgets.markdown_editor import MarkdownEditor
from widgets.markdown_view import MarkdownView
from widgets.text_editor import TextEditor

ARTICLE = "\n".join(
    f"## Section {number}\n\n" + "Some words of it. " * 20 + f"\n\n- point {number}\n"
    for number in range(200)
)


async def test_an_article_opens_without_painting_it_all(monkeypatch):
    painted = []
    paint = markdown_view.markdown_lines
    monkeypatch.setattr(
        markdown_view, "markdown_lines", lambda *given: painted.append(given) or paint(*given)
    )
    view = MarkdownView()
    app = Harness(view)
    async with app.run_test(size=(80, 24)) as pilot:
        view.show(ARTICLE)
        assert len(painted) < 10

        await pilot.pause()
        assert "Section 0" in screen_text(app)


async def test_a_letter_typed_repaints_one_section(monkeypatch):
    view = MarkdownView()
    async with Harness(view).run_test(size=(80, 24)) as pilot:
        view.show(ARTICLE)
        await until(pilot, lambda: all(map(view._map.is_known, range(200))))
        painted = []
        paint = markdown_view.markdown_lines
        monkeypatch.setattr(
            markdown_view, "markdown_lines", lambda *given: painted.append(given) or paint(*given)
        )

        view.show(ARTICLE.replace("point 1\n", "point 1!\n"), keep_place=True)
        await pilot.pause()

        assert len(painted) == 1


async def test_a_definition_at_the_end_serves_a_link_at_the_beginning():
    view = MarkdownView()
    app = Harness(view)
    async with app.run_test(size=(80, 24)) as pilot:
        view.show("See [it][n].\n\n# More\n\n[n]: https://docs.example/x")
        await pilot.pause()

        assert "See it (docs.example)." in screen_text(app)
        assert "[n]:" not in screen_text(app)


async def test_reading_to_the_end_and_back():
    view = MarkdownView()
    app = Harness(view)
    async with app.run_test(size=(80, 24)) as pilot:
        view.show(ARTICLE)
        view.show_last()
        await pilot.pause()
        assert "point 199" in screen_text(app)

        view.show_first()
        await pilot.pause()
        assert "Section 0" in screen_lines(app)[0]


async def test_the_preview_stands_beside_the_text_and_follows_it():
    editor = MarkdownEditor()
    app = Harness(editor)
    async with app.run_test(size=(120, 24)) as pilot:
        editor.edit("# Title\n\n")
        editor.editor.move_cursor((2, 0))
        await pilot.press(*"- new")
        await until(pilot, lambda: "- new" in screen_lines(app)[3][60:])

        assert "═════" in screen_text(app)


async def test_at_80_columns_f3_shows_one_in_the_place_of_the_other():
    editor = MarkdownEditor()
    app = Harness(editor)
    async with app.run_test(size=(80, 24)) as pilot:
        editor.edit("# Title")
        await pilot.pause()
        assert "# Title" in screen_text(app)
        assert not editor.shows_preview

        await pilot.press("f3")
        await until(pilot, lambda: "═════" in screen_text(app))
        assert "# Title" not in screen_text(app)
        assert editor.view.has_focus

        editor.focus_text()
        await until(pilot, lambda: "# Title" in screen_text(app))
        assert editor.editor.has_focus


async def test_the_preview_goes_to_the_section_that_is_written():
    editor = MarkdownEditor()
    app = Harness(editor)
    async with app.run_test(size=(140, 24)) as pilot:
        editor.edit(ARTICLE)
        line = ARTICLE.split("\n").index("## Section 150")

        editor.editor.move_cursor((line + 1, 0))

        await until(pilot, lambda: any("Section 150" in one[70:] for one in screen_lines(app)))


async def test_escape_leaves_the_article_as_it_leaves_a_reply():
    editor = MarkdownEditor()
    app = Harness(editor)
    async with app.run_test(size=(120, 24)) as pilot:
        editor.edit("text")
        await pilot.press("escape")
        await until(pilot, lambda: app.told(TextEditor.Left))


async def test_hostile_text_never_reaches_a_strip_raw():
    view = MarkdownView()
    async with Harness(view).run_test(size=(80, 24)) as pilot:
        view.show(
            "# \x1b]0;x\x07\n\n`\x9b2J` [a\u202eb](https://a.example/\x1b]0;X\x07)\n\n```\n\x1b[2J\n```"
        )
        await pilot.pause()

        strips = [view.content_strip(y, 79) for y in range(view.virtual_size.height)]

        assert all(segment.text.isprintable() for strip in strips for segment in strip)
