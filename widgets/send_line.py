"""The last look before a reply leaves: to whom, what the checks found, what follows."""

from dataclasses import dataclass

from textual.reactive import reactive

from storage.records.mail import Address
from storage.records.words import AfterSend
from widgets.cells import Line, line_width, shorten, spread
from widgets.composer import files_line, recipients, title_of
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
    is_note: reactive[bool] = reactive(default=False, layout=True)
    files: reactive[tuple[str, ...]] = reactive((), layout=True)
    then: reactive[AfterSend] = reactive(AfterSend.NOTHING)
    checks: reactive[tuple[Check, ...]] = reactive((), layout=True)
    verbs: reactive[Verbs] = reactive(())

    @property
    def is_stopped(self) -> bool:
        """A check has to be settled before this may be sent."""
        is_for_nobody = not self.is_note and not (self.to or self.cc)
        return is_for_nobody or any(check.stops for check in self.checks)

    def lines(self, width: int) -> list[Line]:
        rows = [self._title(width)]
        if not self.is_note:
            rows.append(recipients("To", self.to, width, absent="nobody: choose recipients"))
        if self.cc and not self.is_note:
            rows.append(recipients("Cc", self.cc, width))
        if self.files and not self.is_note:
            rows.append(files_line(self.files, width))
        for check in self.checks:
            role = "trouble" if check.stops else "soon"
            for place, text in enumerate(wrap(check.words, max(width - 6, 10))):
                rows.append(((" !   " if place == 0 else "     ", f"bold {role}"), (text, role)))
        rows.append(self._what_follows(width))
        return rows

    def _title(self, width: int) -> Line:
        if self.is_note:
            left = " NOTE  stays on the desk, no customer sees it"
            right = "cannot be added yet" if self.is_stopped else "Enter adds it"
        else:
            left = f" SEND  {title_of(self.to, self.cc)}"
            right = "cannot be sent yet" if self.is_stopped else "Enter sends"
        room = max(width - len(right) - 3, 8)
        return spread(
            ((shorten(left, room), "bold on-title"),), ((f"{right} ", "bold on-title"),), width
        )

    def _what_follows(self, width: int) -> Line:
        words = "" if self.is_note else AFTER[self.then]
        after: Line = (("     ", ""), (words, "ink"), ("  ", ""))
        verbs = [one for one in self.verbs if not self.is_stopped or one[0] != "Enter"]
        room = width - line_width(after)
        return spread(after, painted(fitting(verbs, room, limit=len(verbs))), width)

    def ground(self, y: int) -> str:
        if y == 0 and self.is_stopped:
            return "trouble"
        if y == 0:
            return "note" if self.is_note else "reply"
        return "strip"
