"""One reply that has not left as one line, and what is to know about it below the list."""

from dataclasses import dataclass
from datetime import UTC, datetime

from textual.reactive import reactive

from storage.records.ticket import OutboxItem
from storage.records.words import AfterSend, OutboxState
from widgets.cells import Line, fit, shorten
from widgets.composer import recipients
from widgets.item_lines import outbox_words
from widgets.painted import PaintedLines
from widgets.send_line import AFTER
from widgets.wrap import wrap

_STATE_CELLS = 22
_TEXT_LINES = 6
_NEXT = {
    OutboxState.HELD: "A person decides: y looks at it once more and sends, e edits.",
    OutboxState.FAILED: "A person decides: r tries again, e edits, D discards.",
}
_DOUBTFUL = "A person decides: look in Sent; r sends the same mail again, D discards it."


def _names(item: OutboxItem) -> str:
    return ", ".join(one.name or one.email for one in (*item.to, *item.cc))


@dataclass(frozen=True)
class OutboxPainter:
    """State, to whom, what about; at the right why it did not leave."""

    def __call__(self, row: OutboxItem, /, *, width: int, now: datetime) -> Line:
        words, role = outbox_words(row, now=now)
        who = 16 if width < 100 else 30
        room = max(width - _STATE_CELLS - who - 4, 8)
        about: Line = ((fit(shorten(row.subject, room), room), "ink"),)
        if row.error and room > 50:
            half = room // 2
            about = (
                (fit(shorten(row.subject, half - 2), half), "ink"),
                (fit(shorten(row.error, room - half), room - half), "trouble"),
            )
        return (
            (fit(words, _STATE_CELLS), role),
            ("  ", ""),
            (fit(shorten(_names(row), who), who), "ink-strong"),
            ("  ", ""),
            *about,
        )


class OutboxDetail(PaintedLines):
    """Everybody who gets it, why it waits, how it begins."""

    DEFAULT_CSS = "OutboxDetail { height: auto; max-height: 50%; }"

    item: reactive[OutboxItem | None] = reactive(None, layout=True)
    now: reactive[datetime] = reactive(datetime.fromtimestamp(0, UTC))

    def lines(self, width: int) -> list[Line]:
        item = self.item
        if item is None:
            return []
        words, role = outbox_words(item, now=self.now)
        about = shorten(item.subject, max(width - len(words) - 4, 8))
        rows: list[Line] = [
            ((f" {words}", role), ("  ", ""), (about, "bold ink-strong")),
            recipients("To", item.to, width),
        ]
        if item.cc:
            rows.append(recipients("Cc", item.cc, width))
        if item.error:
            rows += [
                ((" ", ""), (text, "trouble")) for text in wrap(item.error, max(width - 3, 10))
            ]
        if item.state in _NEXT:
            advice = _DOUBTFUL if item.is_doubtful else _NEXT[item.state]
            rows.append(((" ", ""), (shorten(advice, width - 2), "ink-dim")))
        if item.then is not AfterSend.NOTHING:
            rows.append(((f" {AFTER[item.then]}", "ink-dim"),))
        rows.append(())
        shown = wrap(item.text.strip(), max(width - 3, 10))
        rows += [((" ", ""), (text, "ink")) for text in shown[:_TEXT_LINES]]
        return rows

    def ground(self, y: int) -> str:
        return "strip" if y == 0 else ""
