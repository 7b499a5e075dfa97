"""What engineers decide about articles in the knowledge base."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import work

from console import link_opening
from console.panes.pane import Pane
from console.sheets.article import READERS
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.pick import PickQuestion, PickSheet
from storage.errors import DeskError
from storage.queries import articles
from storage.records.ids import ArticleId
from storage.records.words import ArticleState, Audience
from storage.records.work import ArticleSummary
from widgets.article_head import AUDIENCES
from widgets.article_row import STATES
from widgets.choices import Choice

if TYPE_CHECKING:
    from storage.changes.base import Change

_MEANS = {
    ArticleState.DRAFT: "being written",
    ArticleState.IN_REVIEW: "a colleague reads it",
    ArticleState.PUBLISHED: "right, and to be read; asks",
    ArticleState.NEEDS_REVIEW: "something in it may be wrong by now",
    ArticleState.ARCHIVED: "put away; asks",
}


class ArticleVerbs(Pane):
    """Mixin: needs to know which articles are meant."""

    def targets(self) -> Sequence[ArticleId]:
        """Return the articles a verb is about: the marked ones, else the one in sight."""
        raise NotImplementedError

    def done_with_targets(self) -> None:
        """A verb was done: marks have served their turn."""

    async def summaries(self) -> list[ArticleSummary]:
        await self.settle_marks()
        found: list[ArticleSummary] = []
        for uid in self.targets():
            found += await self.store.hot(articles.summary(uid))
        if not found:
            self.say("There is no article here.", "m: write one")
        return found

    async def one(self) -> ArticleSummary | None:
        return next(iter(await self.summaries()), None)

    async def _decide(
        self,
        found: Sequence[ArticleSummary],
        made: "Callable[[ArticleSummary], Change]",
        done: str,
    ) -> None:
        """Commit what `made` says for each, as one step; `done` follows their name."""
        named = f"#{found[0].handle}" if len(found) == 1 else f"{len(found)} articles"
        if await self.perform(*(made(one) for one in found), done=f"{named}: {done}."):
            self.done_with_targets()

    async def pick(self, title: str, choices: Sequence[Choice], *, about: str = "") -> str:
        question = PickQuestion(
            title=title, about=about, choices=tuple(choices), placeholder="type to find"
        )
        picked = await self.desk_screen.ask(PickSheet, question)
        return picked.key if picked else ""

    # state

    @work
    async def action_article_state(self) -> None:
        found = await self.summaries()
        if not found:
            return
        picked = await self.pick("State", _states(found), about=_named(found))
        if picked in set(Audience):
            await self._set_audience(found, Audience(picked))
        elif picked:
            await self._set_state(found, ArticleState(picked))

    async def _set_audience(self, found: Sequence[ArticleSummary], audience: Audience) -> None:
        from storage.changes.article import SetArticleAudience  # noqa: PLC0415 - SQLAlchemy comes later

        is_opened = audience is Audience.PUBLIC and any(
            one.state is ArticleState.PUBLISHED for one in found
        )
        if is_opened and not await self._agrees("Show it to everyone?", found, READERS[audience]):
            return
        await self._decide(
            found,
            lambda one: SetArticleAudience(article_id=one.id, audience=audience),
            AUDIENCES[audience],
        )

    async def _set_state(self, found: Sequence[ArticleSummary], state: ArticleState) -> None:
        from storage.changes.article import SetArticleState  # noqa: PLC0415 - SQLAlchemy comes later

        if not await self._may_become(found, state):
            return
        await self._decide(
            found, lambda one: SetArticleState(article_id=one.id, state=state), STATES[state][0]
        )

    async def _may_become(self, found: Sequence[ArticleSummary], state: ArticleState) -> bool:
        if state is ArticleState.PUBLISHED:
            audiences = dict.fromkeys(one.audience for one in found)
            return await self._agrees("Publish it?", found, " ".join(READERS[a] for a in audiences))
        if state is ArticleState.ARCHIVED:
            used = sum(one.used_by for one in found)
            kept = "1 ticket keeps its link." if used == 1 else f"{used} tickets keep their link."
            told = kept if used else "No ticket uses it."
            return await self._agrees("Archive it?", found, f"{told} It is suggested no more.")
        return True

    async def _agrees(self, title: str, found: Sequence[ArticleSummary], told: str) -> bool:
        question = ConfirmQuestion(title, _named(found), told)
        answer = await self.desk_screen.ask(ConfirmSheet, question)
        return answer is True

    @work
    async def action_publish(self) -> None:
        found = await self.summaries()
        if found and all(one.state is ArticleState.PUBLISHED for one in found):
            self.say("It is published already.")
        elif found:
            await self._set_state(found, ArticleState.PUBLISHED)

    @work
    async def action_archive(self) -> None:
        if found := await self.summaries():
            await self._set_state(found, ArticleState.ARCHIVED)

    @work
    async def action_flag_article(self) -> None:
        if found := await self.summaries():
            await self._set_state(found, ArticleState.NEEDS_REVIEW)

    @work
    async def action_area(self) -> None:
        from storage.changes.article import SetArticleArea  # noqa: PLC0415 - SQLAlchemy comes later

        found = await self.summaries()
        choices = [Choice(key=one, title=one) for one in self.rotadesk.settings.areas]
        picked = found and await self.pick("Product area", choices, about=_named(found))
        if picked:
            await self._decide(
                found, lambda one: SetArticleArea(article_id=one.id, area=picked), picked
            )

    @work
    async def action_open_link_or_attachment(self) -> None:
        found = await self.one()
        texts = await self.store.hot(articles.text_and_head(found.id)) if found else []
        offered = link_opening.choices(texts[0][0]) if texts else []
        try:
            if offered:
                await link_opening.pick(self.desk_screen, offered)
            elif found is not None:
                self.say("It has no link.")
        except DeskError as error:
            self.say_error(error)


def _states(found: Sequence[ArticleSummary]) -> list[Choice]:
    """Return the states and the readers to choose from, with what it is now."""
    now: set[str] = {one.state for one in found} | {one.audience for one in found}
    rows = [(str(one), STATES[one][0], _MEANS[one]) for one in STATES]
    rows += [(str(one), words, "who may read it") for one, words in AUDIENCES.items()]
    return [
        Choice(key=key, title=title, detail=detail, hint="now" if key in now else "")
        for key, title, detail in rows
    ]


def _named(found: Sequence[ArticleSummary]) -> str:
    return found[0].title if len(found) == 1 else f"{len(found)} articles"
