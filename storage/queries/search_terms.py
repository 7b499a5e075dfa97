"""Trees of the search language as SQL over `ticket t`.

The text of the SQL is ours alone; what a person typed is bound, and each of their words is
a quoted string of the full-text language (`NEAR(`, `c++`, `f:x` are words there too).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from storage.records.ids import as_typed
from storage.rules.grams import gram_phrase
from storage.rules.search_syntax import And, Not, Or, Term, Tree, Words

Values: TypeAlias = tuple[str | int | bytes | None, ...]
Sql: TypeAlias = tuple[str, Values]

EVERYTHING: Sql = ("1", ())
NOTHING: Sql = ("0", ())
_AFTER_ANY_ID = "~"
"Sorts after every character of an id."

_UNREAD = (
    "EXISTS(SELECT 1 FROM message m WHERE m.ticket_uid=t.uid AND m.direction='in' AND m.id >"
    " coalesce((SELECT upto FROM looked WHERE ticket_uid=t.uid), 0))"
)
_IS: dict[str | int | None, str] = {
    "any": "1",
    "open": "t.ended_ms IS NULL",
    "unassigned": "t.assignee IS NULL",
    "unread": _UNREAD,
}
_HAS = {
    "attachment": "EXISTS(SELECT 1 FROM message m WHERE m.ticket_uid=t.uid AND m.has_attachment=1)",
    "kb": "EXISTS(SELECT 1 FROM ticket_link l WHERE l.uid=t.uid AND l.kind='kb')",
    "bug": "EXISTS(SELECT 1 FROM ticket_link l WHERE l.uid=t.uid AND l.kind='bug')",
    "feature": "EXISTS(SELECT 1 FROM ticket_link l WHERE l.uid=t.uid AND l.kind='feature')",
    "tag": "EXISTS(SELECT 1 FROM ticket_link l WHERE l.uid=t.uid AND l.kind='tag')",
    "note": "EXISTS(SELECT 1 FROM note n WHERE n.ticket_uid=t.uid)",
}
_MAILS = "SELECT m.ticket_uid FROM message_fts f CROSS JOIN message m ON m.id=f.rowid WHERE message_fts MATCH ?"
_NOTES = (
    "SELECT n.ticket_uid FROM note_fts g CROSS JOIN note n ON n.id=g.rowid WHERE note_fts MATCH ?"
)
_LISTED = f"t.uid IN ({_MAILS} UNION ALL {{notes}})"
_LOOKED_UP = (
    # The plus keeps the list of row ids from driving the search: it may hold every second mail.
    "(EXISTS(SELECT 1 FROM message m WHERE m.ticket_uid=t.uid AND +m.id IN"
    " (SELECT rowid FROM message_fts WHERE message_fts MATCH ?)) OR t.uid IN ({notes}))"
)
_ASKED = (
    "(EXISTS(SELECT 1 FROM message m CROSS JOIN message_fts f ON f.rowid=m.id"
    " WHERE m.ticket_uid=t.uid AND f.message_fts MATCH ?) OR t.uid IN ({notes}))"
)
_KB = (
    "t.uid IN (SELECT uid FROM ticket_link WHERE kind='kb'"
    " AND ((target >= ? AND target < ?) OR instr(lower(target), ?)))"
)
_HANDLE = (
    "t.uid IN (SELECT uid FROM ticket WHERE uid >= ? AND uid < ?"
    " UNION ALL SELECT ticket_uid FROM alias WHERE uid >= ? AND uid < ?)"
)
_TO = (
    "EXISTS(SELECT 1 FROM message m WHERE m.ticket_uid=t.uid"
    " AND (instr(lower(m.to_addrs), ?) OR instr(lower(m.cc_addrs), ?)))"
)


class Spread(Enum):
    """How many mails hold a word, and so what looking for it in a ticket's mails costs least."""

    FEW = _LISTED
    "All of them are listed."
    MANY = _LOOKED_UP
    "Each ticket's mails are looked up among them: turning them into tickets costs more."
    MOST = _ASKED
    "Each mail is asked: the first of a ticket has it as a rule, and the list is endless."


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """Turns a tree into SQL that is exact, however many mails match."""

    me: str
    now_ms: int
    spread: Mapping[Words, Spread] = field(default_factory=dict)
    "Of the words that are not in few mails."

    def sql(self, tree: Tree) -> Sql:
        match tree:
            case Words():
                return self._words(tree)
            case Term(field, value):
                return _FIELDS[field](self, value)
            case Not(part):
                text, values = self.sql(part)
                return f"NOT ifnull({text}, 0)", values  # who has no due time is not due either
            case And(parts):
                return self._joined(" AND ", parts) if parts else EVERYTHING
            case Or(parts):
                return self._joined(" OR ", parts) if parts else NOTHING

    def _joined(self, word: str, parts: Iterable[Tree]) -> Sql:
        made = [self.sql(part) for part in parts]
        return (
            "(" + word.join(text for text, _ in made) + ")",
            tuple(value for _, values in made for value in values),
        )

    def _words(self, words: Words) -> Sql:
        notes, in_notes = (_NOTES, match_of(words, has_grams=False))
        if gram_phrase(words.text):
            notes, in_notes = "SELECT ticket_uid FROM note WHERE instr(body, ?)", words.text
        found = self.spread.get(words, Spread.FEW)
        return found.value.replace("{notes}", notes), (match_of(words), in_notes)

    def is_(self, value: str | int | None) -> Sql:
        if value == "mine":
            return "t.assignee IS ?", (self.me,)
        if value == "snoozed":
            return "(t.snoozed_ms > ? AND t.ended_ms IS NULL)", (self.now_ms,)
        return (_IS[value], ()) if value in _IS else ("t.status=?", (value,))

    def assignee(self, value: str | int | None) -> Sql:
        if value == "me":
            return "t.assignee=?", (self.me,)
        who = _lower(value)
        if value is None or "@" in who:
            return "t.assignee IS ?", (who or None,)
        return r"t.assignee LIKE ? ESCAPE '\'", (like(who) + "%",)


