"""The application's side towards the engine: looks after it, shows it, wakes it."""

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.app import App

from console import keys, travelling
from console.engine_watch import EngineWatch
from console.messages import Said
from storage.queries import hot
from storage.records.desk import EngineStatus

if TYPE_CHECKING:
    from console.app import Setup
    from console.desk_screen import DeskScreen
    from console.open_desk import OpenDesk


class EngineSide(App[int]):
    """Mixin of the application."""

    setup: "Setup"
    store: "OpenDesk"
    desk_screen: "DeskScreen"

    def __init__(self, setup: "Setup") -> None:
        super().__init__()
        self.setup = setup
        self._engine_watch = EngineWatch(setup.folder)

    async def wish_for_mode(self) -> None:
        """Have a console's engine that sends give way to one that only reads, or the other way."""
        from storage.records.local import ENGINE_MODE, ViewState  # noqa: PLC0415 - once a start

        if self.setup.engine is not None:
            mode = "readonly" if self.setup.readonly else "full"
            await self.store.write(ViewState(key=ENGINE_MODE, value=mode))

    async def read_engine(self) -> None:
        """Show how mail flows and what leaves next."""
        status = await self._show_engine()
        await self.desk_screen.read_leaving()
        if not self.setup.readonly:
            await self._tell_return(status)

    async def _show_engine(self) -> EngineStatus:
        said = next(iter(await self.store.hot(hot.engine())), EngineStatus.off())
        status = await asyncio.to_thread(self._engine_watch.seen, said)
        if self.setup.readonly:
            # an engine that may do more can be running: this console still only reads
            status = replace(status, mode="readonly")
        self.desk_screen.status.now = self.setup.now()
        self.desk_screen.status.engine = status
        return status

    async def _tell_return(self, status: EngineStatus) -> None:
        if not status.back_ms:
            return
        if sentence := await travelling.told_return(self.store, status):
            is_stuck = status.back_held or status.back_failed
            key = self.setup.keymap.context("global").keys
            shown = next(keys.shown(one.keys[0]) for one in key if one.id == "global.pane_outbox")
            step = f"{shown} shows what is held" if is_stuck else ""
            self.desk_screen.post_message(Said(sentence, step))

    @work(group="engine", exclusive=True)
    async def look_after_engine(self) -> None:
        """Start an engine where none runs, and say what is wrong with one that does."""
        engine = self.setup.engine
        if engine is not None:
            await asyncio.to_thread(engine.look)
            self._complain(engine.trouble)
        self._complain(self._engine_watch.news_of_stranger(await self._show_engine()))

    def _complain(self, sentence: str) -> None:
        if sentence:
            self.desk_screen.post_message(Said(sentence, is_trouble=True))

    @work(group="ask")
    async def sync_now(self) -> None:
        """Have the engine look now; one that gave up is started again."""
        from storage.records.local import ENGINE_ASKED, ViewState  # noqa: PLC0415 - only on a key

        await self.store.write(ViewState(key=ENGINE_ASKED, value=str(time.time_ns())))
        if self.setup.engine is not None:
            self.setup.engine.try_now()
            self.look_after_engine()
