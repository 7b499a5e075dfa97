"""One article as one line: what it answers, where it belongs, whether it can be trusted."""

from dataclasses import dataclass
from datetime import datetime

from storage.records.words import ArticleState
from storage.records.work import ArticleSummary
from widgets.cells import Line, fit, fit_right, shorten, width_of
from widgets.times import age

STATES = {
    ArticleState.DRAFT: ("draft", "ink-dim"),
    ArticleState.IN_REVIEW: ("in review", "status-waiting"),
    ArticleState.PUBLISHED: ("published", "ok"),
    ArticleState.NEEDS_REVIEW: ("needs review", "soon"),
    ArticleState.ARCHIVED: ("archived", "ink-faint"),
}
"Word and role of each state."
_STATE_WIDTH = max(len(word) for word, _ in STATES.values())


@dataclass(frozen=True, slots=True)
class ArticleRow:
    article: ArticleSummary
    is_unsaved: bool = False
    "Somebody here was writing on it when they last left."


def paint_article(row: ArticleRow, /, *, width: int, now: datetime) -> Line:
    """Return the article as one line; the title is cut last."""
    article = row.article
    right = _right(article, width, now)
    room = max(width - sum(width_of(text) for text, _ in right) - 7, 8)
    sign, role = _sign(row)
    left = max(room - width_of(sign), 0)
    title = fit(shorten(article.title or "(no title)", left), left)
    ink = "ink-faint" if article.state is ArticleState.ARCHIVED else "ink"
    return ((fit(article.handle, 7), "handle"), (sign, role), (title, ink), *right)


def _sign(row: ArticleRow) -> tuple[str, str]:
    if row.article.has_conflict:
        return "two texts  ", "bold trouble"
    return ("unsaved  ", "bold soon") if row.is_unsaved else ("", "")


def _right(article: ArticleSummary, width: int, now: datetime) -> Line:
    word, role = STATES[article.state]
    cells: list[tuple[str, str]] = []
    if width >= 84:
        cells.append((f"  {fit(shorten(article.area or '', 14), 14)}", "ink-dim"))
    if width >= 60:
        used = f"{article.used_by}x" if article.used_by else ""
        cells.append((f"  {fit_right(used, 4)}", "ink-dim"))
    if width >= 100:
        cells.append((f"  {fit_right(age(article.updated_at, now=now), 4)}", "ink-faint"))
    state = fit(word, _STATE_WIDTH) if width >= 60 else word[0].upper()
    return (*cells, (f"  {state}", role))
