"""Bugs, feature requests and the knowledge base from the command line."""

import pytest

from storage.changes.ticket import LinkBug
from storage.records.ids import BugId
from tests.factories import ANA, a_mail, an_address, an_article, receive

BUG_KEYS = [
    *("id", "title", "severity", "state", "area", "fixer", "customers", "customers_7d"),
    *("customers_30d", "tickets", "steps", "expected", "actual", "environment", "impact"),
    *("workaround", "reproduced", "links", "created_at"),
]
ARTICLE_KEYS = ["id", "title", "area", "state", "audience", "owner", "used_by", "updated_at"]


def test_a_bug_is_reported_with_its_form_and_its_tickets(rotadesk, desk):
    uid = receive(desk, a_mail())

    told = rotadesk(
        *("bug", "new", "--title", "Events come twice", "--severity", "high", "--area", "webhooks"),
        *("--steps", "1. Send", "--link", "https://git.example/1", "--reproduced", "--ticket", uid),
    )

    assert list(told.one) == BUG_KEYS
    assert (told.one["severity"], told.one["state"], told.one["reproduced"]) == (
        "high",
        "reported",
        True,
    )
    assert (told.one["tickets"], told.one["customers"]) == ([uid[:8]], 1)
    assert (told.one["steps"], told.one["expected"]) == ("1. Send", None)
    assert told.one["links"] == ["https://git.example/1"]
    assert rotadesk("list").one["bugs"] == [told.one["id"]]


def test_a_bug_moves_and_is_assigned_and_edited(rotadesk):
    bug = rotadesk("bug", "new", "--title", "Slow").one["id"]

    assert rotadesk("bug", "state", bug, "wont-fix").one["state"] == "wont_fix"
    fixer = rotadesk("bug", "assign", bug, "ben@desk.example").one["fixer"]
    assert fixer == {"name": "Ben", "email": "ben@desk.example"}
    assert rotadesk("bug", "assign", bug, "none").one["fixer"] is None
    edited = rotadesk("bug", "edit", bug[:4], "--impact", "All of EU").one
    assert (edited["title"], edited["impact"]) == ("Slow", "All of EU")
    assert rotadesk("bug", "show", bug).one == edited


def test_a_bug_without_options_is_written_in_the_editor(rotadesk, monkeypatch, tmp_path):
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nsed -i \'s/^title = .*/title = "From the editor"/\' "$1"\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    monkeypatch.setattr("console.cli.texts.is_at_a_terminal", lambda: True)

    assert rotadesk("bug", "new").one["title"] == "From the editor"


def test_bugs_are_listed_by_state(rotadesk):
    rotadesk("bug", "new", "--title", "One")
    done = rotadesk("bug", "new", "--title", "Two").one["id"]
    rotadesk("bug", "state", done, "released")

    assert [one["title"] for one in rotadesk("bug", "list", "--state", "released").objects] == [
        "Two"
    ]
    assert len(rotadesk("bug", "list").objects) == 2


def test_a_ticket_is_linked_to_a_bug_and_to_a_request_and_taken_off(rotadesk, desk):
    uid = receive(desk, a_mail())
    bug = rotadesk("bug", "new", "--title", "Slow").one["id"]
    feature = rotadesk("feature", "new", "--title", "Dark theme").one["id"]

    assert rotadesk("bug-link", uid, bug).one["bugs"] == [bug]
    assert rotadesk("feature-link", uid, feature).one["features"] == [feature]
    assert rotadesk("bug-link", uid, bug, "--off").one["bugs"] == []


def test_a_feature_request_counts_who_asks(rotadesk, desk):
    uid = receive(desk, a_mail(sender=an_address("kim@acme.example")))

    made = rotadesk("feature", "new", "--title", "Dark theme", "--ticket", uid).one

    assert (made["state"], made["customers"], made["tickets"]) == ("asked", 1, [uid[:8]])
    assert rotadesk("feature", "state", made["id"], "planned").one["state"] == "planned"
    assert (
        rotadesk("feature", "list").one["id"] == rotadesk("feature", "show", made["id"]).one["id"]
    )


def test_an_article_is_written_edited_and_published(rotadesk):
    made = rotadesk("kb", "new", "--title", "Twice?", "--text", "Use the event id of each.").one

    assert list(made) == ARTICLE_KEYS
    assert (made["state"], made["audience"], made["owner"]) == ("draft", "internal", ANA)
    rotadesk("kb", "edit", made["id"], "--text", "Use the event id of every event.")
    assert rotadesk("kb", "state", made["id"], "published").one["state"] == "published"
    shown = rotadesk("kb", "show", made["id"][:5]).one
    assert list(shown) == [*ARTICLE_KEYS, "text", "versions"]
    assert (shown["text"], shown["versions"]) == ("Use the event id of every event.", 2)


def test_an_edit_that_changes_nothing_is_no_version(rotadesk, desk):
    uid = an_article(desk, text="Use the event id to drop repeats.")

    rotadesk("kb", "edit", uid, "--text", "Use the event id to drop repeats.")

    assert rotadesk("kb", "show", uid).one["versions"] == 1


