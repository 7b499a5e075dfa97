"""The knowledge base: a line to search in, the articles, and the one under the highlight."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar, Final

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from console import article_reading, kept_text, keys
from console.article_reading import ReadArticle
from console.panes.article_use import ArticleUse
from console.panes.reading_list import ReadingList
from storage.errors import DeskError
from storage.queries import articles
from storage.records.facts import Touched
from storage.records.ids import ArticleId
from widgets.article_head import ArticleHead
from widgets.article_row import ArticleRow, paint_article
from widgets.empty import Empty
from widgets.markdown_view import MarkdownView
from widgets.row_source import ListSource
from widgets.virtual_list import VirtualList

_BESIDE: Final = 110
"Columns from which the article stands beside the list."
_MOST: Final = 2_000
"Articles one list holds; who needs more types a word."


class KbPane(ArticleUse, ReadingList[ArticleRow]):
    """Search as you type; on a wide terminal the article beside the list, else instead of it."""

    KEYS: ClassVar[str] = "kb"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("kb")
    DEFAULT_CSS = """
    KbPane #found { width: 1fr; }
    KbPane #read { width: 1fr; display: none; }
    KbPane #search { height: 1; border: none; padding: 0 1; &:focus { border: none; } }
    KbPane.-open #read { display: block; }
    KbPane.-open #found { display: none; }
    KbPane.-wide #read { display: block; width: 3fr; }
    KbPane.-wide #found { display: block; width: 2fr; }
    KbPane.-bare > Horizontal { display: none; }
    KbPane > Empty { display: none; }
    KbPane.-bare > Empty { display: block; }
    """
    can_focus = True

    article: ReadArticle | None = None
    "The one shown."
    _words = ""
    "What the articles that are listed were found by."
    _source: ListSource[ArticleRow] = ListSource((), key=lambda row: row.article.id)

    def compose(self) -> ComposeResult:
        self.search_line = Input(
            placeholder="/ search the knowledge base", id="search", compact=True
        )
        self.search_line.cursor_blink = False
        self.rows = VirtualList(paint_article, empty="Nothing matches.", id="articles")
        self.head, self.view = ArticleHead(), MarkdownView()
        with Horizontal():
            with Vertical(id="found"):
                yield from (self.search_line, self.rows)
            with Vertical(id="read"):
                yield from (self.head, self.view)
        yield Empty(
            "The knowledge base is empty.",
            "m writes the first article. In the close sheet of a ticket m writes one"
            " from the customer's own words.",
        )

    def on_mount(self) -> None:
        self.tick(self.rotadesk.now())
        self._search("")
        self._offer_what_was_begun()

    @work(group="offer")
    async def _offer_what_was_begun(self) -> None:
        """Say where a new article was left unsaved; edited ones say so on their line."""
        if kept_text.NEW in await self.store.hot(articles.unsaved()):
            self.say("A new article is not saved yet.", "m: take it up where you left it")

    @property
    def is_beside(self) -> bool:
        """Whether list and article are both in sight."""
        return self.has_class("-wide")

    @property
    def is_open(self) -> bool:
        """Whether the keys move in the article."""
        return self.has_class("-open") or self.view.has_focus

    def keys_here(self) -> str:
        return "prompt" if self.search_line.has_focus else self.KEYS

    def on_resize(self, event: events.Resize) -> None:
        was_open = self.is_open
        self.set_class(event.size.width >= _BESIDE, "-wide")
        self.set_class(was_open and not self.is_beside, "-open")
        if self.is_beside:
            self._show_highlighted()

    def take_focus(self) -> None:
        if self.has_class("-bare"):
            self.focus()
        else:
            (self.view if self.has_class("-open") else self.rows).focus()

    def tick(self, now: datetime) -> None:
        self.rows.now = self.head.now = now

    def ref(self) -> str:
        row = self.rows.highlighted
        return row.article.handle if row else ""

    def targets(self) -> Sequence[ArticleId]:
        row = self.rows.highlighted
        return [ArticleId(one) for one in self.rows.marked] or ([row.article.id] if row else [])

    def done_with_targets(self) -> None:
        self.rows.clear_marks()

    # finding

    def action_search(self) -> None:
        if not self.has_class("-bare"):
            self.remove_class("-open")
            self.screen.set_focus(self.search_line)  # at once: the next key is text

    @on(Input.Changed, "#search")
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self._search(message.value)

    @on(Input.Submitted, "#search")
    def _search_done(self, message: Input.Submitted) -> None:
        message.stop()
        self.rows.focus()

    @work(group="search", exclusive=True)
    async def _search(self, words: str) -> None:
        await self._find(words)

    async def _find(self, words: str) -> None:
        try:
            found = await self.store.ask(partial(article_reading.rows, words=words, limit=_MOST))
        except DeskError as error:
            self.say_error(error)
            return
        was_bare = self.has_class("-bare")
        self.set_class(not found and not words.strip(), "-bare")
        self._source = ListSource(found, key=lambda row: row.article.id)
        self.rows.set_source(self._source, keep_highlight=words == self._words)
        self._words = words
        if self.has_class("-bare") != was_bare and self.desk_screen.here is self:
            self.take_focus()

    async def show_article(self, uid: ArticleId) -> None:
        """Go to an article, whatever was searched for."""
        self.search_line.value = ""
        await self._find("")
        await self.rows.refresh_window()
        place = await self._source.locate(uid)
        if place is not None:
            self.rows.move_to(place)
            self.rows.open_highlighted()

    # reading

    def shows(self, touched: Touched) -> bool:
        return bool(touched.articles or touched.tickets)

    async def reload(self) -> None:
        await self._find(self.search_line.value)
        if self.is_beside or self.is_open:
            self._show_highlighted()

    @on(VirtualList.Highlighted, "#articles")
    def _highlighted(self, message: VirtualList.Highlighted[ArticleRow]) -> None:
        message.stop()
        if self.is_beside or self.is_open:
            self._show_highlighted()

    @work(group="show", exclusive=True)
    async def _show_highlighted(self) -> None:
        key = ArticleId(self.rows.highlighted_key or "")
        try:
            found = await self.store.ask(lambda run: article_reading.article(run, key))
        except DeskError as error:
            self.say_error(error)
            return
        self._show(found)

    def _show(self, found: ReadArticle | None) -> None:
        before, self.article = self.article, found
        if found is None:
            self.head.article = None
            self.view.show("")
            return
        names = {one.email: one.name for one in self.rotadesk.settings.engineers}
        self.head.article = found.facts(names=names)
        is_same = before is not None and before.summary.id == found.summary.id
        self.view.show(found.shown(names=names, now=self.rotadesk.now()), keep_place=is_same)

    @on(VirtualList.Opened, "#articles")
    def _open(self, message: VirtualList.Opened[ArticleRow]) -> None:
        message.stop()
        self.rows.move_to(self.rows.cursor)  # from here on it stays on this article
        self.set_class(not self.is_beside, "-open")
        self._show_highlighted()
        self.view.focus()

    def close(self) -> bool:
        """Go back to the list; False where it has the keys already."""
        was_open = self.is_open
        self.remove_class("-open")
        if was_open:
            self.rows.focus()
        return was_open

    def leave(self) -> bool:
        if self.close() or self.rows.clear_marks():
            return True
        had_something = bool(self.search_line.value) or self.search_line.has_focus
        self.search_line.value = ""
        self.take_focus()
        return had_something
