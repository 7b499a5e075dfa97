"""Look up an article and link it: the best for the ticket first, then the whole knowledge base."""

from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from console import article_flows, articles, keys
from console.linkable import Linkable
from console.sheets.reading import ReadingQuestion, ReadingSheet
from console.sheets.sheet import Sheet
from storage.errors import DeskError
from storage.queries import articles as article_queries
from storage.records.desk import DeskSettings
from storage.records.ids import ArticleId
from storage.records.ticket import TicketSummary
from storage.records.words import LinkUse
from storage.records.work import ArticleSummary
from widgets.choices import Choice
from widgets.picker import Picker
from widgets.sheet_head import SheetHead


@dataclass(frozen=True, slots=True, kw_only=True)
class KbQuestion:
    ticket: TicketSummary
    settings: DeskSettings
    suggestions: tuple[Linkable, ...]


class KbSheet(Sheet[KbQuestion, Linkable]):
    """The list has the keys; `/` types, and what is typed may be the address of a page."""

    KEYS: ClassVar[str] = "kb_sheet"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("kb_sheet")

    def __init__(self) -> None:
        super().__init__()
        self._targets: list[str] = []

    def compose(self) -> ComposeResult:
        yield SheetHead()
        yield Picker()

    @property
    def picker(self) -> Picker:
        return self.query_one(Picker)

    def put(self, question: KbQuestion) -> None:
        self._question = question
        head = self.query_one(SheetHead)
        head.title, head.about = f"KB link of #{question.ticket.handle}", question.ticket.subject
        self.picker.ask(
            self._offered(question.suggestions, ()),
            placeholder="/ search the knowledge base, or paste the address of a page of ours",
            takes_words=True,
            ranks=False,
        )
        self._search("")

    def take_focus(self) -> None:
        self.picker.choices.focus()

    def _offered(
        self, suggested: tuple[Linkable, ...], rest: tuple[ArticleSummary, ...]
    ) -> tuple[Choice, ...]:
        linked = {link.target for link in self._question.ticket.kb_links}
        rows = [(one.link.target, one.link.title, one.why, one.used_by) for one in suggested]
        rows += [(one.id, one.title, one.area or "", one.used_by) for one in rest]
        self._targets = [target for target, _, _, _ in rows]
        return tuple(
            _choice(number, target, title, about=about, used_by=used, is_linked=target in linked)
            for number, (target, title, about, used) in enumerate(rows, 1)
        )

    @on(Picker.Queried)
    def _asked(self, message: Picker.Queried) -> None:
        message.stop()
        self._search(message.words)

    @work(exclusive=True)
    async def _search(self, words: str) -> None:
        try:
            rows = await self.desk_screen.rotadesk.store.hot(
                article_queries.articles(words, limit=100)
            )
        except DeskError as error:
            self.say_error(error)
            return
        first = () if words else self._question.suggestions
        rest = tuple(row for row in rows if row.id not in {one.link.target for one in first})
        self.picker.offer(self._offered(first, rest))

    @on(Picker.Picked)
    def _take(self, message: Picker.Picked) -> None:
        message.stop()
        if message.choice is not None:
            self._answer_with(message.choice.key)
        elif "://" in message.words:
            self._answer_with(message.words)

    @work
    async def _answer_with(self, target: str, *, use: LinkUse = LinkUse.USED) -> None:
        try:
            found = await articles.judged_target(self.desk_screen.rotadesk.store, target)
            self.answer(replace(found, link=replace(found.link, use=use)))
        except DeskError as error:
            self.say_error(error)

    @on(Picker.Cancelled)
    def _give_up(self, message: Picker.Cancelled) -> None:
        message.stop()
        if self.picker.words:
            self.picker.prompt.value = ""
            self.take_focus()
        else:
            self.answer(None)

    def action_attach(self) -> None:
        self.picker.accept()

    def action_search(self) -> None:
        self.picker.prompt.focus()

    def action_down(self) -> None:
        self.picker.move(1)

    def action_up(self) -> None:
        self.picker.move(-1)

    def action_suggestion(self, number: int) -> None:
        if number <= len(self._targets):
            self._answer_with(self._targets[number - 1])

    def _highlighted(self) -> str:
        return self.picker.choices.highlighted_key or ""

    @work
    async def action_read(self) -> None:
        store, uid = self.desk_screen.rotadesk.store, ArticleId(self._highlighted())
        found = await store.hot(article_queries.summary(uid))
        texts = await store.hot(article_queries.text_and_head(uid))
        if found and texts:
            about = f"{found[0].state.replace('_', ' ')}, {found[0].audience}"
            question = ReadingQuestion(
                title=found[0].title, about=about, text=texts[0][0], is_markdown=True
            )
            await self.desk_screen.ask(ReadingSheet, question)

    def action_flag_article(self) -> None:
        """Link it and say that it needs work: flag it or fix it."""
        self._answer_with(self._highlighted(), use=LinkUse.FLAGGED)

    @work
    async def action_write_article(self) -> None:
        written = await article_flows.write_article(self.desk_screen, self._question.ticket)
        if written is not None:
            self.answer(written)


def _choice(
    number: int, target: str, title: str, *, about: str, used_by: int, is_linked: bool
) -> Choice:
    key = f"{number} " if number <= 3 else "  "
    used = f"used {used_by}x" if used_by else ""
    return Choice(
        key=target,
        title=f"{key} {title or target}",
        detail=about,
        hint="linked" if is_linked else used,
        role="ok" if is_linked else "ink",
    )
