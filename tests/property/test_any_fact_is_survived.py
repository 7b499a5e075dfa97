"""A colleague's rotadesk may be newer, and a fact tampered with: no desk falls over it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.db.readonly import Reader
from storage.folds import desk as desk_fold
from storage.folds import ticket as ticket_fold
from storage.folds import work as work_fold
from storage.folds.ticket import FoldMail
from storage.journal import facts_after
from storage.queries import whole
from storage.records.facts import Fact, Stamped
from storage.records.words import Direction
from tests.factories import a_mail, now_ms, receive
from tests.property.test_no_export_breaks_a_desk import KEYS, UID
from tests.property.test_two_desks import BROKEN

NAMES = st.text(st.characters(), max_size=8) | st.sampled_from(["title", "text", "parents"])
WORDS = st.sampled_from(
    ["closed", "pending", "open", "usability", "DE", "09:00-17:00", UID, "\ud800"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | NAMES
    | st.sampled_from([1 << 47, (1 << 47) + 1, 1 << 63, 1 << 70, -1]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
ENTITIES = st.sampled_from(
    [f"ticket:{UID}", f"bug:{UID}", f"feature:{UID}", f"article:{UID}", "desk", "macro:x"]
)
BROKEN_ENTITIES = st.sampled_from(["message:zz", "ticket:", "desk:x", "bug:\ud800", "", ":"])
ANY_KEY = KEYS | NAMES


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


def stamped(number, entity, key, value, *, at_ms=1, stamp=None):
    return Stamped(
        stamp=at_ms.to_bytes(6, "big") + number.to_bytes(10, "big") if stamp is None else stamp,
        change=b"c" * 16,
        kind="x.y",
        actor="ben@desk.example",
        fact=Fact(entity, key, value),
    )


def a_fold_mail():
    return FoldMail(
        id=1, key=b"k" * 16, direction=Direction.IN, is_auto=False, is_member=True, arrival_ms=5,
        date_ms=5, sender="zoe@acme.example", sender_name="", subject="s", snippet="", has_body=True,
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(ANY_KEY, JSON), max_size=6))
def test_no_value_raises_in_a_fold(said):
    def facts(entity):
        return [stamped(n, entity, key, value) for n, (key, value) in enumerate(said)]

    desk = desk_fold.settings(desk_fold.fold(facts("desk")))
    ticket_fold.fold(UID, facts(f"ticket:{UID}"), [a_fold_mail()], desk)
    for fold, kind in ((work_fold.bug, "bug"), (work_fold.feature, "feature")):
        fold(UID, facts(f"{kind}:{UID}"))
    work_fold.article(UID, facts(f"article:{UID}"))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_desk_takes_in_whatever_a_colleague_says(desk, data):
    mail = a_mail(message_id="m@acme.example")
    uid = receive(desk, mail)
    about = st.sampled_from([f"ticket:{uid}", f"message:{mail.headers.key.hex()}"])
    about = about | ENTITIES | BROKEN_ENTITIES
    said = data.draw(st.lists(st.tuples(about, ANY_KEY, JSON), max_size=8))
    start = now_ms() + len(desk.read(facts_after, b"", limit=100_000))

    desk.absorb([stamped(n, *one, at_ms=start + n) for n, one in enumerate(said)])
    desk.rebuild()

    with Reader(desk.folder) as reader:
        assert whole.ticket(reader.run, uid)
    with desk.writing() as conn:
        assert conn.exec_driver_sql(BROKEN).scalar() == 0


@pytest.mark.parametrize(
    "fact",
    [
        stamped(1, f"ticket:{UID}", "new", deep(100)),
        stamped(1, f"ticket:{UID}", "new", "\ud800"),
        stamped(1, f"ticket:{UID}", "\ud800", "x"),
        stamped(1, f"ticket:{UID}", "new", float("nan")),
        stamped(1, f"ticket:{UID}", "new", 10**5000),
        stamped(1, f"ticket:{UID}", "tag:x", True, stamp=b"\xff" * 16),
        stamped(1, f"ticket:{UID}", "tag:x", True, stamp=b"short"),
    ],
    ids=["deep", "half a pair", "half a pair as key", "no number", "huge", "far ahead", "short"],
)  # fmt: skip
def test_what_no_journal_can_hold_is_left_out_and_the_rest_comes_in(desk, fact):
    good = stamped(2, "macro:x", "text", "of a newer rotadesk")
    before = desk.read(facts_after, b"")

    desk.absorb([fact, good])

    assert desk.read(facts_after, b"") == [good, *before]
