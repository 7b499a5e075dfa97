"""Verbs that open the composer: the same letters on a row and in a ticket."""

from console.messages import WriteOn, Writes
from console.panes.closing_verbs import ClosingVerbs


class WritingVerbs(ClosingVerbs):
    """Mixin: answers and notes."""

    def action_reply_all(self) -> None:
        self._write(Writes.REPLY_ALL)

    def action_reply_sender(self) -> None:
        self._write(Writes.REPLY_SENDER)

    def action_internal_note(self) -> None:
        self._write(Writes.NOTE)

    def _write(self, what: Writes) -> None:
        tickets = self.targets()
        if len(tickets) > 1:
            self.say("One ticket at a time: a text is for one customer.", "Esc: forget the marks")
        elif not tickets:
            self.say("There is no ticket here.")
        elif self.rotadesk.may_write():
            self.post_message(WriteOn(tickets[0], what))
