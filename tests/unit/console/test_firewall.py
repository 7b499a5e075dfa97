"""Nothing that a terminal would obey leaves through the firewall."""

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from console.firewall import Firewall, harmless

BLACK = Color(0, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "\x1b]0;title\x07",
        "\x1b[2J",
        "\x1b]52;c;ZWNobyBoaQ==\x07",
        "\x9b31m",
        "\x9d0;title\x9c",
        "a\rb\bc\x7f",
        "\u202egnp.exe",
        "tab\there",
    ],
)
def test_what_a_terminal_would_obey_is_rewritten(text):
    (segment,) = Firewall().apply([Segment(text, Style(bold=True))], BLACK)

    assert segment.text.isprintable()
    assert segment.style == Style(bold=True)


@pytest.mark.parametrize("text", ["a\x1b[2Jb", "\xa0\u3000\u200b", "\u0007日本\u009b"])
def test_the_line_keeps_its_cells(text):
    assert cell_len(harmless(text)) == cell_len(text)


def test_harmless_lines_pass_as_they_are():
    line = [Segment("Webhooks stopped — 日本語 مرحبا 🎉")]

    assert Firewall().apply(line, BLACK) is line
