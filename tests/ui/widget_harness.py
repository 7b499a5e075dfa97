"""A bare application around the widgets under test, and what is on its screen as text."""

import asyncio
from pathlib import Path

from textual.app import App
from textual.pilot import Pilot

import themes
from themes.palettes import DARK, THEMES

STYLE = Path(themes.__file__).parent / "app.tcss"


class Harness(App):
    CSS_PATH = STYLE

    def __init__(self, *widgets, theme=DARK.name):
        super().__init__()
        self.widgets = widgets
        self.heard = []
        for one in THEMES:
            self.register_theme(one)
        self.theme = theme

    def compose(self):
        yield from self.widgets

    async def _on_message(self, message):
        self.heard.append(message)
        await super()._on_message(message)

    def told(self, kind):
        """The messages of a kind that came up from the widgets."""
        return [one for one in self.heard if isinstance(one, kind)]


def screen_lines(app):
    """What the terminal shows, line by line, blanks at the end cut."""
    return [
        "".join(segment.text for segment in strip).rstrip()
        for strip in app.screen._compositor.render_strips()
    ]


def screen_text(app):
    return "\n".join(screen_lines(app))


async def until(pilot: Pilot, predicate, *, seconds=5.0):
    """Wait for a predicate, never for a time."""
    async with asyncio.timeout(seconds):
        while not predicate():
            await pilot.pause()
            await asyncio.sleep(0)
