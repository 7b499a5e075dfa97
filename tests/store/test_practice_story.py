"""What the practice team did before: through the door, and right once the mails are here."""

from datetime import UTC, datetime, timedelta

import pytest

from console.demo import mails, place, story, told
from console.demo.letters import amount, letters
from storage.mail.headers import parse_headers
from storage.mail.parse import parse_mail
from storage.queries import articles, hot, work
from storage.records.words import (
    ArticleState,
    Audience,
    BugState,
    Category,
    FeatureState,
    FolderRole,
    Priority,
    Status,
)
from storage.store import Desk
from tests.factories import receive

BEGUN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LETTERS = {one.name: one for one in letters()}


@pytest.fixture(scope="module")
def practice_desk(tmp_path_factory):
    with Desk(tmp_path_factory.mktemp("practice")) as desk:
        story.tell(desk, begun=BEGUN, key_of=lambda raw: parse_headers(raw).key)
        here = [one for one in mails.practice_mails(BEGUN) if not one.comes_after]
        ours = [parse_mail(one.raw) for one in here if one.folder == "Sent"]
        theirs = [parse_mail(one.raw) for one in here if one.folder == "INBOX"]
        receive(desk, *theirs)
        receive(desk, *ours, folder="Sent", role=FolderRole.SENT)
        yield desk


def ticket(desk, name):
    return desk.hot(hot.ticket(story.ticket_uid(LETTERS[name])))[0]


def test_the_team_has_its_settings(practice_desk):
    settings = hot.settings_of(practice_desk.hot(hot.settings_rows()))

    assert settings.address == place.ADDRESS
    assert settings.areas == place.AREAS
    assert {one.email for one in settings.engineers} == {one.email for one in place.ENGINEERS}
    assert settings.gate.accepts_url("https://docs.ferrywire.example/webhooks")


def test_articles_are_there_in_every_state_of_their_life(practice_desk):
    found = practice_desk.hot(articles.articles())

    assert 15 <= len(found) <= 20
    assert {one.state for one in found} >= {
        ArticleState.DRAFT,
        ArticleState.PUBLISHED,
        ArticleState.NEEDS_REVIEW,
    }
    assert {one.audience for one in found} == set(Audience)
    assert all(one.updated_at <= BEGUN for one in found)
    assert any(one.used_by for one in found)


def test_six_bugs_and_four_requests_stand_for_customers(practice_desk):
    bugs = practice_desk.read(work.bugs, now=BEGUN)
    features = practice_desk.read(work.features, now=BEGUN)

    assert len(bugs) == 6
    assert len(features) == 4
    assert all(one.customers >= 1 for one in bugs)
    assert max(one.customers for one in bugs) >= 4
    assert all(one.customers >= 1 for one in features)
    assert {BugState.REPORTED, BugState.CONFIRMED, BugState.FIXING, BugState.FIXED} == {
        one.state for one in bugs
    }
    assert {one.state for one in features} == {FeatureState.ASKED, FeatureState.PLANNED}


def test_what_was_closed_stays_closed_with_category_and_link(practice_desk):
    closed = [
        ticket(practice_desk, one["mail"])
        for one in told.desk()["ticket"]
        if one.get("status") == "closed"
    ]

    assert len(closed) >= 5
    assert {one.status for one in closed} == {Status.CLOSED}
    assert all(one.category and one.kb_links for one in closed)
    assert all(one.ended_at and one.ended_at < BEGUN for one in closed)


def test_a_customer_who_writes_again_reopens_what_was_closed(practice_desk):
    late = next(one for one in mails.practice_mails(BEGUN) if one.name == "now-6")

    receive(practice_desk, parse_mail(late.dated(BEGUN + timedelta(seconds=30))))

    assert ticket(practice_desk, "brew").status is Status.OPEN


def test_what_waits_for_a_bug_says_so(practice_desk):
    waiting = ticket(practice_desk, "twice-1")

    assert waiting.status is Status.ON_HOLD
    assert waiting.assignee == place.TOMAS.email
    assert waiting.priority is Priority.HIGH
    assert waiting.category is Category.RELIABILITY
    assert waiting.bugs == (story.bug_id("duplicate-204"),)
    assert waiting.area == "webhooks"


def test_most_tickets_wait_for_the_newcomer(practice_desk):
    opened = practice_desk.hot(hot.tickets(limit=500))

    assert sum(one.assignee is None for one in opened) >= 55
    assert not any(one.assignee == place.ME.email for one in opened)


def test_every_practice_mail_is_read_without_a_complaint():
    read = {one.name: parse_mail(one.raw) for one in mails.practice_mails(BEGUN)}

    complaints = {
        name: mail.headers.defects + mail.body.defects
        for name, mail in read.items()
        if mail.headers.defects or mail.body.defects
    }

    assert complaints == {}
    assert all(mail.body.text.strip() for mail in read.values())


def test_the_same_past_is_told_each_time(tmp_path):
    def told_again(name):
        with Desk(tmp_path / name) as desk:
            story.tell(desk, begun=BEGUN, key_of=lambda raw: parse_headers(raw).key)
            return [one.id for one in desk.hot(articles.articles())], desk.read(work.bugs)

    assert told_again("one") == told_again("two")


def test_the_story_names_mails_and_people_that_exist():
    named = [
        name for kind in ("bug", "feature") for one in told.desk()[kind] for name in one["tickets"]
    ]
    named += [one["mail"] for one in told.desk()["ticket"]]
    known = {one.name for one in told.articles()}

    assert set(named) <= set(LETTERS)
    linked = {name for one in told.desk()["ticket"] for name in one.get("articles", {})}
    assert {one for one in linked if "://" not in one} <= known


def test_nobody_decides_about_a_mail_that_has_not_come_yet():
    early = [
        one["mail"]
        for one in told.desk()["ticket"]
        if BEGUN - amount(one["ago"]) <= LETTERS[one["mail"]].at(BEGUN)
    ]

    assert early == []
