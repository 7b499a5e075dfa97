"""A ticket's conversation, oldest first, with one message selected."""

from textual import events
from textual.message import Message

from storage.records.ticket import ConversationItem, EventItem, MessageItem, Ticket
from widgets.item_lines import ItemPainter, item_id
from widgets.thread_view import ThreadView


class ConversationView(ThreadView):
    """Shows the conversation of a `Ticket`; the owner binds the keys and calls the methods."""

    DEFAULT_CSS = "ConversationView { height: 1fr; }"
    can_focus = True

    class Selected(Message):
        """Another message is the selected one."""

        def __init__(self, view: "ConversationView", item: ConversationItem) -> None:
            super().__init__()
            self.view = view
            self.item = item

        @property
        def control(self) -> "ConversationView":
            return self.view

    _ticket: Ticket | None = None

    def show(self, ticket: Ticket | None, *, painter: ItemPainter | None = None) -> None:
        """Show a ticket at its newest message; the same ticket again stays where it is."""
        before, self._ticket = self._ticket, ticket
        is_same = (before and before.summary.id) == (ticket and ticket.summary.id)
        anchor = self.reading_place() if is_same else None
        chosen = item_id(self.selected) if is_same and self.selected else None
        if not is_same:
            self._open.clear()
        if painter is not None:
            self._painter = painter
        self._items = ticket.conversation if ticket else ()
        self.forget_lines()
        place = self.place_of(chosen)
        self._selected = self._newest() if place is None else place
        self._lay_out(anchor)

    @property
    def selected(self) -> ConversationItem | None:
        """The message, note or reply that verbs on a message mean."""
        return self._items[self._selected] if self._selected < len(self._items) else None

    def _newest(self) -> int:
        last = len(self._items) - 1
        spoken = (n for n in range(last, -1, -1) if not isinstance(self._items[n], EventItem))
        return next(spoken, 0)

    def _lay_out(self, anchor: tuple[str, int] | None) -> None:
        """Measure anew and show the line that was on top, or else the selected message."""
        self.measure(len(self._items))
        place = self.place_of(anchor[0]) if anchor else None
        if anchor is None or place is None:
            self.show_at(self._selected)
        else:
            self.show_at(place, anchor[1])
        self.refresh()
        self.measure_later()

    # walking and reading

    def next_message(self) -> None:
        self.select(self._selected, 1)

    def prev_message(self) -> None:
        self.select(self._selected, -1)

    def select(self, place: int, step: int) -> None:
        """Select the next item from `place` in the direction of `step` that somebody said."""
        said = self._said(place + step, step)
        if said is not None:
            self._selected_is(said)
            self.show_at(said)

    def _said(self, place: int, step: int) -> int | None:
        while 0 <= place < len(self._items):
            if not isinstance(self._items[place], EventItem):
                return place
            place += step
        return None

    def _selected_is(self, place: int) -> None:
        if place != self._selected:
            self._selected = place
            self.post_message(self.Selected(self, self._items[place]))
            self.refresh()

    def scroll_by(self, lines: int) -> None:
        """Scroll; the selection follows what is read."""
        self.show_top(max(0, min(self.top + lines, self.furthest)))
        if lines > 0 and self._items and self.top == self.furthest:
            self._selected_is(self._newest())
        else:
            self._select_on_screen()

    def scroll_by_pages(self, pages: float) -> None:
        self.scroll_by(round(pages * max(self.view_height - 2, 1)))

    def show_first(self) -> None:
        self.select(-1, 1)
        self.show_at(0)

    def show_last(self) -> None:
        if self._items:
            self.select(len(self._items), -1)
            self.show_at(len(self._items) - 1, 1_000_000)

    def _select_on_screen(self) -> None:
        """Keep the selection on a message that is to be seen."""
        if not self._items:
            return
        first, last = (self._map.at(self.top + y)[0] for y in (0, max(self.view_height - 1, 0)))
        if not first <= self._selected <= last:
            step = 1 if self._selected < first else -1
            place = self._said(first if step > 0 else last, step)
            if place is not None and first <= place <= last:
                self._selected_is(place)

    def toggle_quotes(self, *, everywhere: bool = False) -> None:
        """Fold or unfold what the selected message quotes; or all of them alike."""
        if self.selected is None:
            return
        keys = {item_id(self.selected)}
        if everywhere:
            keys = {item_id(item) for item in self._items if isinstance(item, MessageItem)}
        self._open ^= keys if keys <= self._open else keys - self._open
        self._lay_out(self.reading_place())

    # mouse and terminal

    def on_click(self, event: events.Click) -> None:
        if self.top + event.y >= self._map.total:
            return
        place, line = self._map.at(self.top + event.y)
        if isinstance(self._items[place], EventItem):
            return
        self._selected_is(place)
        lines = self._lines_of(place)
        if line < len(lines) and lines[line].is_fold:
            self.toggle_quotes()

    def on_resize(self) -> None:
        if self.view_width != self._measured_width:
            anchor = self.reading_place() if self._measured_width else None
            self.forget_lines()
            self._lay_out(anchor)
        else:
            self.settle()
