"""The gate: what a ticket needs before it can be closed.

One rule, asked in four places: by the change that closes, by the fold, by the sheet that
mends it, and (its invariant) by the triggers in the database.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from storage.records.desk import GateSettings
from storage.records.words import ArticleState, Category, CloseRequirement

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADING = re.compile(r"\s{0,3}(#{1,6}(\s|$)|[-=]{3,}\s*$)")
_LETTER = re.compile(r"[^\W\d_]")
_LETTERS_OF_AN_ANSWER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPage:
    """A KB link as the gate judges it."""

    target: str
    article_state: ArticleState | None = None
    "None: a URL, or an article that is not on this desk."
    is_answer: bool = False


def missing_before_close(
    category: Category | None,
    area: str | None,
    links: Iterable[LinkedPage],
    gate: GateSettings,
) -> frozenset[CloseRequirement]:
    """Return what a ticket still lacks before it can be closed.

    A set, not a bool: the sheet lists what is missing and the cursor goes to the first gap.
    Empty means the ticket may be closed.

    Source: Resend, "How we scale support" (category and article on every close).
    """
    missing = set()
    if category is None:
        missing.add(CloseRequirement.CATEGORY)
    if gate.needs_area and not area:
        missing.add(CloseRequirement.AREA)
    if not any(_counts(link, gate) for link in links):
        missing.add(CloseRequirement.KB_LINK)
    return frozenset(missing)


def broken_invariant(category: Category | None, kb_links: int) -> frozenset[CloseRequirement]:
    """Return what a closed ticket must never lack, whatever the team's settings.

    Asked by the fold: an article that was archived later must not reopen 500 tickets.
    """
    missing = set()
    if category is None:
        missing.add(CloseRequirement.CATEGORY)
    if not kb_links:
        missing.add(CloseRequirement.KB_LINK)
    return frozenset(missing)


def is_answer(markdown: str) -> bool:
    """Return whether an article says anything of its own.

    Headings, quoted lines (the customer's words), comments and empty lines are no answer.
    """
    lines = _COMMENT.sub("", markdown).splitlines()
    own = "".join(
        line for line in lines if not _HEADING.match(line) and not line.lstrip().startswith(">")
    )
    return len(_LETTER.findall(own)) >= _LETTERS_OF_AN_ANSWER


def _counts(link: LinkedPage, gate: GateSettings) -> bool:
    if link.article_state is None:
        return gate.accepts_url(link.target)
    if link.article_state is ArticleState.ARCHIVED or not link.is_answer:
        return False
    return not gate.needs_published or link.article_state is ArticleState.PUBLISHED
