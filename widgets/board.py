"""Cards in columns by state. At 80 columns two or three are seen; the rest slides in."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from widgets.bug_card import CARD_HEIGHT, Card, card_lines
from widgets.cells import Line, clip, fit, spread
from widgets.painted import PaintsLines

_COLUMN_LEAST = 30
"Cells under which a card's facts no longer fit."
_COLUMN_MOST = 60
_HEAD = 2


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    title: str
    cards: tuple[Card, ...]


class Board(PaintsLines):
    """Columns of cards with one chosen; the owner binds the keys and calls the methods."""

    DEFAULT_CSS = "Board { height: 1fr; }"
    can_focus = True

    class BoardMessage(Message):
        def __init__(self, board: "Board", card: Card | None) -> None:
            super().__init__()
            self.board = board
            self.card = card

        @property
        def control(self) -> "Board":
            return self.board

    class Highlighted(BoardMessage):
        """Another card is the chosen one; None in an empty column."""

    class Opened(BoardMessage):
        """A card is to be opened."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns: tuple[Column, ...] = ()
        self._at = 0
        "Index of the chosen column."
        self._rows: dict[str, int] = {}
        "Index of the chosen card of each column, by the column's key."
        self._first = 0
        "The leftmost column on the screen."
        self._tops: dict[str, int] = {}

    # what it shows

    def show(self, columns: Sequence[Column]) -> None:
        """Show these columns; the chosen card stays chosen, also in the column it moved to."""
        before = self.card
        self._columns = tuple(columns)
        self._at = max(0, min(self._at, len(columns) - 1))
        if before is not None:
            self._choose(before.key)
        self._settle()
        if (self.card and self.card.key) != (before and before.key):
            self.post_message(self.Highlighted(self, self.card))

    def choose(self, key: str) -> None:
        """Choose the card of that key, wherever it stands."""
        self._choose(key)
        self._moved()

    def _choose(self, key: str) -> None:
        for place, column in enumerate(self._columns):
            for row, card in enumerate(column.cards):
                if card.key == key:
                    self._at, self._rows[column.key] = place, row
                    return

    @property
    def column(self) -> Column | None:
        return self._columns[self._at] if self._columns else None

    @property
    def card(self) -> Card | None:
        """The chosen card; None in an empty column."""
        column = self.column
        if column is None or not column.cards:
            return None
        return column.cards[self._row(column)]

    def _row(self, column: Column) -> int:
        return max(0, min(self._rows.get(column.key, 0), len(column.cards) - 1))

    # keys

    def move(self, steps: int) -> None:
        """Choose another card of the column."""
        if self.column is not None:
            self._rows[self.column.key] = self._row(self.column) + steps
            self._moved()

    def move_column(self, steps: int) -> None:
        """Choose a column to the left or right, empty ones included."""
        self._at = max(0, min(self._at + steps, len(self._columns) - 1))
        self._moved()

    def move_to_end(self, *, bottom: bool) -> None:
        if self.column is not None:
            self._rows[self.column.key] = len(self.column.cards) - 1 if bottom else 0
            self._moved()

    def open_highlighted(self) -> None:
        if self.card is not None:
            self.post_message(self.Opened(self, self.card))

    def _moved(self) -> None:
        if self.column is not None:
            self._rows[self.column.key] = self._row(self.column)
        self._settle()
        self.post_message(self.Highlighted(self, self.card))

    # layout

    def _shown(self) -> tuple[int, int]:
        """Return how many columns fit and how wide one is."""
        width = self.size.width
        fit_in = max(1, min(len(self._columns), width // _COLUMN_LEAST))
        return fit_in, max(min(width // fit_in, _COLUMN_MOST), 1)

    @property
    def _cards_high(self) -> int:
        return max((self.size.height - _HEAD) // CARD_HEIGHT, 1)

    def _settle(self) -> None:
        """Slide columns and cards so that the chosen one is on the screen."""
        shown, _ = self._shown()
        last = max(len(self._columns) - shown, 0)
        self._first = max(0, min(self._first, self._at, last), min(self._at - shown + 1, last))
        for column in self._columns:
            row, high = self._row(column), self._cards_high
            top = min(self._tops.get(column.key, 0), row)
            self._tops[column.key] = max(top, row - high + 1, 0)
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        shown, width = self._shown()
        columns = self._columns[self._first : self._first + shown]
        painted = [self._column_lines(one, width - 1) for one in columns]
        strips = []
        for y in crop.line_range:
            cells = [cell for lines in painted for cell in (*lines[y], (" ", ""))]
            strips.append(self.strip(tuple(cells), self.size.width))
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _column_lines(self, column: Column, width: int) -> list[Line]:
        """Return a whole column, each line exactly `width` cells wide."""
        is_at = column is self.column
        top = self._tops.get(column.key, 0)
        cards = column.cards[top : top + self._cards_high]
        lines = [self._title(column, width, is_at=is_at), self._edge(column, width, top)]
        for row, card in enumerate(cards, start=top):
            is_chosen = is_at and row == self._row(column)
            lines += card_lines(card, width, is_chosen=is_chosen, has_focus=self.has_focus)
            lines.append(((" " * width, ""),))
        if not cards:
            lines.append(((fit("  nothing here", width), "ink-faint"),))
        blank = ((" " * width, ""),)
        return (lines + [blank] * self.size.height)[: max(self.size.height, 1)]

    def _title(self, column: Column, width: int, *, is_at: bool) -> Line:
        place = self._columns.index(column)
        shown, _ = self._shown()
        more_left = "< " if place == self._first > 0 else "  "
        is_last = place == self._first + shown - 1 < len(self._columns) - 1
        count: Line = ((f"{len(column.cards)} {'>' if is_last else ' '}", "ink-faint"),)
        role = "bold ink-strong" if is_at else "bold ink-dim"
        return spread(
            ((more_left, "ink-faint"), (clip(column.title, width - 8), role)), count, width
        )

    def _edge(self, column: Column, width: int, top: int) -> Line:
        """Return the rule below a title, with what is out of sight above and below."""
        below = len(column.cards) - top - self._cards_high
        words = [f"{top} above"] * (top > 0) + [f"{below} more below"] * (below > 0)
        text = f" {', '.join(words)} " if words else ""
        rule = "\N{BOX DRAWINGS LIGHT HORIZONTAL}"
        role = "rule-strong" if column is self.column else "rule"
        return ((rule * max(width - len(text), 0), role), (text, "ink-faint"))

    # mouse and terminal

    def on_click(self, event: events.Click) -> None:
        _, width = self._shown()
        place = self._first + event.x // width
        if place >= len(self._columns):
            return
        column = self._columns[place]
        row = self._tops.get(column.key, 0) + (event.y - _HEAD) // CARD_HEIGHT
        self._at = place
        if event.y >= _HEAD and row < len(column.cards):
            self._rows[column.key] = row
        self._moved()
        if event.chain > 1:
            self.open_highlighted()

    def on_resize(self) -> None:
        self._settle()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
