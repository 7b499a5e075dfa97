"""What others commit, as it comes: by the wake-up pipe, or by a look four times a second."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from storage.queries.watch import Watch
from storage.records.facts import Touched
from storage.store import Desk

LOOK_SECONDS: Final = 0.25
"For a writer that did not knock; a look costs 10 us."


async def changes(desk: Desk) -> AsyncIterator[Touched]:
    """Yield what was touched, ours included, until the caller stops asking."""
    woken = asyncio.Event()
    loop = asyncio.get_running_loop()
    with Watch(desk.folder, desk.path) as watch:
        loop.add_reader(watch.fileno(), woken.set)
        try:
            while True:
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        await woken.wait()
                except TimeoutError:
                    pass
                woken.clear()
                if touched := watch.look():
                    yield touched
        finally:
            loop.remove_reader(watch.fileno())
