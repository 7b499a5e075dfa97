"""How far a long command is: one line on a terminal, nothing anywhere else."""

import sys
import time
from types import TracebackType
from typing import Final, Self

import click

from console.cli.frame import Run

_SECONDS: Final = 0.3


class Progress:
    """Counts things done, and bytes or things where their sum is known; redraws now and then."""

    def __init__(self, run: Run, *, what: str = "mails", total: int = 0) -> None:
        self._is_shown = sys.stderr.isatty() and not run.as_json
        self._what = what
        self._total = total
        self._count = 0
        self._bytes = 0
        self._drawn_at = 0.0
        self._is_drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def step(self, *, upto: int = 0) -> None:
        """One more thing is done, and all bytes up to there."""
        self._count += 1
        self._bytes = upto
        if not self._is_shown or time.monotonic() - self._drawn_at < _SECONDS:
            return
        self._drawn_at = time.monotonic()
        self._is_drawn = True
        share = min(100, 100 * self._bytes // self._total) if self._total else None
        told = f"{self._count:,} {self._what}" + (f", {share} %" if share is not None else "")
        click.echo(f"\r\x1b[K{told}", err=True, nl=False)

    def add(self, count: int) -> None:
        """So many more are done."""
        self._count += count - 1
        self.step(upto=self._bytes + count)

    def one(self) -> None:
        """One more thing is done, of as many as the total says."""
        self.step(upto=self._bytes + 1)

    def clear(self) -> None:
        """Take the line away: something else is about to be said."""
        if self._is_drawn:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._is_drawn = False
