"""Practice customers: whether one answers our mail, when, and in which words.

Pure: what an answer is depends on our mail, the mails before it and nothing else. So a
demo that was left between our mail and its answer gives the same answer when it is back.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import format_datetime, getaddresses, parseaddr, parsedate_to_datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files

from console.demo import clients, mails, place
from console.demo.clients import CLIENTS, Client, Quoted
from console.demo.kept import Posted
from console.demo.letters import Letter, letters, moments
from storage.records.mail import Address

MOST_ANSWERS = 2
"In one conversation; then the customer has gone home."


class Mood(StrEnum):
    """What a customer does about our mail."""

    THANKS = "thanks"
    BROKEN = "broken"
    QUESTION = "question"
    SILENCE = "silence"


_FIRST = (Mood.THANKS,) * 4 + (Mood.BROKEN,) * 3 + (Mood.QUESTION,) * 2 + (Mood.SILENCE,)
_LATER = (Mood.THANKS,) * 3 + (Mood.SILENCE,) * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who may answer: the address our mail went to, and how that person writes."""

    address: Address
    client: Client
    lang: str
    letter: Letter | None
    "What they wrote first; None for somebody we wrote to ourselves."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A mail of a customer that waits to be written."""

    message_id: str
    after: float
    "Seconds after our mail."
    mood: Mood
    person: Person
    ours: EmailMessage = field(repr=False)

    def dated(self, at: datetime) -> bytes:
        """Return its bytes, written at `at`."""
        return _written(self, at)


def answer(posted: Posted, *, earlier: Sequence[Posted], inbox: Iterable[bytes]) -> Answer | None:
    """Return what the customer writes back to our mail; None when nothing comes.

    Nobody answers a mail that says it is automatic, and no robot answers at all.

    Args:
        posted: Our mail, with those it went to.
        earlier: Our mails before it, oldest first.
        inbox: What lies in INBOX; the person is found by what they wrote there.
    """
    ours = _parsed(posted.raw)
    person = _person(ours, posted.recipients, inbox)
    if person is None or _is_auto(ours) or not _id(ours):
        return None
    before = [one for one in map(_parsed_of, earlier) if _root(one) == _root(ours)]
    if _id(ours) in {_id(one) for one in before}:
        return None  # the same mail handed over twice
    answered = 0
    for one in before:
        answered += _mood(one, answered=answered, is_first=False) is not Mood.SILENCE
    mood = _mood(ours, answered=answered, is_first=not earlier)
    if mood is Mood.SILENCE or answered >= MOST_ANSWERS:
        return None
    chance = _chance(ours, "when")
    domain = person.address.email.partition("@")[2]
    return Answer(
        message_id=clients.filled(person.client.id_format, name=_id(ours), domain=domain),
        after=4 + chance % 81 / 10,
        mood=mood,
        person=person,
        ours=ours,
    )


def _mood(ours: Message, *, answered: int, is_first: bool) -> Mood:
    moods = _LATER if answered else _FIRST
    mood = moods[_chance(ours, "mood") % len(moods)]
    # Whoever tries the demo sees somebody answer their first reply.
    return Mood.THANKS if is_first and mood is Mood.SILENCE else mood


def _person(ours: Message, recipients: Iterable[str], inbox: Iterable[bytes]) -> Person | None:
    """Return the customer among `recipients` whom our mail answers, or whom we know."""
    went_to = {one.lower() for one in recipients}
    answers = str(ours.get("In-Reply-To", "")).strip()
    named = {*str(ours.get("References", "")).split(), answers}
    best: _Writer | None = None
    for raw in inbox:
        writer = _writer(raw)
        if writer.message_id == answers and not writer.is_human:
            return None
        is_ours = writer.is_human and went_to & writer.reachable
        if is_ours and (writer.message_id in named or not (best and best.message_id in named)):
            best = writer
    if best is None:
        return None
    reached = sorted(went_to & best.reachable)
    return Person(
        address=Address(
            best.address.name, best.address.email if best.address.email in reached else reached[0]
        ),
        client=CLIENTS[best.letter.client if best.letter else "gmail"],
        lang=best.letter.lang if best.letter else "en",
        letter=best.letter,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Who wrote one mail of INBOX."""

    message_id: str
    address: Address
    reachable: frozenset[str]
    is_human: bool
    letter: Letter | None


