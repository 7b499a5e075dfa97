"""What engineers decide about bugs and feature requests on the board."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from console.panes.pane import Pane
from console.sheets.bug_form import SEVERITY_CHOICES, BugFormQuestion, BugFormSheet
from console.sheets.pick import PickQuestion, PickSheet
from storage.records.ids import BugId, random_uid
from storage.records.words import BugState, FeatureState, Severity
from storage.records.work import Bug, BugForm, Feature
from widgets.bug_card import BUG_COLUMNS, FEATURE_COLUMNS
from widgets.choices import Choice

if TYPE_CHECKING:
    from storage.changes.base import Change


class BugVerbs(Pane):
    """Mixin: needs to know which bug or request is meant."""

    def bug(self) -> Bug | None:
        raise NotImplementedError

    def feature(self) -> Feature | None:
        raise NotImplementedError

    def states(self) -> "Sequence[BugState | FeatureState]":
        """Return the columns of the board, left to right."""
        raise NotImplementedError

    def _the_bug(self) -> Bug | None:
        if (bug := self.bug()) is None:
            self.say("There is no bug here.", "m: report one")
        return bug

    async def _pick(self, title: str, about: str, choices: Sequence[Choice]) -> str | None:
        question = PickQuestion(
            title=title, about=about, choices=tuple(choices), placeholder="type to find"
        )
        picked = await self.desk_screen.ask(PickSheet, question)
        return picked.key if picked else None

    # state

    async def _move_to(self, state: BugState | FeatureState) -> None:
        from storage.changes.work import SetBugState, SetFeatureState  # noqa: PLC0415 - SQLAlchemy comes later

        bug, feature = self.bug(), self.feature()
        change: Change
        if bug is not None and isinstance(state, BugState):
            change = SetBugState(bug_id=bug.id, state=state)
            named, title = f"#{bug.handle}", BUG_COLUMNS[state]
        elif feature is not None and isinstance(state, FeatureState):
            change = SetFeatureState(feature_id=feature.id, state=state)
            named, title = f"#{feature.handle}", FEATURE_COLUMNS[state]
        else:
            self.say("There is nothing here to move.", "m: report a bug")
            return
        await self.perform(change, done=f"{named}: {title.lower()}.")

    async def _step(self, by: int) -> None:
        states = list(self.states())
        thing = self.bug() or self.feature()
        if thing is None:
            self.say("There is nothing here to move.", "m: report a bug")
            return
        at = states.index(thing.state) + by
        if 0 <= at < len(states):
            await self._move_to(states[at])

    @work
    async def action_move_left(self) -> None:
        await self._step(-1)

    @work
    async def action_move_right(self) -> None:
        await self._step(1)

    @work
    async def action_status(self) -> None:
        thing = self.bug() or self.feature()
        if thing is None:
            self.say("There is nothing here.", "m: report a bug")
            return
        names: dict[str, str] = {**BUG_COLUMNS, **FEATURE_COLUMNS}  # type: ignore[dict-item]  # the words are strings
        choices = [Choice(key=one, title=names[one].lower()) for one in self.states()]
        picked = await self._pick(f"State of #{thing.handle}", "", choices)
        if picked:
            await self._move_to(next(one for one in self.states() if one == picked))

    @work
    async def action_fixed(self) -> None:
        if self._the_bug():
            await self._move_to(BugState.FIXED)

    @work
    async def action_released(self) -> None:
        if self._the_bug():
            await self._move_to(BugState.RELEASED)

    @work
    async def action_reopen(self) -> None:
        if bug := self._the_bug():
            await self._move_to(BugState.CONFIRMED if bug.form.reproduced else BugState.REPORTED)

    # who and how bad

    async def _assign(self, bug: Bug, fixer: str | None) -> None:
        from storage.changes.work import AssignBug  # noqa: PLC0415 - SQLAlchemy comes later

        name = self.rotadesk.settings.name_of(fixer) if fixer else "Nobody"
        done = f"{'You agreed' if fixer == self.me else f'{name} agreed'} to fix #{bug.handle}."
        if fixer is None:
            done = f"Nobody fixes #{bug.handle}."
        await self.perform(AssignBug(bug_id=bug.id, fixer=fixer), done=done)

    @work
    async def action_assign_me(self) -> None:
        if bug := self._the_bug():
            await self._assign(bug, self.me)

    @work
    async def action_assign_to(self) -> None:
        if not (bug := self._the_bug()):
            return
        people = self.rotadesk.settings.engineers
        choices = [
            Choice(key=one.email, title=one.name or one.email, detail=one.email) for one in people
        ]
        nobody = Choice(key="-", title="nobody")
        picked = await self._pick("Who agreed to fix it", bug.form.title, [*choices, nobody])
        if picked:
            await self._assign(bug, None if picked == "-" else picked)

    async def _save(self, bug: Bug, form: BugForm, done: str) -> None:
        from storage.changes.work import EditBug  # noqa: PLC0415 - SQLAlchemy comes later

        await self.perform(EditBug(bug_id=bug.id, form=form), done=done)

    @work
    async def action_severity(self) -> None:
        if not (bug := self._the_bug()):
            return
        picked = await self._pick("Severity", bug.form.title, SEVERITY_CHOICES)
        if picked:
            form = replace(bug.form, severity=Severity(picked))
            await self._save(bug, form, f"#{bug.handle}: {picked}.")

    @work
    async def action_area(self) -> None:
        if not (bug := self._the_bug()):
            return
        choices = [Choice(key=one, title=one) for one in self.rotadesk.settings.areas]
        if area := await self._pick("Product area", bug.form.title, choices):
            await self._save(bug, replace(bug.form, area=area), f"#{bug.handle}: {area}.")

    # the report

    @work
    async def action_new_bug(self) -> None:
        from storage.changes.work import FileBug  # noqa: PLC0415 - SQLAlchemy comes later

        question = BugFormQuestion(
            form=BugForm(title=""), areas=self.rotadesk.settings.areas, head="New bug"
        )
        if form := await self.desk_screen.ask(BugFormSheet, question):
            bug_id = BugId(random_uid())
            await self.perform(FileBug(bug_id=bug_id, form=form), done="Reported a bug.")

    @work
    async def action_edit(self) -> None:
        if not (bug := self._the_bug()):
            return
        question = BugFormQuestion(
            form=bug.form, areas=self.rotadesk.settings.areas, head=f"Bug #{bug.handle}"
        )
        if form := await self.desk_screen.ask(BugFormSheet, question):
            await self._save(bug, form, f"Saved #{bug.handle}.")
