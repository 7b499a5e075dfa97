"""Who I am, whether mail flows, and what somebody has to know now. One line."""

from datetime import UTC, datetime

from textual.reactive import reactive

from storage.records.desk import EngineStatus
from storage.rules.travelling import missing_words
from widgets.cells import Line, clip, clip_line, line_width, shorten, spread, width_of
from widgets.painted import PaintedLines
from widgets.times import age, countdown

_OFFLINE = "OFFLINE"


class StatusLine(PaintedLines):
    """Left: me, the engine, the count, what is unsent. Right: the most urgent of what is said."""

    DEFAULT_CSS = "StatusLine { height: 1; }"

    mark: reactive[str] = reactive("")
    "What must not be forgotten on any screen: that this console only reads."
    me: reactive[str] = reactive("")
    engine: reactive[EngineStatus] = reactive(EngineStatus.off)
    unsent: reactive[int] = reactive(0)
    error: reactive[str] = reactive("")
    hint: reactive[str] = reactive("")
    standing: reactive[str] = reactive("")
    "Shown while there is nothing else to say: what a newcomer needs next."
    countdown: reactive[str] = reactive("")
    "'Reply to Zoe leaves in 8 s: u takes it back'; the most urgent."
    now: reactive[datetime] = reactive(datetime.fromtimestamp(0, UTC))

    def lines(self, width: int) -> list[Line]:
        said, role = self._said()
        engine, count = engine_words(self.engine, now=self.now), count_words(self.engine)
        if self.engine.mode == "readonly" and not self.mark:
            engine = (*engine, ("  read-only", "bold soon"))
        if self.mark:
            engine = ((f" {self.mark} ", "bold reverse soon"), ("  ", ""), *engine)
        mine: Line = ((clip(self.me, 30), "ink-dim"),) if self.me else ()
        unsent: Line = ((f"{self.unsent} unsent", "bold soon"),) if self.unsent else ()
        away = away_words(self.engine)
        fuller = (
            [mine, engine, count, away, unsent],
            [engine, count, away, unsent],
            [engine, away, unsent],
            [engine, unsent],
        )
        wanted = width_of(clip(said, width)) + 3
        fits = (_joined(one) for one in fuller if line_width(_joined(one)) + wanted <= width)
        # what is said counts more than the rest, the state of the mail is told in any case
        left = next(fits, _joined([engine] if said else [engine, unsent]))
        room = max(width - line_width(left) - 3, 0)
        right: Line = ((shorten(said, room) + " ", role),) if said else ()
        return [spread(clip_line(left, width), right, width)]

    def _said(self) -> tuple[str, str]:
        if self.countdown:
            return self.countdown, "bold soon"
        if trouble := self.error or self.engine.error:
            return trouble, "trouble"
        if self.engine.question:
            return self.engine.question, "bold soon"
        return self.hint or self.standing, "ink-dim"

    def ground(self, y: int) -> str:
        del y
        return "strip"


def _joined(parts: list[Line]) -> Line:
    line: Line = ()
    for part in parts:
        if part:
            line = (*line, ("  " if line else " ", ""), *part)
    return line


def engine_words(engine: EngineStatus, *, now: datetime) -> Line:
    """Return how mail flows: a word for the state, and how fresh what is here is."""
    fresh = f"synced {age(engine.synced_at, now=now)}" if engine.synced_at else "not synced yet"
    fresh += " ago" if engine.synced_at and not fresh.endswith("now") else ""
    words: Line
    match engine.state:
        case "idle" | "polling":
            words = ((fresh, "ok"),)
        case "connecting":
            words = (("connecting", "ink-dim"),)
        case "syncing":
            words = ((engine.progress or "syncing", "ink-dim"),)
        case "waiting":
            left = (
                f", next try in {countdown(engine.next_try, now=now)} s" if engine.next_try else ""
            )
            words = ((_OFFLINE, "bold soon"), (f" {fresh}{left}", "ink-dim"))
        case "silent":
            words = (("ENGINE SILENT", "bold trouble"), (f" {fresh}", "ink-dim"))
        case "stopped":
            words = (("STOPPED", "bold trouble"), (f" {fresh}", "ink-dim"))
        case _:
            words = (("mail is off", "ink-dim"),)
    return words


def count_words(engine: EngineStatus) -> Line:
    """Return 'server 150 = desk 150', '= 148 + 2 skipped', or what differs; then what is junk."""
    server, desk, skipped = engine.server_count, engine.desk_count, engine.skipped
    junk: Line = ((f"  Junk {engine.junk:,}", "ink-faint"),) if engine.junk else ()
    if not server and not desk:
        return junk
    if server != desk + skipped:
        left_out = f", {skipped:,} skipped" if skipped else ""
        return ((f"server {server:,}, desk {desk:,}{left_out}", "soon"), *junk)
    here = f"{desk:,} + {skipped:,} skipped" if skipped else f"desk {desk:,}"
    return ((f"server {server:,} = {here}", "ink-faint"), *junk)


def away_words(engine: EngineStatus) -> Line:
    """Return what could not be read without the server; while texts are coming, how many tells it."""
    if engine.state == "syncing":
        return ()
    missing = missing_words(
        texts=engine.texts_missing, files=engine.files_missing, size=engine.bytes_missing
    )
    return ((missing, "ink-dim"),) if missing else ()