@cache
def _writer(raw: bytes) -> _Writer:
    mail = BytesHeaderParser(policy=default).parsebytes(raw)
    name, email = parseaddr(str(mail.get("From", "")))
    letter = _letter_of([_id(mail), *str(mail.get("References", "")).split()])
    is_robot = letter is not None and (letter.client == "robot" or letter.kind == "spam")
    is_forged = "=fail" in str(mail.get("Authentication-Results", ""))
    return _Writer(
        message_id=_id(mail),
        address=Address(name, email.lower()),
        reachable=_reachable(mail),
        is_human=not (is_robot or is_forged or _is_auto(mail)),
        letter=letter,
    )


def _reachable(mail: Message) -> frozenset[str]:
    fields = [str(mail.get(name, "")) for name in ("From", "Reply-To")]
    return frozenset(email.lower() for _, email in getaddresses(fields) if email)


def _letter_of(ids: Iterable[str]) -> Letter | None:
    known = _letters_by_id()
    return next((known[one] for one in ids if one in known), None)


@cache
def _letters_by_id() -> Mapping[str, Letter]:
    return {mails.message_id_of(one): one for one in letters()}


@cache
def _voices() -> Mapping[str, Mapping[str, list[str]]]:
    text = files("console.demo").joinpath("voices.toml").read_text("utf-8")
    return tomllib.loads(text)


def _words(one: Answer, at: datetime) -> str:
    """Return what is said: the letter's own words for it, or some in the customer's language."""
    own = one.person.letter.fields.get(f"answer-{one.mood}") if one.person.letter else None
    voice = _voices().get(one.person.lang, _voices()["en"])
    choice = voice[one.mood]
    said = own or choice[_chance(one.ours, "words") % len(choice)]
    code = clients.digest(_id(one.ours), "code")
    first_name = one.person.address.name.partition(" ")[0]
    said = said.replace("\\n", "\n").replace("{code}", code[:12]).replace("{name}", first_name)
    return moments(said, at).strip("\n")


def _written(one: Answer, at: datetime) -> bytes:
    ours, person = one.ours, one.person
    ours_at = _date(ours) or at
    zone = person.letter.zone if person.letter else UTC
    subject = str(ours.get("Subject", ""))
    author = parseaddr(str(ours.get("From", "")))
    body = ours.get_body(("plain", "html"))
    quoted = Quoted(
        author=Address(*author),
        to=str(ours.get("To", "")),
        at=ours_at.astimezone(zone),
        subject=subject,
        text=str(body.get_content()).replace("\r\n", "\n") if body else "",
    )
    text = f"{_words(one, at)}\n\n{clients.quote(person.client, quoted, lang=person.lang)}"
    answer_to = parseaddr(str(ours.get("Reply-To") or ours.get("From") or place.ADDRESS))
    message = EmailMessage(policy=mails.POLICY)
    for key, value in mails.trace(person.address.email, at, name=one.message_id):
        message[key] = value
    message["From"] = HeaderAddress(person.address.name, addr_spec=person.address.email)
    message["To"] = HeaderAddress(answer_to[0], addr_spec=answer_to[1] or place.ADDRESS)
    message["Subject"] = subject if subject.lower().startswith(("re:", "aw:")) else f"Re: {subject}"
    message["Date"] = format_datetime(at.astimezone(zone))
    message["Message-ID"] = one.message_id
    message["In-Reply-To"] = _id(ours)
    message["References"] = " ".join([*str(ours.get("References", "")).split(), _id(ours)])
    for key, value in person.client.headers.items():
        message[key] = value
    message.set_content(text)
    if person.client.writes_html:
        message.add_alternative(clients.html(person.client, text), subtype="html")
    mails.bound(message, person.client, name=one.message_id)
    return message.as_bytes()


def _is_auto(mail: Message) -> bool:
    says = str(mail.get("Auto-Submitted", "no")).lower()
    bulk = str(mail.get("Precedence", "")).lower() in {"bulk", "junk", "list", "auto_reply"}
    listed = any(
        name in mail for name in ("List-Id", "List-Unsubscribe", "X-Auto-Response-Suppress")
    )
    return says != "no" or bulk or listed or mail.get_content_type() == "multipart/report"


def _root(mail: Message) -> str:
    """Return the id that all mails of a conversation share: the first it refers to, or its own."""
    named = [*str(mail.get("References", "")).split(), *str(mail.get("In-Reply-To", "")).split()]
    return named[0] if named else _id(mail)


def _id(mail: Message) -> str:
    return str(mail.get("Message-ID", "")).strip()


def _date(mail: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(mail.get("Date", "")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _chance(mail: Message, purpose: str) -> int:
    return int(clients.digest(_id(mail), purpose), 16)


def _parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def _parsed_of(posted: Posted) -> EmailMessage:
    return _parsed(posted.raw)
