"""A ticket with everything said and decided on it, out of the hot reads."""

from collections.abc import Iterable, Sequence

from storage.queries import hot
from storage.records import keys
from storage.records.desk import DeskSettings
from storage.records.facts import Json
from storage.records.ticket import (
    ConversationItem,
    EventItem,
    MessageItem,
    NoteItem,
    OutboxItem,
    Ticket,
    TicketSummary,
)
from storage.records.words import Category, CloseRequirement, Status
from storage.rules.fact_shapes import value_fits

_STATUS_WORDS = {
    Status.OPEN: "opened it again",
    Status.PENDING: "is waiting on the customer",
    Status.ON_HOLD: "is waiting on a bug",
    Status.CLOSED: "closed it",
    Status.DISMISSED: "marked it as not a ticket",
}
_ELEMENTS = {
    keys.KB: ("linked the article", "took away the article"),
    keys.BUG: ("linked the bug", "took away the bug"),
    keys.FEATURE: ("linked the feature request", "took away the feature request"),
    keys.TAG: ("tagged it", "took away the tag"),
}

Facts = Sequence[tuple[bytes, str, str, Json, str]]


def ticket(
    summary: TicketSummary,
    *,
    messages: Sequence[MessageItem],
    notes: Sequence[NoteItem],
    replies: Sequence[OutboxItem],
    facts: Facts,
    desk: DeskSettings,
    missing: frozenset[CloseRequirement],
) -> Ticket:
    """Return the ticket with its conversation, oldest first; replies that wait come last."""
    said: list[ConversationItem] = [*messages, *notes, *events(facts, desk)]
    said.sort(key=_instant)
    return Ticket(summary=summary, conversation=(*said, *replies), missing=missing)


def events(facts: Facts, desk: DeskSettings) -> Iterable[EventItem]:
    """Yield what was decided, one sentence a fact, in the words of the screen."""
    for stamp, actor, key, value, title in facts:
        if value_fits("ticket", key, value) and (sentence := _sentence(key, value, title, desk)):
            yield EventItem(
                id=stamp.hex(),
                at=hot.when(int.from_bytes(stamp[:6], "big")),
                author=actor,
                text=sentence,
            )


def _sentence(key: str, value: Json, title: str, desk: DeskSettings) -> str:
    for prefix, (added, removed) in _ELEMENTS.items():
        if key.startswith(prefix):
            return f"{removed if value in (None, False) else added} {title or key[len(prefix) :]}"
    return _register_sentence(key, value if isinstance(value, str) else "", desk)


def _register_sentence(key: str, text: str, desk: DeskSettings) -> str:
    match key:
        case keys.STATUS:
            return next((words for word, words in _STATUS_WORDS.items() if word == text), "")
        case keys.CATEGORY:
            names = dict(desk.category_names)
            shown = next((names.get(one, one.title()) for one in Category if one == text), text)
            return f"set the category to {shown}" if text else "cleared the category"
        case keys.AREA:
            return f"set the product area to {text}" if text else "cleared the product area"
        case keys.ASSIGNEE:
            return f"assigned it to {desk.name_of(text)}" if text else "unassigned it"
        case keys.PRIORITY:
            return f"set the priority to {text or 'normal'}"
        case _:
            return ""


def _instant(item: ConversationItem) -> tuple[object, str]:
    if isinstance(item, OutboxItem):
        return (item.queued_at, item.id)
    return (item.at, str(item.id))
