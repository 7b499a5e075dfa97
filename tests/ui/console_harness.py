"""The whole console on a real desk, keys in, screen and database out."""

from contextlib import asynccontextmanager
from dataclasses import replace

from console.app import Rotadesk, Setup
from storage.records.mail import Address
from tests.factories import ANA, NOW
from tests.ui.widget_harness import screen_text, until


class Console:
    """A running console and what a test asks of it."""

    def __init__(self, app, pilot, desk):
        self.app, self.pilot, self.desk = app, pilot, desk

    @property
    def screen(self):
        return self.app.desk_screen

    @property
    def text(self):
        return screen_text(self.app)

    @property
    def said(self):
        return self.screen.status.error or self.screen.status.hint

    @property
    def sheet(self):
        return type(self.screen.sheets[-1]).__name__ if self.screen.sheets else ""

    async def press(self, *keys):
        await self.pilot.press(*keys)

    async def type(self, text):
        await self.pilot.press(*text)

    async def until(self, predicate):
        try:
            await until(self.pilot, predicate, seconds=20)
        except TimeoutError:
            raise AssertionError(self.text) from None

    async def shows(self, *words):
        await self.until(lambda: all(one in self.text for one in words))

    async def shows_no(self, words):
        await self.until(lambda: words not in self.text)


@asynccontextmanager
async def console_on(desk, *, size=(100, 30), **changes):
    """Open the console as Ana on the folder of `desk`, and wait for its first list."""
    setup = Setup(me=Address("Ana", ANA), folder=desk.folder, now=lambda: NOW)
    app = Rotadesk(replace(setup, **changes))
    async with app.run_test(size=size) as pilot:
        console = Console(app, pilot, desk)
        await console.until(lambda: app.desk_screen.place == "inbox" and app.focused is not None)
        await pilot.pause()
        yield console
