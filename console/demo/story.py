"""What the practice team did before the newcomer sat down: articles, bugs, requests, tickets.

Told as colleagues' facts with the times they happened at. What needs no mail goes through the
door of a desk of its own, which lives as long as the telling; what was decided about tickets
is known before their mails are here, as it would be on a desk that has just joined a team.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from console.demo import mails, place
from console.demo import told as told_by_team
from console.demo.clients import digest
from console.demo.letters import Letter, amount, letters
from console.demo.told import ToldBug, ToldFeature, ToldTicket
from storage import journal
from storage.changes.article import SetArticleState, WriteArticle
from storage.changes.base import Change
from storage.changes.desk import SetDesk
from storage.changes.work import AssignBug, FileBug, FileFeature, SetBugState, SetFeatureState
from storage.records import keys
from storage.records.facts import Fact, Stamped
from storage.records.ids import ArticleId, BugId, FeatureId, MessageKey, derived_uid
from storage.records.words import (
    ArticleState,
    Audience,
    BugState,
    Category,
    FeatureState,
    LinkUse,
    Priority,
    Severity,
    Status,
)
from storage.records.work import BugForm
from storage.rules.placing import uid_of_id
from storage.store import Desk

KeyOf = Callable[[bytes], MessageKey]
"The key of a raw mail, as the desk will know it."

_TOLD_AGO = timedelta(days=330)
"When the team began: before its first article."
_MOST_FACTS = 100_000
_KINDS = {Status.CLOSED: "ticket.close", Status.DISMISSED: "ticket.dismiss"}
_PEOPLE = {"robin": place.ME.email, "ilse": place.ILSE.email, "tomas": place.TOMAS.email}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What one engineer decided at one moment."""

    ago: timedelta
    by: str
    changes: tuple[Change, ...]


def tell(desk: Desk, *, begun: datetime, key_of: KeyOf) -> None:
    """Let `desk` know all of it; `begun` is when the practice mailbox was first started."""
    desk.absorb([*_through_the_door(begun), *_about_tickets(begun, key_of)])


def article_id(name: str) -> ArticleId:
    return ArticleId(derived_uid("practice article", name.encode()))


def bug_id(name: str) -> BugId:
    return BugId(derived_uid("practice bug", name.encode()))


def feature_id(name: str) -> FeatureId:
    return FeatureId(derived_uid("practice feature", name.encode()))


def ticket_uid(letter: Letter) -> str:
    """Return the uid of the ticket that the letter's conversation becomes."""
    return uid_of_id(mails.message_id_of(_conversation(letter)[0]).strip("<>"))


def deeds() -> list[Deed]:
    """Return what needs no mail, oldest first."""
    found = [_desk(), *_articles(), *_bugs(), *_features()]
    return sorted(found, key=lambda one: one.ago, reverse=True)


def _through_the_door(begun: datetime) -> Sequence[Stamped]:
    moment = begun
    with (
        TemporaryDirectory() as folder,
        Desk(Path(folder), clock=lambda: int(moment.timestamp() * 1000)) as theirs,
    ):
        for deed in deeds():
            moment = begun - deed.ago
            theirs.commit(*deed.changes, actor=deed.by)
        return theirs.read(journal.facts_after, bytes(16), limit=_MOST_FACTS)


def _desk() -> Deed:
    people = [SetDesk(key=f"{keys.ENGINEER}{one.email}", value=one.name) for one in place.ENGINEERS]
    settings = [
        SetDesk(key="address", value=place.ADDRESS),
        SetDesk(key="areas", value=list(place.AREAS)),
        SetDesk(key="sent", value="Sent"),
    ]
    return Deed(ago=_TOLD_AGO, by=place.ILSE.email, changes=(*settings, *people))


def _articles() -> Iterator[Deed]:
    for told in told_by_team.articles():
        uid = article_id(told.name)
        written = WriteArticle(
            article_id=uid,
            title=told.title,
            text=told.text,
            area=told.area,
            audience=Audience(told.audience),
            owner=_PEOPLE[told.owner],
        )
        state = ArticleState(told.state)
        # Needs review comes after it was published.
        states = [one for one in (ArticleState.PUBLISHED, state) if state is not ArticleState.DRAFT]
        moves = [SetArticleState(article_id=uid, state=one) for one in dict.fromkeys(states)]
        yield Deed(ago=told.ago, by=_PEOPLE[told.owner], changes=(written, *moves))


def _bugs() -> Iterator[Deed]:
    for told in told_by_team.desk()["bug"]:
        uid = bug_id(told["name"])
        form = BugForm(
            title=told["title"],
            severity=Severity(told["severity"]),
            area=told["area"],
            steps=told["steps"],
            expected=told["expected"],
            actual=told["actual"],
            environment=told.get("environment", ""),
            impact=told.get("impact", ""),
            workaround=told.get("workaround", ""),
            reproduced=told.get("reproduced", False),
            links=tuple(told.get("links", ())),
        )
        changes: list[Change] = [FileBug(bug_id=uid, form=form)]
        if (state := BugState(told["state"])) is not BugState.REPORTED:
            changes.append(SetBugState(bug_id=uid, state=state))
        if fixer := told.get("fixer"):
            changes.append(AssignBug(bug_id=uid, fixer=_PEOPLE[fixer]))
        yield Deed(ago=amount(told["ago"]), by=_PEOPLE[told["by"]], changes=tuple(changes))


