"""One item of a conversation as lines: a mail, a note, an event, a reply that waits.

Whose words they are is told three times: by a word, by the bar at the left, by its colour.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from storage.records.mail import Address
from storage.records.ticket import (
    ConversationItem,
    EventItem,
    MessageItem,
    NoteItem,
    OutboxItem,
)
from storage.records.words import AfterSend, Direction, OutboxState, Verdict
from storage.rules.quotes import Span, fold
from widgets.cells import Line, clip, fit, line_width, shorten, spread
from widgets.times import countdown, moment
from widgets.wrap import wrap

LIGHT, HEAVY = "\N{BOX DRAWINGS LIGHT VERTICAL}", "\N{BOX DRAWINGS HEAVY VERTICAL}"
OPENED, FOLDED = (
    "\N{BLACK DOWN-POINTING SMALL TRIANGLE}",
    "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}",
)
MARGIN = 3
"Cells before the words: the bar and two blanks."
_MEASURE = 100
"Widest line of prose; longer ones are hard to read back from."
_SHORT_SIGNATURE = 4
_LINK = re.compile(r"https?://[^\s<>\"']+")
_AFTER = {
    AfterSend.NOTHING: "",
    AfterSend.CLOSE: "then closes the ticket",
    AfterSend.PENDING: "then waits on the customer",
}


class ItemLine(NamedTuple):
    line: Line
    ground: str = ""
    is_fold: bool = False
    "A click on it folds or unfolds."


def item_id(item: ConversationItem) -> str:
    return f"{type(item).__name__}:{item.id}"


@dataclass(frozen=True, kw_only=True)
class ItemPainter:
    """Paints items of one ticket for one engineer."""

    subject: str = ""
    "The ticket's: a mail that says another one shows it."
    names: Mapping[str, str] = field(default_factory=dict)
    "Engineers by address."
    fetch_key: str = "Enter"
    "Asks for a mail that does not come by itself; again: stops it."

    def lines(
        self,
        item: ConversationItem,
        *,
        width: int,
        now: datetime,
        is_selected: bool = False,
        is_open: bool = False,
        ends_run: bool = True,
    ) -> tuple[ItemLine, ...]:
        """Return the lines of `item`.

        Args:
            item: What was said or done.
            width: Cells of the view, the bar at the left included.
            now: For 'today' and for the countdown of a reply.
            is_selected: The bar is heavy.
            is_open: Quotes and signatures are unfolded.
            ends_run: A blank line follows; events in a row stand close together.
        """
        bar = HEAVY if is_selected else LIGHT
        match item:
            case MessageItem():
                rows = self._message(item, width - MARGIN, now, is_open=is_open)
                role = _message_role(item)
            case NoteItem():
                rows = self._note(item, width - MARGIN, now)
                role = "note"
            case OutboxItem():
                rows = self._outbox(item, width - MARGIN, now)
                role = "reply"
            case EventItem():
                return (self._event(item, width, now), *([ItemLine(())] if ends_run else []))
        lead = ((bar, f"bold {role}" if is_selected else role), ("  ", ""))
        barred = [row._replace(line=(*lead, *row.line)) for row in rows]
        return (*barred, ItemLine(()))

    def _message(
        self, item: MessageItem, width: int, now: datetime, *, is_open: bool
    ) -> Iterable[ItemLine]:
        yield _head(item, width=width, now=now)
        yield from _addressed(item, width)
        if item.verdict is Verdict.UNVERIFIED:
            words = (
                "The sender is no participant of this ticket: nothing here counts until accepted."
            )
            yield from _banner("UNVERIFIED", words, "unverified", width)
        if _bare(item.subject) != _bare(self.subject):
            yield ItemLine((("subject ", "ink-faint"), (clip(item.subject, width - 8), "ink-dim")))
        yield ItemLine(())
        if item.has_body:
            yield from _body(item, width, is_open=is_open)
        else:
            yield ItemLine(((_coming(item, self.fetch_key), "ink-faint"),))
        yield from _attachments(item, width)
        yield from _warnings(item, width)

    def _note(self, item: NoteItem, width: int, now: datetime) -> Iterable[ItemLine]:
        who = self.names.get(item.author, item.author)
        head = ((f"INTERNAL NOTE  {shorten(who, 40)}", "bold note"),)
        when = ((moment(item.at, now=now) + " ", "ink-dim"),)
        yield ItemLine(spread(head, when, width), "note-ground")
        for line in wrap(item.text.strip("\n"), min(width, _MEASURE)):
            yield ItemLine(_linked(line, "ink"), "note-ground")

    def _event(self, item: EventItem, width: int, now: datetime) -> ItemLine:
        words = clip(item.text, max(width - MARGIN - 18, 10))
        when = moment(item.at, now=now) + " "
        return ItemLine(spread(((f" - {words}", "event"),), ((when, "event"),), width))

    def _outbox(self, item: OutboxItem, width: int, now: datetime) -> Iterable[ItemLine]:
        words, role = outbox_words(item, now=now)
        yield ItemLine(
            spread(
                (("REPLY  ", "bold reply"), (words, role)),
                ((_AFTER[item.then] + " ", "ink-dim"),),
                width,
            ),
            "strip",
        )
        yield ItemLine(_people("to", item.to, width) + _people("   cc", item.cc, width))
        if item.error:
            for line in wrap(item.error, min(width, _MEASURE)):
                yield ItemLine(((line, "trouble"),))
        yield ItemLine(())
        yield from _folded(item.text, width, is_open=False)


def outbox_words(item: OutboxItem, *, now: datetime) -> tuple[str, str]:
    """Return what a reply in the outbox waits for, and the role of the words."""
    left = countdown(item.not_before, now=now)
    words = {
        OutboxState.QUEUED: f"leaves in {left} s" if left else "waits for the server",
        OutboxState.SENDING: "leaving now",
        OutboxState.HANDING_OVER: "leaving now",
        OutboxState.ACCEPTED: "sent",
        OutboxState.SENT: "sent",
        OutboxState.HELD: "HELD, perhaps sent" if item.is_doubtful else "HELD, not sent",
        OutboxState.FAILED: "FAILED, not sent",
    }[item.state]
    if item.state is OutboxState.QUEUED and item.tries:
        words += f", tried {item.tries} times"
    is_stuck = item.state in {OutboxState.HELD, OutboxState.FAILED}
    return words, "bold trouble" if is_stuck else "bold ok" if words == "sent" else "bold soon"


def _message_role(item: MessageItem) -> str:
    if item.verdict is Verdict.UNVERIFIED:
        return "unverified"
    return "outgoing" if item.direction is Direction.OUT else "incoming"


def _message_words(item: MessageItem) -> str:
    """Return whose side wrote, and how."""
    side = "us" if item.direction is Direction.OUT else "customer"
    side = "stranger" if item.verdict is Verdict.UNVERIFIED else side
    return side + (", automatic" if item.is_auto else "")


def _person(who: Address) -> str:
    if who.name and who.email:
        return f"{who.name} <{who.email}>"
    return who.name or who.email or "(no sender)"


def _head(item: MessageItem, *, width: int, now: datetime) -> ItemLine:
    role = _message_role(item)
    when = ((f"{_message_words(item)}  ", role), (moment(item.at, now=now) + " ", "ink-dim"))
    who = shorten(_person(item.author), max(width - line_width(when) - 1, 12))
    return ItemLine(spread(((who, f"bold {role}"),), when, width), "strip")


def _addressed(item: MessageItem, width: int) -> Iterable[ItemLine]:
    line = _people("to", item.to, width) + _people("   cc", item.cc, width)
    if item.reply_to and item.reply_to != (item.author,):
        line += _people("   answers go to", item.reply_to, width)
    why = (((item.why + " ") if item.why else "", "ink-faint"),)
    if line_width(line) + line_width(why) + 2 <= width:
        yield ItemLine(spread(line, why, width))
    else:
        yield ItemLine(line)


def _people(word: str, people: tuple[Address, ...], width: int) -> Line:
    if not people:
        return ()
    shown = ", ".join(one.name or one.email for one in people[:6])
    more = f" and {len(people) - 6} more" if len(people) > 6 else ""
    return ((f"{word} ", "ink-faint"), (shorten(shown, max(width // 2, 16)) + more, "ink-dim"))


def _banner(title: str, words: str, role: str, width: int) -> Iterable[ItemLine]:
    for place, text in enumerate(wrap(f"{title}  {words}", width - 2)):
        head = title if place == 0 else ""
        line = ((head, f"bold {role}"), (fit(text[len(head) :], width - len(head)), role))
        yield ItemLine(line, f"{role}-ground")


def _bare(subject: str) -> str:
    """Return a subject without the 'Re:' of any language and without its blanks."""
    return "".join(re.sub(r"^(?:\s*\w{1,4}\s*(?:\[\d+\])?\s*[:\uff1a])+", "", subject).split())


def _body(item: MessageItem, width: int, *, is_open: bool) -> Iterable[ItemLine]:
    if not item.text.strip():
        yield ItemLine((("(no text)", "ink-faint"),))
    else:
        yield from _folded(item.text, width, is_open=is_open)


def _coming(item: MessageItem, key: str) -> str:
    """Return how far a text is that is not here yet, and how to have it or to stop it."""
    if not item.comes_when_asked:
        return "fetching.."
    size = file_size(item.size)
    if item.got is None:
        return f"{size}, on the server: {key} fetches it"
    part = f"{size}, {min(99, item.got * 100 // item.size)} %"
    return f"{part}: {key} stops it, what is here stays"


def _folded(text: str, width: int, *, is_open: bool) -> Iterable[ItemLine]:
    measure = min(width, _MEASURE)
    for span in fold(text.strip("\n")):
        if span.kind == "own":
            for line in wrap(span.text, measure):
                yield ItemLine(_linked(line, "quote" if line.lstrip()[:1] == ">" else "ink"))
            continue
        is_short = span.kind == "signature" and span.lines <= _SHORT_SIGNATURE
        if not is_short:
            yield _fold_line(span, is_open=is_open)
        if is_open or is_short:
            yield from (ItemLine(((line, "quote"),)) for line in wrap(span.text, measure))


def _fold_line(span: Span, *, is_open: bool) -> ItemLine:
    what = "quoted" if span.kind == "quote" else "signature"
    lines = f"{span.lines:,} {what} line{'' if span.lines == 1 else 's'}"
    return ItemLine(((f"{OPENED if is_open else FOLDED} {lines}", "quote"),), is_fold=True)


def _linked(line: str, role: str) -> Line:
    if "://" not in line:
        return ((line, role),)
    cells, at = [], 0
    for found in _LINK.finditer(line):
        cells += [(line[at : found.start()], role), (found.group(), "underline link")]
        at = found.end()
    return (*cells, (line[at:], role))


def _attachments(item: MessageItem, width: int) -> Iterable[ItemLine]:
    away = "  on the server" if item.on_server else "  not here any more"
    if item.attachments:
        yield ItemLine(())
    for place, row in enumerate(item.attachments, start=1):
        name = shorten(row.filename, max(width - 40, 16))
        where = "" if row.is_here else away
        yield ItemLine(
            (
                (f"[{place}] ", "ink-faint"),
                (name, "ink"),
                (f"  {file_size(row.size)}  {clip(row.mime, 40)}{where}", "ink-faint"),
            )
        )


def file_size(size: int) -> str:
    for unit, letters in ((1_000_000, "MB"), (1_000, "KB")):
        if size >= unit:
            return (
                f"{size / unit:.1f} {letters}" if size < 10 * unit else f"{size // unit} {letters}"
            )
    return f"{size} bytes"


def _warnings(item: MessageItem, width: int) -> Iterable[ItemLine]:
    said = list(item.defects)
    if item.hidden_text:
        said.append(f"{item.hidden_text:,} characters were hidden by the author and are not shown.")
    if not item.on_server:
        said.append("The server holds no copy of this mail any more.")
    if said:
        yield ItemLine(())
    for words in said:
        for place, text in enumerate(wrap(words, min(width - 2, _MEASURE))):
            yield ItemLine((("! " if place == 0 else "  ", "bold defect"), (text, "defect")))
