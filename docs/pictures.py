"""Pictures of the real console on the practice desk, for the README: `make pictures`.

The practice mail comes in over IMAP as for a newcomer; then the console is opened without a
terminal at 120x36, typed into, and what it shows is written as SVG. A page on GitHub loads no
fonts, so the pictures name fonts that are there.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual.pilot import Pilot

from console.app import Rotadesk, Setup
from console.demo.run import DemoPlace, practice
from console.engine import Engine, command
from storage.db.locks import is_held

PICTURES = Path(__file__).with_name("pictures")
SIZE = (120, 36)
PATIENCE_SECONDS = 20.0
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"
SUBJECT = "live key"
"""In the subject of the ticket that is pictured."""
REPLY = "Roll the key first: Settings, API keys, Roll. The old one stops at once."


def main() -> None:
    """Take every picture."""
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="rotadesk-") as folder,
        practice(Path(folder) / "demo") as here,
    ):
        rotadesk = [sys.executable, "-m", "console"]
        where = ["--config", str(here.config), "--desk", str(here.desk)]
        subprocess.run([*rotadesk, *where, "sync", "--once"], check=True)
        asyncio.run(take(here))


async def take(here: DemoPlace) -> None:
    """Walk through the console and write what it shows."""
    engine = Engine(
        command(config=here.config, desk=here.desk, readonly=False),
        partial(is_held, here.desk, "sync.lock"),
        time.monotonic,
    )
    app = Rotadesk(Setup(me=here.me, folder=here.desk, engine=engine))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.desk_screen.place == "inbox" and app.focused is not None)
        await until(pilot, lambda: app.desk_screen.status.engine.pid > 0)
        while SUBJECT not in (await app.desk_screen.inbox()).rows.highlighted.subject:
            await press(pilot, "j")
        save(app, "inbox")
        await press(pilot, "e")
        save(app, "close-sheet")
        await press(pilot, "escape", "3")
        save(app, "bugs")
        await press(pilot, "4")
        save(app, "knowledge-base")
        await press(pilot, "2", "enter", "r")
        await press(pilot, *REPLY)
        await press(pilot, "escape", "y")
        save(app, "send-line")


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Type, and wait for the answer."""
    await pilot.press(*keys)
    await settled(pilot)


async def settled(pilot: Pilot[int]) -> None:
    """Wait until three looks in a row show the same screen."""
    looks: list[str] = []

    def is_still() -> bool:
        looks.append(words_of(pilot.app.export_screenshot()))
        return len(looks) > 3 and len(set(looks[-3:])) == 1

    await until(pilot, is_still)


def words_of(svg: str) -> str:
    """Return the text of a picture, without the clock of the status line."""
    return "".join(re.findall(r">([^<]+)</text>", svg))


async def until(pilot: Pilot[int], is_so: Callable[[], bool]) -> None:
    """Wait for a condition; a picture of the wrong thing is worse than none."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():
            await pilot.pause(0.1)


def save(app: Rotadesk, name: str) -> None:
    """Write what is shown now as a picture that needs nothing from elsewhere."""
    svg = app.export_screenshot(title="rotadesk")
    svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    svg = re.sub(r"font-family:\s*[^;]+;", f"font-family: {FONTS};", svg)
    # ids of the library hold a checksum of the content: a steady name keeps the difference small
    svg = re.sub(r"terminal-\d+", f"r-{name}", svg)
    path = PICTURES / f"{name}.svg"
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")
    sys.stdout.write(f"{path.relative_to(PICTURES.parents[1])}\n")


if __name__ == "__main__":
    main()
