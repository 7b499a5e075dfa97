"""Before a journey everything is fetched; after it, what happened meanwhile is told once."""

from typing import TYPE_CHECKING

from storage.queries import hot, offline
from storage.records.desk import EngineStatus
from storage.records.local import AllUnwished, AllWished, ViewState
from storage.rules.travelling import asked_words, back_words

if TYPE_CHECKING:
    from console.open_desk import OpenDesk


async def fetch_or_stop(store: "OpenDesk", engine: EngineStatus, *, now_ms: int) -> str:
    """Ask for all that lies on the server only, or take that back; return what to say."""
    if (await store.hot(offline.asked_for()))[0]:
        await store.write(AllUnwished())
        return "Stopped: what came of it stays here."
    missing = (await store.hot(offline.missing()))[0]
    if missing == offline.Missing():
        return "Every text and every file is here."
    await store.write(AllWished(at_ms=now_ms))
    what = asked_words(texts=missing.texts, files=missing.files, size=missing.size)
    when = "the same again stops it" if engine.is_connected else "once the server can be reached"
    return f"Fetching {what}: {when}."


async def told_return(store: "OpenDesk", engine: EngineStatus) -> str:
    """Return once what happened when the server was reached again after a long time; else ''."""
    told = await store.hot(hot.view_state(offline.BACK_TOLD))
    if engine.back_ms <= int(told[0] if told else 0):
        return ""
    await store.write(ViewState(key=offline.BACK_TOLD, value=str(engine.back_ms)))
    return back_words(
        sent=engine.back_sent,
        held=engine.back_held,
        failed=engine.back_failed,
        came=engine.back_came,
    )
