"""The close sheet: what is missing, and the quickest way to fill it.

It holds what was chosen until Enter; nothing is written before. The gate itself is the door's:
this sheet asks the same rule only to say what is missing.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType

from console import article_flows, keys, work_flows
from console.linkable import Linkable
from console.sheets.kb import KbQuestion, KbSheet
from console.sheets.pick import PickQuestion, PickSheet
from console.sheets.sheet import Sheet
from storage.records.desk import DeskSettings
from storage.records.ticket import KbLink, TicketSummary
from storage.records.words import Category, CloseRequirement, Direction
from storage.rules.closing import LinkedPage, missing_before_close
from widgets.category_form import CategoryForm, CategoryState, category_name
from widgets.choices import Choice
from widgets.gate_panel import GatePanel
from widgets.said_line import SaidLine
from widgets.sheet_head import SheetHead

SUGGESTIONS: Final = 3
_MISSING: Final = {
    CloseRequirement.CATEGORY: "a category",
    CloseRequirement.AREA: "a product area",
    CloseRequirement.KB_LINK: "a KB link",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseQuestion:
    ticket: TicketSummary
    settings: DeskSettings
    pages: tuple[LinkedPage, ...]
    "The ticket's links as the gate judges them."
    suggestions: tuple[Linkable, ...]
    "The best articles for it, best first."

    def missing(self, chosen: "CloseAnswer | None" = None) -> frozenset[CloseRequirement]:
        """Return what the ticket lacks with what was chosen."""
        chosen = chosen or CloseAnswer()
        return missing_before_close(
            chosen.category or self.ticket.category,
            chosen.area or self.ticket.area,
            (*self.pages, *(one.page for one in chosen.links)),
            self.settings.gate,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAnswer:
    """What to close it with: only what was chosen here."""

    category: Category | None = None
    area: str | None = None
    links: tuple[Linkable, ...] = ()

    @property
    def kb_links(self) -> tuple[KbLink, ...]:
        return tuple(one.link for one in self.links)


class CloseSheet(Sheet[CloseQuestion, CloseAnswer]):
    """Shows the gate, takes choices, and answers once nothing is missing."""

    KEYS: ClassVar[str] = "close_sheet"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("close_sheet")
    can_focus = True

    def compose(self) -> ComposeResult:
        yield SheetHead()
        yield GatePanel()
        yield CategoryForm()
        yield SaidLine()

    def put(self, question: CloseQuestion) -> None:
        self._question = question
        self._chosen = CloseAnswer()
        head = self.query_one(SheetHead)
        head.title, head.about = f"Close #{question.ticket.handle}", question.ticket.subject
        self._show()

    @property
    def missing(self) -> frozenset[CloseRequirement]:
        """What the ticket lacks with what was chosen."""
        return self._question.missing(self._chosen)

    def _show(self) -> None:
        asked, chosen, missing = self._question, self._chosen, self.missing
        names = dict(asked.settings.category_names)
        category, area = chosen.category or asked.ticket.category, chosen.area or asked.ticket.area
        links = [one.link for one in chosen.links] + list(asked.ticket.kb_links)
        panel = self.query_one(GatePanel)
        panel.missing = missing
        panel.filled = tuple(
            (requirement, words)
            for requirement, words in (
                (CloseRequirement.CATEGORY, category_name(category, names) if category else ""),
                (CloseRequirement.AREA, area or ""),
                (CloseRequirement.KB_LINK, links[0].title or links[0].target if links else ""),
            )
            if words
        )
        panel.suggestions = tuple(one.suggestion for one in asked.suggestions[:SUGGESTIONS])
        self.query_one(CategoryForm).state = CategoryState(
            category=category, names=names, off=asked.settings.categories_off
        )
        self._say(missing)

    def _say(self, missing: frozenset[CloseRequirement]) -> None:
        line = self.query_one(SaidLine)
        if missing:
            names = " and ".join(words for one, words in _MISSING.items() if one in missing)
            line.words = f"Still missing: {names}. Nothing has changed yet."
            line.role, line.key, line.does = "bold soon", "", ""
            return
        is_their_turn = self._question.ticket.last_from is Direction.IN
        line.words = "The last word is the customer's." if is_their_turn else "Nothing is missing."
        line.role, line.key = "soon" if is_their_turn else "bold ok", "Enter"
        line.does = "closes it all the same" if is_their_turn else "closes it"

    def _choose(self, chosen: CloseAnswer) -> None:
        self._chosen = chosen
        self._show()

    def action_category(self, number: int) -> None:
        category = list(Category)[number - 1]
        if category not in self._question.settings.categories_off:
            self._choose(replace(self._chosen, category=category))

    def action_suggestion(self, number: int) -> None:
        """Link a suggestion, or take it back."""
        if number <= len(self._question.suggestions):
            self._toggle(self._question.suggestions[number - 1])

    def _toggle(self, one: Linkable) -> None:
        links = self._chosen.links
        kept = tuple(other for other in links if other.link.target != one.link.target)
        added = kept if len(kept) < len(links) else (*links, one)
        self._choose(replace(self._chosen, links=added))

    @work
    async def action_pick_kb(self) -> None:
        asked = KbQuestion(
            ticket=self._question.ticket,
            settings=self._question.settings,
            suggestions=self._question.suggestions,
        )
        found = await self.desk_screen.ask(KbSheet, asked)
        if found is not None:
            self._toggle(found)

    @work
    async def action_pick_area(self) -> None:
        areas = tuple(Choice(key=one, title=one) for one in self._question.settings.areas)
        asked = PickQuestion(title="Product area", choices=areas, placeholder="area")
        picked = await self.desk_screen.ask(PickSheet, asked)
        if picked is not None:
            self._choose(replace(self._chosen, area=picked.key))

    @work
    async def action_write_article(self) -> None:
        written = await article_flows.write_article(self.desk_screen, self._question.ticket)
        if written is not None:
            self._choose(replace(self._chosen, links=(*self._chosen.links, written)))

    @work
    async def action_link_bug(self) -> None:
        await work_flows.link_bug(self.desk_screen, self._question.ticket)

    def action_close_if_ready(self) -> None:
        if self.missing:
            self._say(self.missing)
            self.app.bell()
        else:
            self.answer(self._chosen)
