"""Something a ticket can link, and how the gate would judge it."""

from dataclasses import dataclass

from storage.records.ids import ArticleId
from storage.records.ticket import KbLink, Suggestion
from storage.rules.closing import LinkedPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkable:
    """Something that can be linked, and how the gate would judge it."""

    link: KbLink
    page: LinkedPage
    why: str = ""
    used_by: int = 0

    @property
    def suggestion(self) -> Suggestion:
        return Suggestion(
            article_id=ArticleId(self.link.target),
            title=self.link.title,
            why=self.why,
            used_by=self.used_by,
        )
