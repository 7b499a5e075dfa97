"""What an engineer decides about tickets: the same verbs on a row, on marks and in a ticket.

`storage.changes` brings SQLAlchemy, which the first frame must not wait for; so verbs import it
when they are first used.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from textual import work

from console import work_flows
from console.messages import ShowBug
from console.panes.pane import Pane
from console.sheets.confirm import ConfirmQuestion, ConfirmSheet
from console.sheets.pick import PickQuestion, PickSheet
from storage.errors import DeskError
from storage.queries import hot
from storage.records.ids import TicketId
from storage.records.ticket import TicketSummary
from storage.records.words import Priority, Status
from widgets.choices import Choice

if TYPE_CHECKING:
    from storage.changes.base import Change

MANY = 20
"More than this at once asks first, with the number."
_STATUSES = (
    (Status.OPEN, "open", "an engineer has to do something"),
    (Status.PENDING, "waiting on the customer", "we asked, they answer"),
    (Status.ON_HOLD, "waiting on a bug", "until it is fixed"),
)


class TicketVerbs(Pane):
    """Mixin: needs to know which tickets are meant."""

    def targets(self) -> Sequence[TicketId]:
        """Return the tickets a verb is about: the marked ones, else the one in sight."""
        raise NotImplementedError

    def done_with_targets(self) -> None:
        """A verb was done: marks have served their turn."""

    async def summaries(self) -> list[TicketSummary]:
        """Return the targets as the desk has them now; says so where there are none."""
        await self.settle_marks()
        found: list[TicketSummary] = []
        for uid in self.targets():
            found += await self.store.hot(hot.ticket(uid))
        if not found:
            self.say("There is no ticket here.")
        return found

    async def decide(
        self, made: "Callable[[TicketSummary], Sequence[Change]]", done: Callable[[str], str]
    ) -> None:
        """Commit what `made` says for each target, as one step; `done` words it."""
        tickets = await self.summaries()
        if not tickets or not await self._many_are_meant(len(tickets)):
            return
        names = f"#{tickets[0].handle}" if len(tickets) == 1 else f"{len(tickets)} tickets"
        changes = [change for ticket in tickets for change in made(ticket)]
        if await self.perform(*changes, done=done(names)):
            self.done_with_targets()

    async def _many_are_meant(self, count: int) -> bool:
        if count <= MANY:
            return True
        question = ConfirmQuestion(f"Do this to {count} tickets?")
        answer = await self.desk_screen.ask(ConfirmSheet, question)
        return answer is True

    async def pick(
        self, title: str, choices: Sequence[Choice], *, takes_words: bool = False
    ) -> str | None:
        """Let the engineer pick one; return its key, or the words typed."""
        question = PickQuestion(
            title=title, choices=tuple(choices), placeholder="type to find", takes_words=takes_words
        )
        picked = await self.desk_screen.ask(PickSheet, question)
        return None if picked is None else picked.key or picked.words

    # who

    @work
    async def action_assign_me(self) -> None:
        from storage.changes.ticket import AssignTicket  # noqa: PLC0415 - see the module

        me = self.me
        await self.decide(
            lambda one: [AssignTicket(ticket_id=one.id, engineer=me)],
            lambda names: f"You took {names}.",
        )

    @work
    async def action_assign_to(self) -> None:
        from storage.changes.ticket import AssignTicket  # noqa: PLC0415 - see the module

        people = self.rotadesk.settings.engineers
        choices = [
            Choice(key=one.email, title=one.name or one.email, detail=one.email) for one in people
        ]
        picked = await self.pick(
            "Give it to", [*choices, Choice(key="-", title="nobody")], takes_words=True
        )
        if picked is None:
            return
        who = None if picked == "-" else picked
        name = self.rotadesk.settings.name_of(who) if who else "Nobody"
        await self.decide(
            lambda one: [AssignTicket(ticket_id=one.id, engineer=who)],
            lambda names: f"{name} has {names}.",
        )

    # what

    @work
    async def action_priority(self) -> None:
        from storage.changes.ticket import SetPriority  # noqa: PLC0415 - see the module

        picked = await self.pick("Priority", [Choice(key=one, title=one) for one in Priority])
        if picked is None:
            return
        priority = Priority(picked)
        await self.decide(
            lambda one: [SetPriority(ticket_id=one.id, priority=priority)],
            lambda names: f"{names}: priority {priority}.",
        )

    @work
    async def action_status(self) -> None:
        from storage.changes.ticket import SetStatus  # noqa: PLC0415 - see the module

        choices = [Choice(key=one, title=name, detail=why) for one, name, why in _STATUSES]
        choices.append(Choice(key=Status.CLOSED, title="closed", detail="asks for what is missing"))
        picked = await self.pick("Status", choices)
        if picked == Status.CLOSED:
            await self.run_action("close_ticket")
        elif picked is not None:
            status, name = Status(picked), next(n for one, n, _ in _STATUSES if one == picked)
            await self.decide(
                lambda one: [SetStatus(ticket_id=one.id, status=status)],
                lambda names: f"{names}: {name}.",
            )

    @work
    async def action_tags(self) -> None:
        from storage.changes.ticket import SetTag  # noqa: PLC0415 - see the module

        tickets = await self.summaries()
        if not tickets:
            return
        on = {tag for one in tickets for tag in one.tags}
        choices = [Choice(key=tag, title=f"#{tag}", hint="take away") for tag in sorted(on)]
        picked = await self.pick("Tag", choices, takes_words=True)
        if picked is None:
            return
        tag = picked.lstrip("#").lower()
        await self.decide(
            lambda one: [SetTag(ticket_id=one.id, tag=tag, is_on=tag not in on)],
            lambda names: f"{names}: #{tag} {'taken away' if tag in on else 'added'}.",
        )

    # links

    @work
    async def action_bug_link_or_new(self) -> None:
        await self._with_targets(lambda tickets: work_flows.link_bug(self.desk_screen, *tickets))

    @work
    async def action_feature_link_or_new(self) -> None:
        await self._with_targets(
            lambda tickets: work_flows.link_feature(self.desk_screen, *tickets)
        )

    async def _with_targets(self, step: Callable[[list[TicketSummary]], Awaitable[None]]) -> None:
        try:
            if tickets := await self.summaries():
                await step(tickets)
        except DeskError as error:
            self.say_error(error)

    @work
    async def action_bug_goto(self) -> None:
        tickets = await self.summaries()
        bug = next((bug for one in tickets for bug in one.bugs), None)
        if bug is None:
            self.say("It has no bug yet.", "b: link or report one")
        else:
            self.post_message(ShowBug(bug))
