"""What a search finds, newest first.

A common word is in half of all mails, so nothing here ranks them all: the newest 1,000 mails
that hold every word are turned into tickets first, and only a page that they do not fill is
filled exactly, with tickets that hold the words in several mails.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from storage.queries.search_terms import Compiler, Spread, Sql, Values, match_of
from storage.records.query import Query, Runs
from storage.rules.grams import gram_phrase
from storage.rules.search_syntax import And, Not, Or, Tree, Words

_NEWEST = 1000
"Mails looked at before anything else."
_MANY = 4000
"Mails with a word from which on listing them costs more than looking tickets up."
_SAMPLE = 300
_MOST_SPAN = 1200
"The newest 300 mails with a word are among so few: every fourth mail holds it."

_ALL = 2**62
_SECONDS_2000 = 946_684_800
"Row ids of mails are seconds since 2000; notes are ranked among them."
_RANKED = f"""
WITH hit AS MATERIALIZED (
  SELECT ticket_uid, max(rank) AS rank, count(*) AS hits FROM (
    SELECT m.ticket_uid AS ticket_uid, h.id AS rank FROM
      (SELECT rowid AS id FROM message_fts WHERE message_fts MATCH ? ORDER BY rowid DESC LIMIT {_NEWEST}) h
      CROSS JOIN message m ON m.id=h.id
    UNION ALL
    SELECT ticket_uid, at_ms/1000-{_SECONDS_2000} FROM (%s)
  ) GROUP BY ticket_uid
)
SELECT t.uid, (SELECT sum(hits) FROM hit) FROM hit CROSS JOIN ticket t ON t.uid=hit.ticket_uid
WHERE %s ORDER BY hit.rank DESC, t.uid LIMIT ?"""  # noqa: S608 - our own numbers
_NOTES = f"""SELECT n.ticket_uid, n.at_ms FROM
  (SELECT rowid AS id FROM note_fts WHERE note_fts MATCH ? ORDER BY rowid DESC LIMIT {_NEWEST}) g
  CROSS JOIN note n ON n.id=g.id"""  # noqa: S608 - our own number

_COUNTED = "SELECT count(*) FROM (SELECT 1 FROM message_fts WHERE message_fts MATCH ? LIMIT ?)"
_SPAN = """SELECT count(*) FROM (SELECT 1 FROM message WHERE id >= (
  SELECT min(id) FROM (SELECT rowid AS id FROM message_fts WHERE message_fts MATCH ? ORDER BY rowid DESC LIMIT ?)
) LIMIT ?)"""


def where(tree: Tree, *, me: str, now_ms: int) -> Sql:
    """Return the condition on `ticket t` that `tree` is, and its values in order.

    Exact; a word that is in half of 100,000 mails makes it cost 150 ms, so a page of results
    is better asked of `newest`.
    """
    return Compiler(me=me, now_ms=now_ms).sql(tree)


def newest(run: Runs, tree: Tree, *, me: str, now_ms: int, limit: int | None = 50) -> list[str]:
    """Return the uids of up to `limit` tickets: words all in one mail first, then the others.

    Within both, newest first: by the mail or note that was found, by activity where no words
    are asked for.
    """
    most = _ALL if limit is None else limit
    words, rest = _parted(tree)
    exact = Compiler(me=me, now_ms=now_ms, spread=_spread(run, tree))
    found: list[str] = []
    if words:
        found, is_all = _ranked(run, words, exact.sql(rest), most)
        if len(found) >= most or (is_all and len(words) == 1):
            return found
    text, values = exact.sql(tree)
    sql = f"SELECT t.uid FROM ticket t WHERE {text} ORDER BY t.activity_ms DESC, t.id DESC LIMIT ?"  # noqa: S608 - the compiler's own text
    more = run(Query(sql, (*values, most), _uid))
    return list(dict.fromkeys([*found, *more]))[:most]


def _ranked(run: Runs, words: Sequence[Words], rest: Sql, limit: int) -> tuple[list[str], bool]:
    """Return tickets of the newest mails that hold all `words`, and whether those were all."""
    condition, values = rest
    notes, in_notes = _in_notes(words)
    together = " AND ".join(map(match_of, words))
    sql = _RANKED % (notes, condition)
    rows = run(Query(sql, (together, *in_notes, *values, limit), _uid_and_hits))
    return [uid for uid, _ in rows], bool(rows) and rows[0][1] < _NEWEST


def _in_notes(words: Sequence[Words]) -> Sql:
    """Notes have no column of pairs: where one is needed they are read through, being few."""
    if any(gram_phrase(one.text) for one in words):
        every: Values = tuple(one.text for one in words)
        condition = " AND ".join("instr(body, ?)" for _ in words)
        return f"SELECT ticket_uid, at_ms FROM note WHERE {condition}", every  # noqa: S608 - only marks are filled in
    return _NOTES, (" AND ".join(match_of(one, has_grams=False) for one in words),)


def _parted(tree: Tree) -> tuple[list[Words], Tree]:
    """Return the words that every result has, and what else it must be."""
    parts = tree.parts if isinstance(tree, And) else (tree,)
    words = [part for part in parts if isinstance(part, Words)]
    return words, And(tuple(part for part in parts if not isinstance(part, Words)))


def _spread(run: Runs, tree: Tree) -> dict[Words, Spread]:
    """Return how the words of `tree` are spread that more than few mails hold."""
    found = {}
    for one in _all_words(tree):
        match = match_of(one)
        if run(Query(_COUNTED, (match, _MANY), _number))[0] >= _MANY:
            span = run(Query(_SPAN, (match, _SAMPLE, _MOST_SPAN + 1), _number))[0]
            found[one] = Spread.MOST if span <= _MOST_SPAN else Spread.MANY
    return found


def _uid(row: tuple[Any, ...]) -> str:
    return str(row[0])


def _number(row: tuple[Any, ...]) -> int:
    return int(row[0])


def _uid_and_hits(row: tuple[Any, ...]) -> tuple[str, int]:
    return row[0], row[1]


def _all_words(tree: Tree) -> Iterator[Words]:
    match tree:
        case Words():
            yield tree
        case Not(part):
            yield from _all_words(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _all_words(part)
