"""The last look before a reply leaves: to whom, what the checks found, what follows."""

from dataclasses import dataclass

from textual.reactive import reactive

from storage.records.mail import Address
from storage.records.words import AfterSend
from widgets.cells import Line, line_width, spread
from widgets.composer import recipients, title_of
from widgets.footer_line import Verbs, fitting, painted
from widgets.painted import PaintedLines
from widgets.wrap import wrap

AFTER = {
    AfterSend.NOTHING: "the ticket stays as it is",
    AfterSend.CLOSE: "then the ticket is closed",
    AfterSend.PENDING: "then it waits on the customer",
}


@dataclass(frozen=True, slots=True)
class Check:
    """What a look at the text found: a sentence, and whether it stops the sending."""

    words: str
    stops: bool = False


class SendLine(PaintedLines):
    """Takes the keys while it is shown; the owner binds Enter to sending, and nothing else."""

    DEFAULT_CSS = "SendLine { height: auto; }"
    can_focus = True

    to: reactive[tuple[Address, ...]] = reactive((), layout=True)
    cc: reactive[tuple[Address, ...]] = reactive((), layout=True)
    then: reactive[AfterSend] = reactive(AfterSend.NOTHING)
    checks: reactive[tuple[Check, ...]] = reactive((), layout=True)
    verbs: reactive[Verbs] = reactive(())

    @property
    def is_stopped(self) -> bool:
        """A check has to be settled before this may be sent."""
        return not (self.to or self.cc) or any(check.stops for check in self.checks)

    def lines(self, width: int) -> list[Line]:
        words = "cannot be sent yet" if self.is_stopped else "Enter sends"
        title: Line = ((f" SEND  {title_of(self.to, self.cc)}", "bold on-title"),)
        rows = [spread(title, ((f"{words} ", "bold on-title"),), width)]
        rows.append(recipients("To", self.to, width, absent="nobody: choose recipients"))
        if self.cc:
            rows.append(recipients("Cc", self.cc, width))
        for check in self.checks:
            role = "trouble" if check.stops else "soon"
            for place, text in enumerate(wrap(check.words, max(width - 6, 10))):
                rows.append(((" !   " if place == 0 else "     ", f"bold {role}"), (text, role)))
        after: Line = (("     ", ""), (AFTER[self.then], "ink"), ("  ", ""))
        room = width - line_width(after)
        verbs = [one for one in self.verbs if not self.is_stopped or one[0] != "Enter"]
        rows.append(spread(after, painted(fitting(verbs, room, limit=len(verbs))), width))
        return rows

    def ground(self, y: int) -> str:
        if y == 0:
            return "trouble" if self.is_stopped else "reply"
        return "strip"