def match_of(words: Words, *, has_grams: bool = True) -> str:
    """Return the full-text query for `words`: a quoted string, nothing in it is syntax."""
    star = "*" if words.prefix else ""
    quoted = _quoted(words.text) + star
    grams = gram_phrase(words.text) if has_grams else None
    if grams is None:
        return quoted
    # A pair's first half alone is the beginning of a pair; the whole word may be a run's middle.
    is_half = len(grams.rpartition(" ")[2]) == 1
    return f"({quoted} OR grams : {_quoted(grams)}{'*' if is_half else star})"


def like(text: str) -> str:
    r"""Return `text` as LIKE takes it literally, with ESCAPE '\'."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _lower(value: str | int | None) -> str:
    return str(value).lower() if value is not None else ""


def _column(name: str) -> Callable[[Compiler, str | int | None], Sql]:
    def sql(_: Compiler, value: str | int | None) -> Sql:
        return f"t.{name} IS ?", (value,)

    return sql


def _compared(
    name: str, operator: str, *, also: str = ""
) -> Callable[[Compiler, str | int | None], Sql]:
    def sql(_: Compiler, value: str | int | None) -> Sql:
        if value is None:
            return f"(t.{name} IS NULL{also})", ()
        return f"(t.{name} {operator} ?{also})", (value,)

    return sql


def _linked(kind: str) -> Callable[[Compiler, str | int | None], Sql]:
    def sql(_: Compiler, value: str | int | None) -> Sql:
        if not value:
            return _HAS[kind] if value is not None else f"NOT {_HAS[kind]}", ()
        start = as_typed(str(value))
        return (
            f"t.uid IN (SELECT uid FROM ticket_link WHERE kind='{kind}' AND target >= ? AND target < ?)",  # noqa: S608 - kind is one of ours
            (start, start + _AFTER_ANY_ID),
        )

    return sql


def _has(_: Compiler, value: str | int | None) -> Sql:
    return _HAS[str(value)], ()


def _tag(_: Compiler, value: str | int | None) -> Sql:
    if value is None:
        return f"NOT {_HAS['tag']}", ()
    return (
        "t.uid IN (SELECT uid FROM ticket_link WHERE kind='tag' AND target=? COLLATE NOCASE)",
        (value,),
    )


def _area(_: Compiler, value: str | int | None) -> Sql:
    return "t.area IS ? COLLATE NOCASE", (value,)


def _kb(compiler: Compiler, value: str | int | None) -> Sql:
    """An article by the beginning of its id, or a page by any part of its address."""
    if not value:
        return _linked("kb")(compiler, value)
    start, part = as_typed(str(value)), _lower(value)
    return _KB, (start, start + _AFTER_ANY_ID, part)


def _handle(_: Compiler, value: str | int | None) -> Sql:
    start = str(value)
    span = (start, start + _AFTER_ANY_ID)
    return _HANDLE, span + span


def _from(_: Compiler, value: str | int | None) -> Sql:
    who = _lower(value)
    local, at, domain = who.partition("@")
    if at and local and domain:
        return (
            "(t.requester=? OR t.uid IN (SELECT ticket_uid FROM message WHERE from_addr=?))",
            (who, who),
        )
    return f"t.uid IN ({_MAILS})", (_in_column("sender", who),)


def _to(_: Compiler, value: str | int | None) -> Sql:
    return _TO, (_lower(value), _lower(value))


def _subject(_: Compiler, value: str | int | None) -> Sql:
    if gram_phrase(str(value)):
        return "instr(t.subject, ?)", (value,)
    return f"t.uid IN ({_MAILS})", (_in_column("subject", str(value)),)


def _in_column(name: str, text: str) -> str:
    """Return the full-text query for `text` in one column; `acme*` may go on."""
    stem = text.rstrip("*")
    return f"{name} : {_quoted(stem)}{'*' if stem != text and stem else ''}"


_FIELDS: dict[str, Callable[[Compiler, str | int | None], Sql]] = {
    "is": Compiler.is_,
    "assignee": Compiler.assignee,
    "status": _column("status"),
    "category": _column("category"),
    "priority": _column("priority"),
    "channel": _column("channel"),
    "area": _area,
    "older": _compared("activity_ms", "<"),
    "newer": _compared("activity_ms", ">="),
    "due_before": _compared("due_ms", "<", also=" AND t.ended_ms IS NULL"),
    "due_after": _compared("due_ms", ">=", also=" AND t.ended_ms IS NULL"),
    "has": _has,
    "tag": _tag,
    "kb": _kb,
    "bug": _linked("bug"),
    "feature": _linked("feature"),
    "handle": _handle,
    "from": _from,
    "to": _to,
    "subject": _subject,
}