def test_an_article_is_written_for_a_ticket_and_opens_the_gate(rotadesk, desk):
    uid = receive(desk, a_mail())
    rotadesk("category", uid, "usability")

    rotadesk(
        "kb", "new", "--title", "Twice?", "--text", "Use the event id of each.", "--ticket", uid
    )

    assert rotadesk("list").one["kb_links"][0]["use"] == "written"
    assert rotadesk("close", uid).status == 0


def test_the_article_that_answers_is_suggested(rotadesk, desk):
    wanted = an_article(desk, title="Duplicate webhooks", text="Use the event id to drop repeats.")
    an_article(desk, title="Invoices", text="Invoices are sent on the first of the month.")
    uid = receive(desk, a_mail("Our webhooks come twice, every duplicate costs us."))

    best = rotadesk("kb", "suggest", uid).objects[0]

    assert (best["id"], best["title"]) == (wanted[:8], "Duplicate webhooks")


def test_exported_articles_come_back_as_they_were(rotadesk, desk, tmp_path):
    uid = an_article(desk, title="Ärger: 日本語 / ../etc", text="Use the event id.\n\n---\nEnd.\n")
    rotadesk("kb", "state", uid, "published")
    before = rotadesk("kb", "show", uid).one

    exported = rotadesk("kb", "export", tmp_path / "out")
    again = rotadesk("kb", "import", tmp_path / "out")

    assert [path.parent for path in (tmp_path / "out").rglob("*.md")] == [tmp_path / "out"]
    assert exported.one["id"] == uid[:8]
    assert again.out == ""
    assert rotadesk("kb", "show", uid).one == before


def test_files_become_articles_and_a_second_import_only_what_changed(rotadesk, tmp_path):
    (tmp_path / "a.md").write_text("# Reset a password\n\nUse the link on the page.")
    (tmp_path / "b-c.md").write_text("---\narea: webhooks\nstate: published\n---\nSend it again.")
    (tmp_path / "notes.txt").write_text("no article")

    first = rotadesk("kb", "import", tmp_path)
    (tmp_path / "a.md").write_text("# Reset a password\n\nUse the link in the mail.")
    second = rotadesk("kb", "import", tmp_path)

    assert {one["title"]: (one["area"], one["state"]) for one in first.objects} == {
        "Reset a password": (None, "draft"),
        "b c": ("webhooks", "published"),
    }
    assert [one["title"] for one in second.objects] == ["Reset a password"]
    assert rotadesk("kb", "show", second.one["id"]).one["versions"] == 2


def test_a_bad_file_is_refused_and_the_others_come_in(rotadesk, tmp_path):
    (tmp_path / "bad.md").write_bytes(b"# \xff\xfe")
    (tmp_path / "state.md").write_text("---\nstate: publishd\n---\nText")
    (tmp_path / "good.md").write_text("# Good\n\nThis one is fine.")

    told = rotadesk("kb", "import", tmp_path)

    assert (told.status, [one["title"] for one in told.objects]) == (2, ["Good"])
    assert len(told.errors) == 2


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("bug", "new"), 2),
        (("bug", "new", "--title", " "), 2),
        (("bug", "new", "--title", "a", "--severity", "huge"), 2),
        (("bug", "new", "--title", "a", "--area", "nowhere"), 2),
        (("bug", "new", "--title", "a", "--link", "javascript:1"), 2),
        (("bug", "new", "--title", "a", "--ticket", "ZZZZ"), 3),
        (("bug", "show", "ZZZZ"), 3),
        (("bug", "state", "ZZZZ", "fixed"), 3),
        (("bug", "state", "ZZZZ", "mended"), 2),
        (("bug", "assign", "ZZZZ", "ben@desk.example"), 3),
        (("bug", "tell"), 2),
        (("feature", "new"), 2),
        (("feature", "new", "--title", ""), 2),
        (("feature", "state", "ZZZZ", "asked"), 3),
        (("feature", "show", "ZZZZ"), 3),
        (("kb", "new", "--text", "a"), 2),
        (("kb", "new", "--title", "a"), 2),
        (("kb", "show", "ZZZZ"), 3),
        (("kb", "edit", "ZZZZ", "--title", "a"), 3),
        (("kb", "state", "ZZZZ", "published"), 3),
        (("kb", "suggest", "ZZZZ"), 3),
        (("kb", "import", "/nowhere/at/all"), 3),
        (("--readonly", "kb", "new", "--title", "a", "--text", "b"), 4),
    ],
)
def test_bad_input_writes_nothing(rotadesk, arguments, status):
    told = rotadesk(*arguments)

    assert (told.status, told.out, len(told.errors)) == (status, "", 1)
    assert rotadesk("bug", "list").out + rotadesk("feature", "list").out == ""
    assert rotadesk("kb", "list").out == ""


def test_a_bug_of_a_colleague_is_counted_by_customers(rotadesk, desk):
    bug = rotadesk("bug", "new", "--title", "Slow").one["id"]
    uid = rotadesk("bug", "show", bug).one["id"]
    first = receive(desk, a_mail())
    again = receive(desk, a_mail(subject="Again"))
    with desk.writing() as conn:
        full = conn.exec_driver_sql("SELECT uid FROM bug").scalar()
    desk.commit(*[LinkBug(ticket_id=one, bug_id=BugId(full)) for one in (first, again)], actor=ANA)

    assert uid == full[:8]
    assert rotadesk("bug", "show", bug).one["customers"] == 1
    assert len(rotadesk("bug", "show", bug).one["tickets"]) == 2
