"""Verbs that file and end a ticket: category, KB link, close, reopen, not a ticket."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import work

from console import articles
from console.panes.ticket_verbs import TicketVerbs
from console.sheets.category import CategoryAnswer, CategoryQuestion, CategorySheet
from console.sheets.close import CloseAnswer, CloseQuestion, CloseSheet
from console.sheets.kb import KbQuestion, KbSheet
from storage.errors import DeskError
from storage.queries import hot
from storage.records.ticket import TicketSummary
from storage.records.words import Direction

if TYPE_CHECKING:
    from storage.changes.base import Change


class ClosingVerbs(TicketVerbs):
    """Mixin: the verbs around the gate."""

    async def step(self, by: int) -> bool:
        """Go to another ticket of the list; False where there is none."""
        raise NotImplementedError

    @work
    async def action_categorise(self) -> None:
        """Ask for category and area of one ticket after the other until Escape."""
        while tickets := await self.summaries():
            question = CategoryQuestion(tickets[0], self.rotadesk.settings)
            answer = await self.desk_screen.ask(CategorySheet, question)
            if answer is None:
                return
            if answer.is_accepted:
                await self.decide(_filing(answer), lambda names: f"Filed {names}.")
                if len(tickets) > 1:
                    return
            if not await self.step(answer.step):
                return

    @work
    async def action_kb_lookup_attach(self) -> None:
        from storage.changes.ticket import LinkArticle  # noqa: PLC0415 - see TicketVerbs

        tickets = await self.summaries()
        if not tickets:
            return
        try:
            suggestions = await articles.suggested(self.store, tickets[0])
        except DeskError as error:
            self.say_error(error)
            return
        question = KbQuestion(
            ticket=tickets[0], settings=self.rotadesk.settings, suggestions=suggestions
        )
        found = await self.desk_screen.ask(KbSheet, question)
        if found is not None:
            await self.decide(
                lambda one: [LinkArticle(ticket_id=one.id, link=found.link)],
                lambda names: f"Linked an article to {names}.",
            )

    @work
    async def action_close_ticket(self) -> None:
        """Close at once where nothing is missing and the last word is ours; else ask."""
        from storage.changes.ticket import CloseTicket  # noqa: PLC0415 - see TicketVerbs

        tickets = await self.summaries()
        # what comes in while the sheet is open was not read by who closes
        shown = {one.id: frozenset(await self.store.hot(hot.inbound(one.id))) for one in tickets}
        if len(tickets) == 1 and not tickets[0].status.has_ended:
            answer = await self._asked_what_is_missing(tickets[0])
            if answer is None:
                return
        else:
            answer = CloseAnswer()
        chosen = answer
        if tickets:
            await self.decide(
                lambda one: [
                    CloseTicket(
                        ticket_id=one.id,
                        category=chosen.category,
                        area=chosen.area,
                        kb_links=chosen.kb_links,
                        shown=shown.get(one.id),
                    )
                ],
                lambda names: f"Closed {names}.",
            )

    async def _asked_what_is_missing(self, ticket: TicketSummary) -> CloseAnswer | None:
        try:
            pages = tuple(await self.store.hot(hot.linked_pages(ticket.id)))
            suggestions = await articles.suggested(self.store, ticket)
        except DeskError as error:
            self.say_error(error)
            return None
        question = CloseQuestion(
            ticket=ticket,
            settings=self.rotadesk.settings,
            pages=pages,
            suggestions=suggestions,
        )
        if not question.missing() and ticket.last_from is Direction.OUT:
            return CloseAnswer()
        return await self.desk_screen.ask(CloseSheet, question)

    @work
    async def action_reopen(self) -> None:
        from storage.changes.ticket import ReopenTicket  # noqa: PLC0415 - see TicketVerbs

        await self.decide(
            lambda one: [ReopenTicket(ticket_id=one.id)], lambda names: f"Opened {names} again."
        )

    @work
    async def action_dismiss(self) -> None:
        from storage.changes.ticket import DismissTicket  # noqa: PLC0415 - see TicketVerbs

        await self.decide(
            lambda one: [DismissTicket(ticket_id=one.id)],
            lambda names: f"{names}: not a ticket.",
        )


def _filing(answer: CategoryAnswer) -> "Callable[[TicketSummary], list[Change]]":
    """Return what makes the changes that file a ticket; what it has already is left alone."""
    from storage.changes.ticket import SetArea, SetCategory  # noqa: PLC0415 - see TicketVerbs

    def made(one: TicketSummary) -> "list[Change]":
        changes: list[Change] = []
        if answer.category is not one.category:
            changes.append(SetCategory(ticket_id=one.id, category=answer.category))
        if answer.area != one.area:
            changes.append(SetArea(ticket_id=one.id, area=answer.area))
        return changes

    return made
