"""The last look at what was written: what stops it, what is worth a second thought."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from storage.changes.replying import MOST_BYTES, Written, answered, recipients
from storage.errors import CloseBlockedError
from storage.records.desk import DeskSettings
from storage.records.mail import Address
from storage.records.ticket import MessageItem, Ticket
from storage.records.words import AfterSend, Verdict
from storage.rules import outgoing
from storage.rules.quotes import snippet
from widgets.composer import person
from widgets.send_line import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """What is about to leave, and what its writer knows."""

    ticket: Ticket
    written: Written
    desk: DeskSettings
    basis: frozenset[str]
    "What the writer had before them."
    known: frozenset[str] = frozenset()
    "Sentences that have stopped it once."
    held_why: str = ""
    was_note: bool = False


def of_note(text: str) -> tuple[Check, ...]:
    return () if text.strip() else (Check("There is nothing in it yet.", stops=True),)


def of_reply(look: LastLook) -> tuple[Check, ...]:
    """Return what stops the reply first, then what is only worth knowing."""
    found = [*_mistakes(look), *_news(look), *_forgotten(look), *_told(look)]
    return tuple(sorted(found, key=lambda one: not one.stops))


def _mistakes(look: LastLook) -> Iterator[Check]:
    """Yield what has to be mended before it can leave."""
    if not look.written.text.strip():
        yield Check("There is nothing in it yet.", stops=True)
    for hole in outgoing.holes(look.written.text):
        yield Check(f"{hole} was not filled in; put it in `code` if it is meant so.", stops=True)
    size = sum(len(one.content) for one in look.written.files)
    if size > MOST_BYTES:
        most = MOST_BYTES // 1_000_000
        words = f"Its files are {size / 1_000_000:.0f} MB; most servers take {most} MB."
        yield Check(words, stops=True)


def unread(ticket: Ticket, basis: frozenset[str]) -> list[MessageItem]:
    """Return what people wrote that is not in `basis`."""
    return [
        one
        for one in ticket.conversation
        if isinstance(one, MessageItem) and not one.is_auto and one.key.hex() not in basis
    ]


def _news(look: LastLook) -> Iterator[Check]:
    for one in unread(look.ticket, look.basis):
        said = snippet(one.text, limit=60)
        who = one.author.name or one.author.email
        words = f"{who} wrote since you began: {said}  Esc: read it, then y again."
        yield Check(words, stops=True)


def _forgotten(look: LastLook) -> Iterator[Check]:
    word = outgoing.promised_file(look.written.text)
    if word and not look.written.files:
        words = f"It says '{word}' and nothing is attached. Esc, then a attaches, y sends it so."
        yield Check(words, stops=words not in look.known)


def _told(look: LastLook) -> Iterator[Check]:
    """Yield what the writer should know; none of it stops."""
    if look.held_why:
        yield Check(f"It was not sent before: {look.held_why}")
    if look.was_note:
        yield Check("It was written as an internal note.")
    yield from _strangers(look)
    yield from _left_out(look)
    for wish in recipients(look.ticket, desk=look.desk, to_all=True).asked_elsewhere:
        words = f"The customer asks for answers at {person(wish)}, another domain; not followed."
        yield Check(words)
    if look.written.after is AfterSend.CLOSE and look.ticket.missing:
        blocked = CloseBlockedError(f"#{look.ticket.summary.handle}", look.ticket.missing)
        yield Check(f"{blocked} It stays open unless that is mended before it leaves.")


def _strangers(look: LastLook) -> Iterator[Check]:
    mails = [one for one in look.ticket.conversation if isinstance(one, MessageItem)]
    members = _people(one for one in mails if one.verdict is Verdict.MEMBER)
    members |= {look.ticket.summary.requester.email, *look.desk.team_addresses}
    strangers = _people(one for one in mails if one.verdict is Verdict.UNVERIFIED) - members
    domains = {_domain(email) for email in members}
    for one in (*look.written.to, *look.written.cc):
        if one.email in strangers:
            yield Check(f"{person(one)} is not verified as a participant of this ticket.")
        elif one.email not in members and not look.desk.is_own(one.email):
            where = "" if _domain(one.email) in domains else ", and neither is their domain"
            yield Check(f"{person(one)} is new to this ticket{where}.")


def _left_out(look: LastLook) -> Iterator[Check]:
    """Yield who was on the newest mail and does not get this."""
    everybody = recipients(look.ticket, desk=look.desk, to_all=True)
    reached = {one.email for one in (*look.written.to, *look.written.cc)}
    missed = [one for one in (*everybody.to, *everybody.cc) if one.email not in reached]
    if missed and reached and answered(look.ticket):
        names = ", ".join(one.name or one.email for one in missed[:4])
        more = f" and {len(missed) - 4} more" if len(missed) > 4 else ""
        yield Check(f"Not to {names}{more}, who had the last mail.")


def _people(mails: Iterable[MessageItem]) -> set[str]:
    found: set[str] = set()
    for one in mails:
        asked_at = [who for who in one.reply_to if _domain(who.email) == _domain(one.author.email)]
        everybody: tuple[Address, ...] = (one.author, *one.to, *one.cc, *asked_at)
        found |= {who.email for who in everybody}
    return found


def _domain(email: str) -> str:
    return email.rpartition("@")[2]
