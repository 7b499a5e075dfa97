"""The application: the desk, the engine beside it, and what must never reach the terminal."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.worker import WorkerFailed

from console import keys, logs, words
from console.chords import Chords
from console.desk_screen import DeskScreen
from console.engine import CHECK_SECONDS, Engine
from console.engine_side import EngineSide
from console.first_run import FirstRun, Step
from console.keys import Keymap
from console.messages import UNDO_IS_NEXT, DeskChanged, Said, ShowTicket
from console.open_desk import OpenDesk
from console.reading_only import ReadsOnly
from storage.errors import DeskError
from storage.queries import hot
from storage.records.desk import DeskSettings
from storage.records.mail import Address
from themes import palettes
from widgets.firewall import Firewall

TICK_SECONDS: Final = 1.0
_LOOKS: Final = Path(palettes.__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the console needs to know before it opens."""

    me: Address
    folder: Path
    engine: Engine | None = None
    "None: no engine is started here; one that runs is used."
    keymap: Keymap = keys.DEFAULT
    theme: str = palettes.DARK.name
    team_key: Callable[[], bytes] | None = None
    "For the ids of our mails; None: the key in the desk folder."
    undo: timedelta = timedelta(seconds=10)
    "How long a reply waits, so that it can be taken back."
    reads_only: ReadsOnly | None = None
    "Why nothing is decided here; None: it is."
    now: Callable[[], datetime] = field(default=partial(datetime.now, UTC))
    notices: tuple[str, ...] = field(default=())
    "Sentences for the first look at the status line."

    @property
    def readonly(self) -> bool:
        return self.reads_only is not None


class Rotadesk(EngineSide):
    """One engineer's console on one desk."""

    TITLE = "rotadesk"
    CSS_PATH: ClassVar = [_LOOKS / "app.tcss"]
    ENABLE_COMMAND_PALETTE = False
    PAUSE_GC_ON_SCROLL = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", show=False, priority=True),
        Binding("ctrl+c", "help_quit", show=False, system=True),
    ]

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.fault = ""
        "The sentence to print once the terminal is back; empty where all went well."
        why = setup.reads_only
        self.store = OpenDesk(
            setup.folder,
            actor=setup.me.email,
            clock_ms=self._now_ms,
            refusal=why.why if why else "",
        )
        self.first_run = FirstRun(self.store)
        self.settings = DeskSettings()
        self._firewall = Firewall()
        self.desk_screen = DeskScreen()
        self.desk_screen.status.mark = why.mark if why else ""
        self.chords = Chords(
            clock=self,
            run=self.desk_screen.run_key,
            show=self.desk_screen.show_chord,
            hide=self.desk_screen.hide_chord,
        )
        for theme in palettes.THEMES:
            self.register_theme(theme)
        self.theme = setup.theme
        self.set_keymap(setup.keymap.changed_from(keys.DEFAULT))

    @property
    def me(self) -> Address:
        return self.setup.me

    def now(self) -> datetime:
        return self.setup.now()

    def team_key(self) -> bytes:
        """Return the team's key; may ask a person or a program, so not on the event loop."""
        if self.setup.team_key is not None:
            return self.setup.team_key()
        from console.passwords import key_in  # noqa: PLC0415 - only when a reply is sent

        return key_in(self.setup.folder)

    def _now_ms(self) -> int:
        return int(self.now().timestamp() * 1000)

    def get_default_screen(self) -> DeskScreen:
        return self.desk_screen

    def get_driver_class(self) -> type[Driver]:
        from console.driver import TerminalDriver  # noqa: PLC0415 - a test has no terminal

        return TerminalDriver

    def on_mount(self) -> None:
        if not self.is_headless:
            from console.driver import leave_by_signals  # noqa: PLC0415 - as above

            leave_by_signals(self.exit)
        self.call_after_refresh(self.open_desk)

    @work
    async def open_desk(self) -> None:
        """Show the first list, then bring up what decides: that is slow to import."""
        try:
            await self.store.open()
            await self._read_settings()
            await self.read_engine()
            await self.first_run.begin()
            self._show_first_run()
            await self.desk_screen.show("inbox")
            await self.store.store()
            await self.wish_for_mode()
        except DeskError as error:
            self.fault = words.for_command(error).sentence
            self.exit(6)
            return
        for notice in self.setup.notices:
            self.desk_screen.post_message(Said(notice))
        self._watch_desk()
        self.set_interval(CHECK_SECONDS, self.look_after_engine)
        self.look_after_engine()
        self.set_interval(TICK_SECONDS, lambda: self.desk_screen.tick(self.now()))

    @on(ShowTicket)
    async def _a_ticket_is_shown(self, message: ShowTicket) -> None:
        if message.takes_focus:
            await self.first_run.reach(Step.OPENED)
            self._show_first_run()

    @on(Said)
    async def _something_is_said(self, message: Said) -> None:
        if message.next_step == UNDO_IS_NEXT:
            await self.first_run.reach(Step.DECIDED)
            self._show_first_run()

    def _show_first_run(self) -> None:
        if not self.setup.readonly:
            self.desk_screen.status.standing = self.first_run.words

    async def _read_settings(self) -> None:
        self.settings = hot.settings_of(await self.store.hot(hot.settings_rows()))

    @work(group="watch")
    async def _watch_desk(self) -> None:
        from console.watching import changes  # noqa: PLC0415 - SQLAlchemy comes later

        async for touched in changes((await self.store.store()).desk):
            if touched.everything or "desk" in touched.others:
                await self._read_settings()
            if touched.everything or touched.others or touched.tickets:
                await self.read_engine()
            self.desk_screen.post_message(DeskChanged(touched))

    def may_write(self) -> bool:
        """Return whether decisions are taken here; says so where they are not."""
        why = self.setup.reads_only
        if why is not None:
            self.desk_screen.post_message(Said(why.why, is_trouble=True))
        return why is None

    async def action_quit(self) -> None:
        # not awaited here: its question needs the keys, which come through this very queue
        screen = self.desk_screen
        screen.run_worker(screen.quit_after_a_look(), group="quit", exclusive=True)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded and self._is_chord(event):
            return
        await super().on_event(event)

    def _is_chord(self, event: events.Key) -> bool:
        focused = self.focused
        if focused is not None and focused.check_consume_key(event.key, event.character):
            return False
        return self.chords.takes(
            event.key, keymap=self.setup.keymap, context=self.desk_screen.context
        )

    # what must not reach the terminal

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [self._firewall, *super().get_line_filters()]

    def _handle_exception(self, error: Exception) -> None:
        """End with one sentence: Textual's own screen shows local variables, mails among them.

        What the desk refused a worker is said like any refusal, and the console stays.
        """
        cause: BaseException = error.error if isinstance(error, WorkerFailed) else error
        if isinstance(cause, DeskError) and isinstance(error, WorkerFailed):
            told = words.for_screen(cause)
            self.desk_screen.post_message(Said(told.sentence, told.next_step, is_trouble=True))
            return
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self.fault = words.fault(logs.record_fault(cause, folder=self.setup.folder))
        self._close_messages_no_wait()

    async def on_unmount(self) -> None:
        await self.store.close()


def open_console(setup: Setup) -> int:
    """Run the console until it is left; return the exit status."""
    app = Rotadesk(setup)
    status = app.run()
    if app.fault:
        sys.stderr.write(f"rotadesk: {app.fault}\n")
    return app.return_code or status or 0
