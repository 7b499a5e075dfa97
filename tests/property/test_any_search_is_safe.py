"""Whatever is typed or pasted: an answer or a sentence, never an error of the database."""

from datetime import UTC, datetime

import pytest
from desk_rows import a_desk, put_note, put_ticket, runs
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import UsageError
from storage.queries import search
from storage.rules.search_fields import FIELDS
from storage.rules.search_syntax import parse

NOW = datetime(2026, 1, 10, tzinfo=UTC)
pieces = st.one_of(
    st.text(max_size=8),
    st.text("\"'()*-:^{}+#|%_\\ ORANDnear設定เ\x00", max_size=12),
    st.sampled_from(
        ["or", "and", "NOT", "NEAR(a b, 2)", "mine", "#7KQ2", "\udce4x", "is:open", "a*"]
    ),
    st.builds("{}:{}".format, st.sampled_from(sorted(FIELDS)), st.text(max_size=6)),
)


@pytest.fixture(scope="module")
def conn():
    conn = a_desk()
    put_ticket(conn, "a", subject="rate limit", body="設定エラー on the webhook")
    put_note(conn, "a", "a note")
    yield conn
    conn.close()


def parsed(text):
    try:
        return parse(text, now=NOW)
    except UsageError as error:
        return error


@given(st.lists(pieces, max_size=6).map(" ".join))
def test_any_text_is_answered_or_refused_with_a_sentence(conn, text):
    tree = parsed(text)
    if isinstance(tree, UsageError):
        assert str(tree).endswith(".")
        assert 0 <= tree.position <= len(text)
        return

    found = search.newest(runs(conn), tree, me="ana@desk.example", now_ms=0)
    condition, values = search.where(tree, me="ana@desk.example", now_ms=0)
    exact = conn.execute(f"SELECT t.uid FROM ticket t WHERE {condition}", values).fetchall()
    assert sorted(found) == sorted(uid for (uid,) in exact)
