"""An article and the tickets: link it, see who uses it; and writing in it."""

import asyncio

from textual import work

from console import article_flows, opening_files
from console.article_reading import article
from console.messages import ShowTicket
from console.panes.article_verbs import ArticleVerbs
from console.panes.ticket import TicketPane
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.versions import VersionsQuestion, VersionsSheet
from storage.errors import DeskError
from storage.queries import articles, hot
from storage.records.ids import ArticleId, TicketId
from storage.records.ticket import KbLink, TicketSummary
from storage.rules.safe_text import link_host
from widgets.choices import Choice
from widgets.ticket_row import STATUS
from widgets.times import age


class ArticleUse(ArticleVerbs):
    """Mixin: the verbs that open a sheet of their own or go elsewhere."""

    async def show_article(self, uid: ArticleId) -> None:
        """Go to an article, whatever was searched for."""
        raise NotImplementedError

    # tickets

    @work
    async def action_attach_to_current_ticket(self) -> None:
        from storage.changes.ticket import LinkArticle  # noqa: PLC0415 - SQLAlchemy comes later

        found, ticket = await self.one(), await self._ticket()
        if found is None:
            return
        if ticket is None:
            self.say("No ticket is open to link it to.", "K on a ticket links one")
        elif found.id in {link.target for link in ticket.kb_links}:
            self.say(f"#{ticket.handle} links it already.")
        else:
            link = KbLink(target=found.id, title=found.title)
            done = f"Linked to #{ticket.handle}: {found.title}."
            await self.perform(LinkArticle(ticket_id=ticket.id, link=link), done=done)

    async def _ticket(self) -> TicketSummary | None:
        """Return the ticket I came from, as it is now."""
        for pane in self.desk_screen.panes:
            if isinstance(pane, TicketPane) and pane.ticket is not None:
                return next(iter(await self.store.hot(hot.ticket(pane.ticket.summary.id))), None)
        return None

    @work
    async def action_tickets_using_it(self) -> None:
        found = await self.one()
        if found is None:
            return
        tickets = await self.store.hot(articles.tickets_using(found.id))
        if not tickets:
            self.say("No ticket uses it yet.")
            return
        picked = await self.pick(
            "Tickets that use it", [self._ticket_choice(one) for one in tickets], about=found.title
        )
        if picked:
            self.post_message(ShowTicket(TicketId(picked)))

    def _ticket_choice(self, ticket: TicketSummary) -> Choice:
        return Choice(
            key=ticket.id,
            title=f"{ticket.handle}  {ticket.subject or '(no subject)'}",
            detail=ticket.requester.name or ticket.requester.email,
            hint=f"{STATUS[ticket.status][1]}  {age(ticket.activity_at, now=self.rotadesk.now())}",
        )

    @work
    async def action_open_link_or_attachment(self) -> None:
        found = await self.one()
        texts = await self.store.hot(articles.text_and_head(found.id)) if found else []
        links = [one for text, _ in texts for one in opening_files.links(text)]
        if not links:
            self.say("It has no link.")
            return
        url = await self.pick("Open", [Choice(key=one, title=one) for one in links])
        if not url:
            return
        question = ConfirmQuestion("Open in the browser?", url, f"It leads to {link_host(url)}.")
        agrees = await self.desk_screen.ask(ConfirmSheet, question)
        if agrees:
            try:
                await asyncio.to_thread(opening_files.open_link, url)
            except DeskError as error:
                self.say_error(error)

    # writing

    @work
    async def action_new_article(self) -> None:
        try:
            uid = await article_flows.new(self.desk_screen)
        except DeskError as error:
            self.say_error(error)
            return
        if uid is not None:
            await self.show_article(uid)

    @work
    async def action_edit(self) -> None:
        found = await self.one()
        if found is None:
            return
        try:
            await article_flows.edit(self.desk_screen, found.id)
        except DeskError as error:
            self.say_error(error)
        await self.reload()

    @work
    async def action_versions(self) -> None:
        found = await self.one()
        if found is None:
            return
        read = await self.store.ask(lambda run: article(run, found.id))
        versions = await self.store.hot(articles.revisions(found.id))
        if read is None or not versions:
            return
        names = {one.email: one.name for one in self.rotadesk.settings.engineers}
        question = VersionsQuestion(
            handle=found.handle, title=found.title, versions=tuple(versions), names=names
        )
        version = await self.desk_screen.ask(VersionsSheet, question)
        if version is None or not self.rotadesk.may_write():
            return
        if (version.title, version.text) == (read.summary.title, read.text):
            self.say("That is what it says now.")
        else:
            await article_flows.restore(self.desk_screen, read, version)
