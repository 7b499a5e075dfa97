"""What is being written in an article, kept on this machine until it is saved or thrown away."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.queries import articles, hot
from storage.records.local import ViewState

if TYPE_CHECKING:
    from console.open_desk import OpenDesk

NEW = "new"
"Stands for the id of an article that has none yet."


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptText:
    title: str
    text: str
    parents: tuple[str, ...] = ()
    "Versions it was written over."


async def kept(store: "OpenDesk", name: str) -> KeptText | None:
    """Return what was left unsaved under `name`; None where nothing was."""
    found = await store.hot(hot.view_state(articles.WRITING + name))
    if not found or not found[0]:
        return None
    told = json.loads(found[0])
    return KeptText(title=told["title"], text=told["text"], parents=tuple(told["parents"]))


async def keep(store: "OpenDesk", name: str, text: KeptText) -> None:
    told = {"title": text.title, "text": text.text, "parents": text.parents}
    await store.write(ViewState(key=articles.WRITING + name, value=json.dumps(told)))


async def forget(store: "OpenDesk", name: str) -> None:
    await store.write(ViewState(key=articles.WRITING + name, value=""))
