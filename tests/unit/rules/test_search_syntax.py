from datetime import UTC, datetime

import pytest

from storage.errors import UsageError
from storage.rules.search_syntax import OPEN, And, Not, Or, Term, Words, names_state, parse

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
HOUR_MS = 3_600_000
EVERYTHING = And(())


def tree(text):
    return parse(text, now=NOW)


def mistake(text) -> UsageError:
    with pytest.raises(UsageError) as caught:
        tree(text)
    return caught.value


def test_no_text_asks_for_everything():
    assert tree("  ") == EVERYTHING


def test_words_are_all_wanted():
    assert tree("rate limit") == And((Words("rate"), Words("limit")))


def test_quotes_make_a_phrase_and_a_star_a_beginning():
    assert tree('"rate limit"') == Words("rate limit", phrase=True)
    assert tree("conn*") == Words("conn", prefix=True)


def test_a_beginning_of_two_letters_is_a_word():
    assert tree("co*") == Words("co")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is:open", Term("is", "open")),
        ("Is:On-Hold", Term("is", "on_hold")),
        ("status:closed", Term("status", "closed")),
        ("category:reliability", Term("category", "reliability")),
        ("category:none", Term("category", None)),
        ("area:webhooks", Term("area", "webhooks")),
        ("bug:#7kq2", Term("bug", "7KQ2")),
        ("bug:any", Term("bug", "")),
        ("feature:none", Term("feature", None)),
        ("from:zoe@customer.example", Term("from", "zoe@customer.example")),
        ('from:"Zoe Miller"', Term("from", "Zoe Miller")),
        ("to:help", Term("to", "help")),
        ("subject:limit", Term("subject", "limit")),
        ("assignee:me", Term("assignee", "me")),
        ("assignee:none", Term("assignee", None)),
        ("tag:vip", Term("tag", "vip")),
        ("priority:critical", Term("priority", "critical")),
        ("channel:phone", Term("channel", "phone")),
        ("has:kb", Term("has", "kb")),
        ("kb:docs/limits", Term("kb", "docs/limits")),
        ("older:3d", Term("older", NOW_MS - 72 * HOUR_MS)),
        ("newer:2h", Term("newer", NOW_MS - 2 * HOUR_MS)),
        ("newer:2026-05-20", Term("newer", NOW_MS - 12 * HOUR_MS)),
        ("due:<2h", Term("due_before", NOW_MS + 2 * HOUR_MS)),
        ("due:2h", Term("due_before", NOW_MS + 2 * HOUR_MS)),
        ("due:>1d", Term("due_after", NOW_MS + 24 * HOUR_MS)),
        ("due:overdue", Term("due_before", NOW_MS)),
        ("due:none", Term("due_before", None)),
        ("mine", Term("is", "mine")),
        ('"mine"', Words("mine", phrase=True)),
        ("#7kq2", Term("handle", "7KQ2")),
    ],
)
def test_a_field_is_read(text, expected):
    assert tree(text) == expected


def test_e16_a_number_is_a_word_and_with_a_hash_a_handle():
    assert tree("4507") == Words("4507")
    assert tree("#4507") == Term("handle", "4507")


def test_a_dash_leaves_out():
    assert tree("-from:acme -vip") == And((Not(Term("from", "acme")), Not(Words("vip"))))
    assert tree("-(a b)") == Not(And((Words("a"), Words("b"))))


def test_or_parts_less_than_a_space_joins():
    assert tree("a b or c") == Or((And((Words("a"), Words("b"))), Words("c")))
    assert tree("x (a OR b)") == And((Words("x"), Or((Words("a"), Words("b")))))
    assert tree("((a or b) c or d)") == Or(
        (And((Or((Words("a"), Words("b"))), Words("c"))), Words("d"))
    )


def test_and_between_words_says_nothing():
    assert tree("a and b") == tree("a b")


@pytest.mark.parametrize(
    ("text", "word", "position", "nearest"),
    [
        ("categry:abuse", "categry:", 0, "category"),
        ("is:open form:zoe", "form:", 8, "from"),
        ("level:error", "level:", 0, ""),
        ("is:opn", "opn", 3, "open"),
        ("x -status:clsed", "clsed", 10, "closed"),
        ("priority:hgh", "hgh", 9, "high"),
        ("bug:not-an-id!", "not-an-id!", 4, ""),
        ("older:soon", "soon", 6, ""),
        ("due:<never", "never", 4, ""),
        ("subject: hello", "subject:", 8, ""),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_nearest_word(text, word, position, nearest):
    error = mistake(text)

    assert word in str(error)
    assert error.position == position
    assert error.nearest == nearest
    assert not nearest or nearest in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "http://x.example/a?b=c:d",
        "localhost:8080",
        "std::string",
        "TypeError:undefined",
        "src/app.py:42",
        "err2:bad",
        "mailto:zoe@x.example",
        "C:\\logs",
        "12:30:05",
        "f:x",
        "{subject}:x",
        "who's",
        "multi-agent",
        "c++",
        "foo(x)",
        "--verbose",
        "a*b",
        "NEAR(",
        ":-)x",
    ],
)
def test_what_looks_like_a_log_or_a_url_is_a_word(text):
    assert tree(text) == Words(text)


@pytest.mark.parametrize(
    "text", ['"', "*", "(", "^", ")", "((", "()", "-", "- -", "-()", '""', "&"]
)
def test_what_holds_nothing_to_find_asks_for_everything(text):
    assert tree(text) == EVERYTHING


def test_what_is_never_closed_is_closed_at_the_end():
    assert tree('a "b c') == And((Words("a"), Words("b c", phrase=True)))
    assert tree("(a b") == And((Words("(a"), Words("b")))
    assert tree("a OR") == And((Words("a"), Words("OR")))


def test_brackets_inside_words_and_quotes_do_not_close_a_group():
    assert tree('(f(x) or ")") y') == And((Words("f(x)"), Words("y")))


def test_deep_brackets_end():
    assert tree("(" * 5000 + "a" + ")" * 5000)


def test_a_query_says_whether_it_names_a_state():
    assert names_state(tree("x (is:closed or y)"))
    assert names_state(tree("-status:open"))
    assert names_state(OPEN)
    assert not names_state(tree("is:mine has:kb x"))
