"""Report or edit a bug, log a feature request: a title, a text under headings, Escape, `y`."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from textual import work
from textual.binding import BindingType

from console import keys
from console.sheets.pick import PickQuestion, PickSheet
from console.sheets.writing import WritingSheet
from storage.records.words import Severity
from storage.records.work import BugForm
from storage.rules import bug_text
from widgets.choices import Choice
from widgets.sheet_head import SheetHead

SEVERITY_CHOICES: Final = (
    Choice(key=Severity.CRITICAL, title="critical", detail="data is lost or nobody can work"),
    Choice(key=Severity.HIGH, title="high", detail="many are hurt, or there is no way around it"),
    Choice(key=Severity.LOW, title="low", detail="can be lived with; customers make it rise"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BugFormQuestion:
    form: BugForm
    areas: tuple[str, ...]
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureQuestion:
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class WrittenFeature:
    title: str
    detail: str


class BugFormSheet(WritingSheet[BugFormQuestion, BugForm]):
    """The form as one text, so that it goes through any editor; severity and area on the bar."""

    KEYS: ClassVar[str] = "bug_review"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("bug_review")
    PLACEHOLDER: ClassVar[str] = "title: what is wrong, in a line"
    DISCARD: ClassVar[str] = "Throw the report away?"
    NAME: ClassVar[str] = "BUG"
    _form = BugForm(title="")
    _areas: tuple[str, ...] = ()

    def put(self, question: BugFormQuestion) -> None:
        self._form, self._areas = question.form, question.areas
        self.begin(
            head=question.head,
            about="",
            title=question.form.title,
            text=bug_text.as_text(question.form),
        )
        self._tell()

    def _tell(self) -> None:
        form = self._form
        seen = "reproduced" if form.reproduced else "not reproduced yet"
        about = f"{form.severity} severity │ {form.area or 'no product area'} │ {seen}"
        self.query_one(SheetHead).about = about

    async def _pick(self, title: str, choices: tuple[Choice, ...]) -> str:
        question = PickQuestion(title=title, choices=choices, placeholder="type to find")
        picked = await self.desk_screen.ask(PickSheet, question)
        return picked.key if picked else ""

    @work
    async def action_severity(self) -> None:
        if picked := await self._pick("Severity", SEVERITY_CHOICES):
            self._form = replace(self._form, severity=Severity(picked))
            self._tell()

    @work
    async def action_area(self) -> None:
        choices = tuple(Choice(key=one, title=one) for one in self._areas)
        if picked := await self._pick("Product area", choices):
            self._form = replace(self._form, area=picked)
            self._tell()

    def action_reproduced(self) -> None:
        self._form = replace(self._form, reproduced=not self._form.reproduced)
        self._tell()

    def action_save_and_return(self) -> None:
        if title := self.titled():
            self.answer(bug_text.read(self.text.text, replace(self._form, title=title)))


class FeatureSheet(WritingSheet[FeatureQuestion, WrittenFeature]):
    """What is wanted, and why, in the customer's words."""

    KEYS: ClassVar[str] = "feature_review"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("feature_review")
    PLACEHOLDER: ClassVar[str] = "title: what is wanted, in a line"
    DISCARD: ClassVar[str] = "Throw the request away?"
    NAME: ClassVar[str] = "REQUEST"

    def put(self, question: FeatureQuestion) -> None:
        title, detail = question.title, question.detail
        self.begin(head="New feature request", about="", title=title, text=detail)

    def action_save_and_return(self) -> None:
        if title := self.titled():
            self.answer(WrittenFeature(title, self.text.text.strip()))
