"""Searches on real SQLite: what is found, in which order, and that text is never syntax."""

from datetime import UTC, datetime

import pytest
from desk_rows import DAY_MS, a_desk, put, put_mail, put_note, put_ticket, runs, uid_of

from storage.queries import search
from storage.rules.search_syntax import Term, Words, parse

NOW = datetime(2026, 1, 10, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
ME = "ana@desk.example"
ENDS = ["closed", "dismissed", "merged"]


@pytest.fixture
def conn(tmp_path):
    conn = a_desk(tmp_path / "desk.db")
    yield conn
    conn.close()


def newest(conn, query, *, limit=50, names="abcdefgh"):
    by_uid = {uid_of(name): name for name in names}
    tree = parse(query, now=NOW)
    found = search.newest(runs(conn), tree, me=ME, now_ms=NOW_MS, limit=limit)
    return "".join(by_uid[uid] for uid in found)


def exactly(conn, query, *, names="abcdefgh"):
    """The same by the condition alone, in alphabetical order."""
    text, values = search.where(parse(query, now=NOW), me=ME, now_ms=NOW_MS)
    found = {row[0] for row in conn.execute(f"SELECT t.uid FROM ticket t WHERE {text}", values)}
    return "".join(name for name in names if uid_of(name) in found)


def test_e16_subjects_texts_senders_and_notes_are_searched(conn):
    put_ticket(conn, "a", subject="Webhook retries")
    put_ticket(conn, "b", body="my webhook is slow")
    put_ticket(conn, "c", body="hello")
    put_mail(conn, "c", sender="ops@webhook.example")
    put_ticket(conn, "d", body="hello")
    put_note(conn, "d", "looks like the webhook queue")
    put_ticket(conn, "e", body="hello")

    assert sorted(newest(conn, "webhook")) == list("abcd")
    assert exactly(conn, "webhook") == "abcd"


def test_e16_a_handle_jumps_to_its_ticket_and_to_what_it_became(conn):
    put_ticket(conn, "a")
    put_ticket(conn, "b")
    columns = {row[1] for row in conn.execute("PRAGMA table_info(alias)")}
    kind = {"kind": "alias"} if "kind" in columns else {}
    put(conn, "alias", uid=uid_of("older name"), ticket_uid=uid_of("b"), **kind)

    assert newest(conn, f"#{uid_of('a')[:8].lower()}") == "a"
    assert newest(conn, f"#{uid_of('older name')}") == "b"


def test_the_newest_hit_comes_first(conn):
    for name in "abc":
        put_ticket(conn, name, body="timeout")
    put_mail(conn, "a", body="timeout again")

    assert newest(conn, "timeout") == "acb"
    assert newest(conn, "timeout", limit=2) == "ac"
    assert newest(conn, "timeout", limit=None) == "acb"


def test_words_in_several_mails_of_a_ticket_come_after_those_in_one(conn):
    put_ticket(conn, "a", body="race condition")
    put_ticket(conn, "b", body="race")
    put_mail(conn, "b", body="condition")
    put_ticket(conn, "c", body="race")
    put_note(conn, "c", "a condition")
    put_ticket(conn, "d", body="condition")

    assert newest(conn, "race condition") == "acb"
    assert exactly(conn, "race condition") == "abc"
    assert newest(conn, '"race condition"') == "a"


def test_beginnings_accents_and_case_are_found(conn):
    put_ticket(conn, "a", body="Connection reset in ZÜRICH")

    assert newest(conn, "CONN*") == newest(conn, "zurich") == "a"
    assert newest(conn, "onnection") == ""


@pytest.mark.parametrize("word", ["エラー", "設定", "API", "APIキー", "課", "設定エラー", "キー"])
def test_a_word_inside_a_run_without_spaces_is_found(conn, word):
    put_ticket(conn, "a", body="APIキーの設定エラー。課金")
    put_ticket(conn, "b", body="定設 ラエ ーキ")

    assert newest(conn, word) == exactly(conn, word) == "a"


def test_such_words_are_found_in_notes_and_subjects_too(conn):
    put_ticket(conn, "a", body="設定エラー")
    put_ticket(conn, "b", body="hello")
    put_note(conn, "b", "お客様の設定エラー")

    assert sorted(newest(conn, "エラー")) == ["a", "b"]
    assert newest(conn, "subject:エラー") == ""
    conn.execute("UPDATE ticket SET subject='設定エラー' WHERE uid=?", (uid_of("a"),))
    assert newest(conn, "subject:エラー") == "a"


# Stored content: M1, M2, M5 ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["who's", "multi-agent", "a OR", '"', "*", "(", "^", "-x", "NEAR(", "c++", 'a"b', "\x00x"],
)
def test_m1_no_text_is_syntax_of_the_full_text_engine(conn, query):
    put_ticket(conn, "a", body="a mail")

    newest(conn, query)
    exactly(conn, query)


