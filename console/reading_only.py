"""Why a console takes no decisions: a trial, or another console has the desk."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadsOnly:
    mark: str
    "At the left of the status line, on every screen."
    why: str
    "Said to whoever tries to decide something."


TRIAL: Final = ReadsOnly(
    mark="TRIAL, READ-ONLY",
    why="A trial decides, marks and sends nothing.",
)
SECOND: Final = ReadsOnly(
    mark="READ-ONLY", why="This console only reads: another one has this desk open."
)
