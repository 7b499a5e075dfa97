"""What an article is, above what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from textual.reactive import reactive

from storage.records.words import Audience
from storage.records.work import ArticleSummary
from widgets.article_row import STATES
from widgets.cells import Line, clip_line, shorten, spread, width_of
from widgets.painted import PaintedLines
from widgets.times import moment

AUDIENCES = {Audience.INTERNAL: "for the team", Audience.PUBLIC: "for everyone"}
_SEPARATOR = (" \N{BOX DRAWINGS LIGHT VERTICAL} ", "rule-strong")


@dataclass(frozen=True, kw_only=True)
class ArticleFacts:
    """An article and what is said about it."""

    summary: ArticleSummary
    saved_by: str = ""
    "Address of who saved it last."
    names: Mapping[str, str] = field(default_factory=dict)
    "Engineers by address."
    warning: str = ""
    "What a reader should know first: two versions, something unsaved."


class ArticleHead(PaintedLines):
    """Two or three lines: title and state; where it belongs and who uses it; a warning."""

    DEFAULT_CSS = "ArticleHead { height: auto; }"

    article: reactive[ArticleFacts | None] = reactive(None, layout=True)
    now: reactive[datetime] = reactive(datetime.fromtimestamp(0, UTC))

    def lines(self, width: int) -> list[Line]:
        facts = self.article
        if facts is None:
            return []
        found = [_first(facts.summary, width), self._about(facts, width)]
        if facts.warning:
            found.append((("  ", ""), (shorten(facts.warning, width - 3), "soon")))
        return found

    def _about(self, facts: ArticleFacts, width: int) -> Line:
        one = facts.summary
        used = f"used by {one.used_by} ticket{'' if one.used_by == 1 else 's'}"
        cells = [("  ", ""), (one.area or "no area", "ink" if one.area else "ink-faint")]
        cells += [_SEPARATOR, (AUDIENCES[one.audience], "ink-dim")]
        cells += [_SEPARATOR, (used if one.used_by else "not used yet", "ink-dim")]
        saved = moment(one.updated_at, now=self.now)
        who = facts.names.get(facts.saved_by, facts.saved_by)
        cells += [_SEPARATOR, (f"saved {saved}" + (f" by {who}" if who else ""), "ink-faint")]
        return clip_line(tuple(cells), width)

    def ground(self, y: int) -> str:
        del y
        return "strip"


def _first(one: ArticleSummary, width: int) -> Line:
    word, role = STATES[one.state]
    right = (("  ", ""), (word, role), (" ", ""))
    room = max(width - sum(width_of(text) for text, _ in right) - 10, 10)
    title = shorten(one.title or "(no title)", room)
    return spread(((f"  {one.handle}  ", "handle"), (title, "bold ink-strong")), right, width)