def _features() -> Iterator[Deed]:
    for told in told_by_team.desk()["feature"]:
        uid = feature_id(told["name"])
        filed = FileFeature(
            feature_id=uid, title=told["title"], detail=told.get("detail", ""), area=told["area"]
        )
        state = SetFeatureState(feature_id=uid, state=FeatureState(told["state"]))
        yield Deed(ago=amount(told["ago"]), by=_PEOPLE[told["by"]], changes=(filed, state))


def _about_tickets(begun: datetime, key_of: KeyOf) -> Iterator[Stamped]:
    by_name = {one.name: one for one in letters()}
    raws = {one.name: one for one in mails.practice_mails(begun)}
    for told in told_by_team.desk()["ticket"]:
        letter = by_name[told["mail"]]
        at = begun - amount(told["ago"])
        seen = [
            key_of(raws[one.name].raw)[:8].hex()
            for one in _conversation(letter)
            if one.folder != "Sent" and one.at(begun) < at
        ]
        facts = _decided(told, entity=keys.ticket(ticket_uid(letter)), seen=seen)
        yield from _stamped(facts, at=at, by=_PEOPLE[told["by"]], name=told["mail"])
    for bug in told_by_team.desk()["bug"]:
        for name in bug["tickets"]:
            yield from _linked(bug, by_name[name], keys.BUG + bug_id(bug["name"]), begun)
    for feature in told_by_team.desk()["feature"]:
        for name in feature["tickets"]:
            key = keys.FEATURE + feature_id(feature["name"])
            yield from _linked(feature, by_name[name], key, begun)


def _linked(
    told: ToldBug | ToldFeature, letter: Letter, key: str, begun: datetime
) -> Iterator[Stamped]:
    """Yield that a ticket was linked: with the report, or soon after the mail came."""
    at = max(begun - amount(told["ago"]), letter.at(begun) + timedelta(minutes=20))
    fact = Fact(keys.ticket(ticket_uid(letter)), key, value=True)
    kind = f"ticket.{key.partition(':')[0]}"
    yield from _stamped([(kind, fact)], at=at, by=_PEOPLE[told["by"]], name=f"{key} {letter.name}")


def _decided(told: ToldTicket, *, entity: str, seen: Sequence[str]) -> Iterator[tuple[str, Fact]]:
    """Yield what was decided about one ticket: the kind of change, and its fact."""
    if category := told.get("category"):
        yield "ticket.category", Fact(entity, keys.CATEGORY, Category(category).value)
    if priority := told.get("priority"):
        yield "ticket.priority", Fact(entity, keys.PRIORITY, Priority(priority).value)
    if area := told.get("area"):
        yield "ticket.area", Fact(entity, keys.AREA, area)
    if assignee := told.get("assignee"):
        yield "ticket.assign", Fact(entity, keys.ASSIGNEE, _PEOPLE[assignee])
    for name, use in told.get("articles", {}).items():
        target = name if "://" in name else article_id(name)
        yield "ticket.link", Fact(entity, keys.KB + target, LinkUse(use).value)
    for tag in told.get("tags", ()):
        yield "ticket.tag", Fact(entity, keys.TAG + tag, value=True)
    if note := told.get("note"):
        note_id = derived_uid("practice note", entity.encode())
        yield "ticket.note", Fact(entity, keys.NOTE + note_id, note)
    if status := told.get("status"):
        kind = _KINDS.get(Status(status), "ticket.status")
        yield kind, Fact(entity, keys.SEEN, list(seen))
        yield kind, Fact(entity, keys.STATUS, Status(status).value)


def _stamped(
    facts: Iterable[tuple[str, Fact]], *, at: datetime, by: str, name: str
) -> Iterator[Stamped]:
    """Stamp facts with a past moment; the same stamps each time they are told."""
    high = int(at.timestamp() * 1000).to_bytes(6, "big")
    for number, (kind, fact) in enumerate(facts):
        low = int(digest(name, str(number)), 16) & ((1 << 62) - 1) | (2 << 62)
        yield Stamped(
            stamp=high + (0x7000 | number).to_bytes(2, "big") + low.to_bytes(8, "big"),
            change=bytes.fromhex(digest("practice change", name)),
            kind=kind,
            actor=by,
            fact=fact,
        )


def _conversation(letter: Letter) -> list[Letter]:
    """Return all letters of its conversation, the first one first."""
    by_name = {one.name: one for one in letters()}

    def root(one: Letter) -> str:
        while one.parent:
            one = by_name[one.parent]
        return one.name

    first = root(letter)
    return sorted(
        (one for one in by_name.values() if root(one) == first), key=lambda one: one.name != first
    )