def test_m1_what_was_typed_is_found(conn):
    put_ticket(conn, "a", body="who's on multi-agent NEAR( the lake")
    put_ticket(conn, "b", body="on lake near who is multi")

    for query in ["who's", "multi-agent", '"NEAR( the"']:
        assert newest(conn, query) == "a"
    assert newest(conn, "NEAR( lake") == "ba"


def test_m2_no_text_selects_a_column(conn):
    put_ticket(conn, "a", subject="x", body="y")

    assert newest(conn, "{subject}:x") == ""
    assert newest(conn, '"subject:x"') == ""
    assert newest(conn, "f:x") == ""


def test_m5_percent_and_underscore_are_themselves(conn):
    put_ticket(conn, "a", assignee="an_a@desk.example", links=[("kb", "https://d.example/100%")])
    put_ticket(conn, "b", assignee="anna@desk.example", links=[("kb", "https://d.example/1000")])

    assert newest(conn, "assignee:an_") == "a"
    assert newest(conn, "assignee:%") == ""
    assert newest(conn, "kb:100%") == "a"
    assert newest(conn, "to:%") == ""


@pytest.mark.parametrize("field", ["from", "to", "subject", "tag", "area", "kb", "assignee"])
def test_m5_nothing_typed_is_part_of_the_sql(field):
    evil = "'); DROP TABLE ticket; --"

    text, values = search.where(Term(field, evil), me=ME, now_ms=NOW_MS)

    assert "DROP" not in text
    assert values
    assert "DROP" not in search.where(Words(evil), me=ME, now_ms=NOW_MS)[0]


# Fields ----------------------------------------------------------------------------------------------


def test_states(conn):
    put_ticket(conn, "a", status="new")
    put_ticket(conn, "b", status="open", snoozed_ms=NOW_MS + 1)
    put_ticket(conn, "c", status="pending")
    put_ticket(conn, "d", status="on_hold")
    put_ticket(conn, "e", status="closed")
    put_ticket(conn, "f", status="dismissed", ended_ms=1)
    put_ticket(conn, "g", status="merged", ended_ms=1)

    assert exactly(conn, "is:open") == "abcd"
    assert exactly(conn, "status:open") == "b"
    assert exactly(conn, "is:any") == "abcdefg"
    assert exactly(conn, "is:snoozed") == "b"
    for name, state in zip("acdefg", ["new", "pending", "on_hold", *ENDS], strict=True):
        assert exactly(conn, f"is:{state}") == exactly(conn, f"status:{state}") == name


def test_people(conn):
    put_ticket(conn, "a", assignee=ME, requester="zoe@customer.example")
    put_mail(conn, "a", sender="zoe@customer.example")
    put_ticket(conn, "b", assignee="ben@desk.example")
    put_mail(conn, "b", sender="max@other.example", cc_addrs='[["","boss@other.example"]]')
    put_ticket(conn, "c")

    assert exactly(conn, "mine") == exactly(conn, "assignee:me") == "a"
    assert exactly(conn, "-mine") == "bc"
    assert exactly(conn, "assignee:ben") == exactly(conn, "assignee:ben@desk.example") == "b"
    assert exactly(conn, "is:unassigned") == exactly(conn, "assignee:none") == "c"
    assert exactly(conn, "from:zoe") == exactly(conn, "from:ZOE@customer.example") == "a"
    assert exactly(conn, "from:other.example") == exactly(conn, "from:oth*") == "b"
    assert exactly(conn, "to:boss") == "b"
    assert exactly(conn, "to:help") == "ab"


