"""Open a link of a text: pick it, see the host it leads to, say yes."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from console import opening_files
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.pick import PickQuestion, PickSheet
from storage.rules.safe_text import link_host
from widgets.choices import Choice

if TYPE_CHECKING:
    from console.sheet_screen import SheetScreen

_LINK = "link "


def choices(text: str) -> list[Choice]:
    """Return the links of a text as choices, each with the host it leads to."""
    return [
        Choice(key=f"{_LINK}{one}", title=one, hint=link_host(one))
        for one in opening_files.links(text)
    ]


async def pick(screen: "SheetScreen", offered: Sequence[Choice]) -> str | None:
    """Let the engineer pick what to open; return the key of what is no link.

    Raises:
        DeskError: a link that was picked cannot be opened.
    """
    question = PickQuestion(title="Open", choices=tuple(offered), placeholder="link or file")
    picked = await screen.ask(PickSheet, question)
    if picked is None:
        return None
    if not picked.key.startswith(_LINK):
        return picked.key
    url = picked.key.removeprefix(_LINK)
    sure = ConfirmQuestion("Open in the browser?", url, f"It leads to {link_host(url)}.")
    if await screen.ask(ConfirmSheet, sure):
        await asyncio.to_thread(opening_files.open_link, url)
    return None
