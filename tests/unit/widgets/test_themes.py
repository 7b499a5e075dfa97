import re
import unicodedata
from pathlib import Path

import pytest
from rich.color import ColorSystem
from textual.color import Color

import themes
import widgets
from themes.palettes import DARK, LIGHT, THEMES

SOURCES = sorted(Path(widgets.__file__).parent.glob("*.py"))
STYLE = Path(themes.__file__).parent / "app.tcss"
TEXT = [
    *("ink", "ink-strong", "ink-dim", "ink-faint", "handle", "status-new", "status-waiting"),
    *("status-ended", "sla-soon", "sla-breached", "severity-critical", "severity-high"),
    *("severity-low", "reply", "note", "incoming", "outgoing", "unverified", "defect"),
    *("quote", "event", "link", "ok", "soon", "trouble", "mark", "key", "heading"),
]


def test_both_themes_name_the_same_meanings():
    assert set(DARK.variables) == set(LIGHT.variables)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", TEXT)
def test_every_text_can_be_read_on_the_background(theme, name):
    ground = Color.parse(theme.background)

    assert _contrast(Color.parse(theme.variables[name]), ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "cursor"),
        ("ink-dim", "cursor"),
        ("ink", "note-ground"),
        ("note", "note-ground"),
        ("unverified", "unverified-ground"),
        ("on-title", "reply"),
        ("on-title", "note"),
        ("on-title", "trouble"),
        ("code", "code-ground"),
        ("ink-dim", "strip"),
    ],
)
def test_every_text_can_be_read_on_its_own_ground(theme, text, ground):
    pair = Color.parse(theme.variables[text]), Color.parse(theme.variables[ground])

    assert _contrast(*pair) >= 4.5


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_letter_of_the_chrome_has_a_disputed_width(path):
    names = re.findall(r"\\N\{([^}]+)\}", path.read_text())
    letters = [unicodedata.lookup(name) for name in names] + [
        letter for letter in path.read_text() if not letter.isascii()
    ]

    disputed = [
        letter
        for letter in letters
        # every terminal draws boxes in one cell; U+FFFD stands for a stranger's byte
        if unicodedata.east_asian_width(letter) in "AWF"
        and not 0x2500 <= ord(letter) <= 0x257F
        and letter != "\ufffd"
    ]
    assert disputed == []


def test_the_style_sheet_uses_only_meanings_that_both_themes_know():
    used = set(re.findall(r"\$([a-z-]+)", STYLE.read_text()))
    textual = {"background", "panel", "surface", "primary", "foreground"}

    assert used - textual <= set(DARK.variables)


def test_every_role_a_painter_names_is_a_meaning_of_the_theme():
    words = {"bold", "italic", "underline", "strike", "reverse"}
    named = set()
    for path in SOURCES:
        for found in re.findall(
            r'"((?:bold |italic |underline |reverse )?[a-z]+(?:-[a-z]+)+)"', path.read_text()
        ):
            named |= set(found.split()) - words

    known = set(DARK.variables)
    roles = {one for one in named if one.split("-")[0] in {name.split("-")[0] for name in known}}
    assert roles - known == set()


def _contrast(first, second):
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color):
    parts = [one / 255 for one in color.rgb]
    red, green, blue = (
        one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", ["cursor", "cursor-rest", "strip", "reply", "note"])
def test_grounds_are_told_apart_in_a_terminal_of_256_colours(theme, ground):
    shown, background = (
        Color.parse(one).rich_color.downgrade(ColorSystem.EIGHT_BIT).number
        for one in (theme.variables[ground], theme.background)
    )

    assert shown != background
    assert shown != 16 or not theme.dark
