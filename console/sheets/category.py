"""The category sheet: why they had to write, and about which part of the product.

Stays open across tickets: Enter sets both and the next ticket comes.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from console import keys
from console.sheets.sheet import Sheet
from storage.records.desk import DeskSettings
from storage.records.ticket import TicketSummary
from storage.records.words import Category
from widgets.category_form import CategoryForm, CategoryState, lettered
from widgets.sheet_head import SheetHead


@dataclass(frozen=True, slots=True)
class CategoryQuestion:
    ticket: TicketSummary
    settings: DeskSettings


@dataclass(frozen=True, slots=True)
class CategoryAnswer:
    """What was chosen, and where to go: 1 the next ticket, -1 the one before."""

    category: Category | None
    area: str | None
    step: int
    is_accepted: bool


class CategorySheet(Sheet[CategoryQuestion, CategoryAnswer]):
    """Digits choose the category, letters the area; neither ever moves."""

    KEYS: ClassVar[str] = "category_sheet"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("category_sheet")
    can_focus = True

    def compose(self) -> ComposeResult:
        yield SheetHead()
        yield CategoryForm()

    @property
    def form(self) -> CategoryForm:
        return self.query_one(CategoryForm)

    def put(self, question: CategoryQuestion) -> None:
        settings, ticket = question.settings, question.ticket
        head = self.query_one(SheetHead)
        head.title, head.about = f"Category of #{ticket.handle}", ticket.subject
        self.form.state = CategoryState(
            category=ticket.category,
            area=ticket.area,
            areas=lettered(settings.areas),
            names=dict(settings.category_names),
            off=settings.categories_off,
        )

    def action_category(self, number: int) -> None:
        chosen = list(Category)[number - 1]
        if chosen not in self.form.state.off:
            self.form.state = replace(self.form.state, category=chosen)

    def on_key(self, event: events.Key) -> None:
        area = dict(self.form.state.areas).get(event.key)
        if area is not None:
            event.stop()
            self.form.state = replace(self.form.state, area=area)

    def action_accept_and_next(self) -> None:
        self._answer_with(1, is_accepted=True)

    def action_previous_item(self) -> None:
        self._answer_with(-1, is_accepted=False)

    def action_next_item(self) -> None:
        self._answer_with(1, is_accepted=False)

    def _answer_with(self, step: int, *, is_accepted: bool) -> None:
        state = self.form.state
        self.answer(CategoryAnswer(state.category, state.area, step, is_accepted))
