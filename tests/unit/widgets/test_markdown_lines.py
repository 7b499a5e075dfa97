import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.cells import line_width
from widgets.markdown_lines import markdown_lines
from widgets.markdown_view import sections
from widgets.styled_wrap import wrap_cells

HOSTILE = ["\x1b]52;c;aGk=\x07", "\x9b2J", "\u202egnp.exe", "[@click=app.quit]x[/]", "> " * 400]
PIECES = st.sampled_from(
    [
        "# a",
        "- b",
        "1. c",
        "> ",
        "```",
        "|a|b|\n|-|-|\n|日本|x|",
        "**x",
        "`y`",
        "\n",
        "    code",
        " ",
        "[l](https://acme.example)",
        "<b>",
        "words and words ",
        "日本語のテキスト",
        "---",
        *HOSTILE,
    ]
)


def shown(text, width=60):
    return "\n".join(
        "".join(part for part, _ in line).rstrip() for line in markdown_lines(text, width)
    )


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=25).map("".join), st.integers(12, 120))
def test_whatever_is_written_it_is_painted_within_the_width(text, width):
    lines = markdown_lines(text, width)

    # text keeps a dozen cells however deep it stands
    deepest = text.count("> ") * 2 + text.count("- ") * 2 + text.count("1. ") * 3
    assert all(line_width(line) <= max(width, 12 + deepest) for line in lines)


@given(st.lists(st.tuples(st.text(max_size=30), st.just("ink")), max_size=8), st.integers(2, 40))
def test_wrapped_text_keeps_its_width(cells, width):
    assert all(line_width(line) <= width for line in wrap_cells(cells, width))


def test_headings_differ_by_their_rule_and_not_by_colour():
    assert shown("# One\n\n## Two\n\n### Three").splitlines() == [
        "One",
        "═══",
        "",
        "Two",
        "───",
        "",
        "Three",
    ]


def test_lists_keep_their_numbers_and_their_depth():
    assert shown("3. a\n   - b\n4. c") == "3. a\n   - b\n4. c"


def test_code_is_kept_as_it_is():
    assert "  if x:\n      y()" in shown("```python\nif x:\n    y()\n```")


def test_a_link_names_its_host_unless_its_words_do():
    assert shown("[log in](https://evil.example/x)") == "log in (evil.example)"
    assert shown("[docs.example](https://docs.example/x)") == "docs.example"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "smb://x/y"])
def test_a_link_that_must_not_be_opened_is_text(url):
    lines = markdown_lines(f"[click]({url})", 80)

    assert not any("underline" in role for line in lines for _, role in line)


def test_html_is_text():
    assert "<script>alert(1)</script>" in shown("<script>alert(1)</script>")


def test_a_table_that_is_too_wide_wraps_in_its_cells():
    text = shown("| a | b |\n|---|---|\n| x | " + "long words " * 12 + "|", 40)

    assert max(map(len, text.splitlines())) <= 40
    assert text.count("long") == 12


def test_sections_begin_at_headings_outside_code():
    text = "intro\n# One\n```\n# no\n```\n## Two\n~~~\n## no\n"

    assert [start for start, _ in sections(text)] == [0, 1, 5]
    assert "\n".join(part for _, part in sections(text)) == text