def test_unread_is_what_came_after_my_last_look(conn):
    put_ticket(conn, "a", body="1")
    put_ticket(conn, "b", body="2")
    put_ticket(conn, "c")
    put_mail(conn, "c", direction="out")
    put(conn, "looked", ticket_uid=uid_of("b"), upto=2)

    assert exactly(conn, "is:unread") == "a"
    put_mail(conn, "b", body="3")
    assert exactly(conn, "is:unread") == "ab"


def test_what_a_ticket_has(conn):
    put_ticket(conn, "a", category="abuse", area="Webhooks", priority="high", channel="phone")
    put_ticket(conn, "b", links=[("bug", "BVG7KQ2000000000"), ("tag", "VIP")])
    put_ticket(conn, "c", links=[("kb", "ART1C1E000000000"), ("feature", "FEAT000000000000")])
    put_note(conn, "a", "x")
    put_mail(conn, "c", has_attachment=1)

    assert exactly(conn, "category:abuse") == exactly(conn, "area:webhooks") == "a"
    assert exactly(conn, "priority:high") == exactly(conn, "channel:phone") == "a"
    assert exactly(conn, "category:none") == exactly(conn, "area:none") == "bc"
    assert exactly(conn, "bug:bvg7") == exactly(conn, "bug:any") == exactly(conn, "has:bug") == "b"
    assert exactly(conn, "tag:vip") == "b"
    assert exactly(conn, "tag:none") == exactly(conn, "bug:none") == "ac"
    assert exactly(conn, "kb:article") == exactly(conn, "kb:any") == exactly(conn, "has:kb") == "c"
    assert exactly(conn, "feature:feat") == exactly(conn, "has:feature") == "c"
    assert exactly(conn, "kb:none") == "ab"
    assert exactly(conn, "has:note") == "a"
    assert exactly(conn, "has:attachment") == "c"


def test_times(conn):
    put_ticket(conn, "a", activity_ms=NOW_MS - 5 * DAY_MS, due_ms=NOW_MS - 1)
    put_ticket(conn, "b", activity_ms=NOW_MS - DAY_MS, due_ms=NOW_MS + DAY_MS)
    put_ticket(conn, "c", activity_ms=NOW_MS - DAY_MS)

    assert exactly(conn, "older:3d") == "a"
    assert exactly(conn, "newer:3d") == "bc"
    assert exactly(conn, "due:overdue") == exactly(conn, "due:<2h") == "a"
    assert exactly(conn, "due:>2h") == "b"
    assert exactly(conn, "due:none") == "c"
    assert exactly(conn, "-due:<2h") == "bc"


def test_parts_are_combined(conn):
    put_ticket(conn, "a", body="webhook", status="new")
    put_ticket(conn, "b", body="webhook timeout", status="new")
    put_ticket(conn, "c", body="invoice", status="pending")
    put_ticket(conn, "d", body="login")

    assert newest(conn, "webhook -timeout") == exactly(conn, "webhook -timeout") == "a"
    assert exactly(conn, "(webhook or invoice) is:new") == "ab"
    assert exactly(conn, "timeout or invoice") == "bc"
    assert exactly(conn, "-(webhook or timeout)") == "cd"


@pytest.mark.parametrize("span", [0, 1200], ids=["looked up", "asked of each mail"])
def test_a_common_word_is_found_another_way_and_finds_the_same(conn, monkeypatch, span):
    for name in "abcdef":
        put_ticket(conn, name, body="fix the error")
    put_ticket(conn, "g", body="error")
    put_note(conn, "g", "fix")
    put_ticket(conn, "h", body="umbrella")
    monkeypatch.setattr(search, "_MANY", 2)
    monkeypatch.setattr(search, "_MOST_SPAN", span)

    assert sorted(newest(conn, "fix error")) == list("abcdefg")
    assert sorted(newest(conn, "fix -umbrella")) == list("abcdefg")
    assert newest(conn, "-fix") == "h"


def test_a_page_that_the_newest_mails_do_not_fill_is_filled_exactly(conn):
    put_ticket(conn, "a", body="fix", category="abuse", links=[("tag", "vip")])
    put_ticket(conn, "b")
    conn.execute("BEGIN")
    for number in range(4200):
        put_mail(conn, "b", body="fix", n=100 + number)
    conn.execute("COMMIT")

    assert newest(conn, "fix") == "ba"
    assert newest(conn, "fix tag:vip category:abuse") == "a"
    assert newest(conn, "-fix") == ""
