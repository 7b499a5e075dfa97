"""Triage from the command line: shapes, names of tickets, several at once, the gate."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.changes.ticket import AddNote
from storage.records.ids import NoteId, random_uid
from tests.cli import CommandLine
from tests.factories import ANA, a_mail, an_address, an_article, receive

TICKET_KEYS = [
    *("id", "uid", "subject", "requester", "status", "category", "area", "assignee", "priority"),
    *("channel", "tags", "kb_links", "bugs", "features", "created_at", "last_activity_at"),
    *("first_response_at", "closed_at", "snoozed_until", "messages", "unread", "due_at"),
    *("breached", "snippet", "gate", "reply_waiting"),
]
SAID_KEYS = [
    *("type", "id", "at", "author", "direction", "to", "cc", "subject", "text", "attachments"),
    *("message_id", "why", "verdict", "auto", "defects"),
]


def test_a_listed_ticket_has_every_promised_name(rotadesk, desk):
    uid = receive(desk, a_mail(subject="Login loops"))

    ticket = rotadesk("list").one

    assert list(ticket) == TICKET_KEYS
    assert ticket["id"] == uid[:8]
    assert ticket["uid"] == uid
    assert ticket["requester"] == {"name": "Zoe", "email": "zoe@acme.example"}
    assert ticket["created_at"] == "2026-03-02T09:00:00.000Z"
    assert ticket["due_at"] == "2026-03-03T09:00:00.000Z"
    assert ticket["closed_at"] is None
    assert ticket["assignee"] is None
    assert ticket["gate"] == {"open": False, "missing": ["category", "kb_link"]}


def test_the_page_about_the_command_line_names_every_key():
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    promised = page.partition("A ticket:")[2].partition("- A bug:")[0]

    assert all(f"`{key}" in promised for key in TICKET_KEYS)
    assert all(key in promised.partition("conversation")[2] for key in SAID_KEYS)


def test_a_shown_ticket_tells_its_conversation(rotadesk, desk, clock):
    uid = receive(desk, a_mail("It loops."))
    clock.forward(minutes=1)
    desk.commit(AddNote(ticket_id=uid, note_id=NoteId(random_uid()), text="Seen twice."), actor=ANA)
    rotadesk("take", uid)

    ticket = rotadesk("show", uid[:6].lower()).one

    assert list(ticket) == [*TICKET_KEYS, "conversation"]
    assert [entry["type"] for entry in ticket["conversation"]] == ["message", "note", "event"]
    assert all(list(entry) == SAID_KEYS for entry in ticket["conversation"])
    mail, note, event = ticket["conversation"]
    assert (mail["text"], mail["direction"], mail["verdict"]) == ("It loops.", "in", "member")
    assert mail["to"] == ["support@desk.example"]
    assert (note["text"], note["direction"], note["verdict"]) == ("Seen twice.", None, None)
    assert event["author"] == {"name": "Ana", "email": ANA}


def test_a_ticket_closes_with_what_was_chosen_and_prints_itself(rotadesk, desk):
    uid = receive(desk, a_mail())
    article = an_article(desk)

    told = rotadesk("close", uid, "--category", "Usability", "--link", article[:5])

    assert told.status == 0
    assert told.one["status"] == "closed"
    assert told.one["closed_at"] is not None
    assert told.one["gate"] == {"open": True, "missing": []}
    assert told.one["kb_links"] == [
        {"kind": "article", "target": article[:8], "title": "Duplicate webhooks", "use": "used"}
    ]
    assert rotadesk("list").out == ""


def test_a_refused_close_says_what_is_missing_and_changes_nothing(rotadesk, desk):
    uid = receive(desk, a_mail())

    told = rotadesk("close", uid, "--category", "usability")

    assert told.status == 4
    assert told.out == ""
    (error,) = told.errors
    assert (error["error"], error["ticket"], error["missing"]) == (
        "close_blocked",
        uid[:8],
        ["kb_link"],
    )
    assert rotadesk("list").one["category"] is None


def test_of_several_each_is_closed_or_refused_on_its_own(rotadesk, desk):
    ready, other = receive(desk, a_mail()), receive(desk, a_mail(subject="Other"))
    article = an_article(desk)
    rotadesk("category", ready, "usability")
    rotadesk("link", ready, other, article)

    told = rotadesk("close", other, ready, "ZZZZ")

    assert told.status == 4
    assert [one["uid"] for one in told.objects] == [ready]
    assert [one["error"] for one in told.errors] == ["not_found", "close_blocked"]


def test_when_all_are_refused_each_says_its_own_reason(rotadesk, desk):
    first, second = receive(desk, a_mail()), receive(desk, a_mail(subject="Other"))
    rotadesk("category", second, "abuse")

    told = rotadesk("close", first, second)

    assert [error["missing"] for error in told.errors] == [["category", "kb_link"], ["kb_link"]]
    assert [error["ticket"] for error in told.errors] == [first[:8], second[:8]]


def test_names_come_from_standard_input_for_a_dash(rotadesk, desk, monkeypatch):
    first, second = receive(desk, a_mail()), receive(desk, a_mail(subject="Other"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{first}\n\n#{second[:8].lower()}\n"))

    told = rotadesk("tag", "-", "vip", "eu")

    assert [one["tags"] for one in told.objects] == [["eu", "vip"], ["eu", "vip"]]


def test_an_ambiguous_name_lists_its_candidates(rotadesk, desk):
    uids = [receive(desk, a_mail(subject=f"Number {number}")) for number in range(2)]
    with desk.writing() as conn:
        for number, uid in enumerate(uids):
            alike = (f"AAAA{number}{uid[5:]}", uid)
            conn.exec_driver_sql("UPDATE ticket SET uid=? WHERE uid=?", alike)

    told = rotadesk("take", "aaaa")

    assert told.status == 3
    (error,) = told.errors
    assert error["error"] == "ambiguous"
    assert len(error["candidates"]) == 2


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("take", "ZZZZ"), 3, "not_found"),
        (("take", "ZZ"), 2, "usage"),
        (("take", "'; DROP"), 3, "not_found"),
        (("take",), 2, "usage"),
        (("category", "UID", "relability"), 2, "usage"),
        (("area", "UID", "nowhere"), 2, "usage"),
        (("priority", "UID", "urgent"), 2, "usage"),
        (("status", "UID", "merged"), 2, "usage"),
        (("status", "UID", "new"), 2, "usage"),
        (("status", "UID", "closed"), 4, "close_blocked"),
        (("assign", "UID", "ben"), 2, "usage"),
        (("tag", "UID", "two words"), 2, "usage"),
        (("link", "UID", "https://elsewhere.example/a"), 4, "refused"),
        (("link", "UID", "ZZZZZ"), 3, "not_found"),
        (("unlink", "UID", "https://desk.example/a"), 4, "refused"),
        (("bug-link", "UID", "ZZZZZ"), 3, "not_found"),
        (("feature-link", "UID", "ZZZZZ"), 3, "not_found"),
        (("reopen", "UID"), 4, "refused"),
        (("--readonly", "take", "UID"), 4, "refused"),
        (("--as", "nobody", "take", "UID"), 2, "usage"),
        (("--as", "a\udcff@desk.example", "take", "UID"), 2, "usage"),
        (("assign", "UID", "a\udcff@desk.example"), 2, "usage"),
        (("link", "UID", "https://elsewhere.example/\udcff"), 4, "refused"),
        (("tag", "UID", "\udcff"), 2, "usage"),
        (("area", "UID", "\udcff"), 2, "usage"),
        (("take", "\udcff\udcff\udcff\udcff"), 3, "not_found"),
        (("list", "--limit", "0"), 2, "usage"),
        (("list", "--sort", "age"), 2, "usage"),
        (("show", "ZZZZ"), 3, "not_found"),
    ],
)
def test_bad_input_is_one_json_error_with_its_status(rotadesk, desk, arguments, status, code):
    uid = receive(desk, a_mail())

    told = rotadesk(*[uid if one == "UID" else one for one in arguments])

    assert (told.status, told.out) == (status, "")
    assert [error["error"] for error in told.errors] == [code]
    assert rotadesk("list").one["status"] == "new"


def test_an_unset_word_takes_a_value_away(rotadesk, desk):
    uid = receive(desk, a_mail())
    rotadesk("category", uid, "abuse")
    rotadesk("take", uid)

    assert rotadesk("category", uid, "none").one["category"] is None
    assert rotadesk("assign", uid, "none").one["assignee"] is None


def test_tickets_are_listed_by_due_then_created_and_cut_to_the_limit(rotadesk, desk):
    later = receive(desk, a_mail(subject="Later", sender=an_address("b@acme.example")))
    first = receive(desk, a_mail(subject="First", sender=an_address("c@acme.example")))
    rotadesk("priority", first, "critical")

    assert [one["uid"] for one in rotadesk("list").objects] == [first, later]
    assert [one["uid"] for one in rotadesk("list", "--limit", "1").objects] == [first]


def test_a_merged_tickets_name_leads_to_its_survivor(rotadesk, desk):
    gone, survivor = receive(desk, a_mail()), receive(desk, a_mail(subject="Survivor"))
    older = "0000000000000000"
    with desk.writing() as conn:
        merged = "UPDATE ticket SET status='merged', ended_ms=1, merged_into=? WHERE uid=?"
        conn.exec_driver_sql(merged, (survivor, gone))
        alias = "INSERT INTO alias(uid, component, ticket_uid, kind) VALUES(?,1,?,'alias')"
        conn.exec_driver_sql(alias, (older, gone))

    assert rotadesk("show", gone[:8]).one["uid"] == survivor
    assert rotadesk("show", older[:4]).one["uid"] == survivor


def test_a_desk_of_a_newer_program_is_left_alone(rotadesk, desk):
    with desk.writing() as conn:
        conn.exec_driver_sql("PRAGMA user_version=99")

    for arguments in (("list",), ("take", "7KQ2")):
        told = rotadesk(*arguments)
        assert (told.status, told.errors[0]["error"]) == (6, "desk_unavailable")
        assert "newer" in told.errors[0]["message"]


def test_a_missing_desk_is_refused_and_not_made(config, tmp_path, capsys):
    elsewhere = CommandLine(tmp_path / "nowhere", config, capsys)

    assert elsewhere("list").status == 3
    assert elsewhere("take", "7KQ2").status == 3
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_desk_is_told_in_one_sentence(config, tmp_path, capsys):
    damaged = CommandLine(tmp_path, config, capsys)
    (tmp_path / "desk.db").write_bytes(b"no database at all" * 100)

    for arguments in (("list",), ("take", "7KQ2")):
        told = damaged(*arguments)
        assert (told.status, told.errors[0]["error"]) == (6, "desk_unavailable")


def test_reading_imports_neither_sqlalchemy_nor_textual(desk, config):
    uid = receive(desk, a_mail())
    probe = (
        "import sys; from console.cli.main import run; status = run(sys.argv[1:]);"
        "sys.exit(status or sorted({'sqlalchemy', 'textual', 'asyncio', 'rich'} & set(sys.modules)))"
    )
    environ = os.environ | {"ROTADESK_DESK": str(desk.folder), "ROTADESK_CONFIG": str(config)}

    for arguments in (["list", "webhooks"], ["show", uid], ["search", "webhooks"]):
        argv = [sys.executable, "-P", "-c", probe, *arguments]
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
        assert (done.stderr, done.returncode) == ("[]\n", 1)
        assert "Webhooks" in done.stdout


def test_a_query_without_a_state_lists_open_tickets_and_search_looks_at_all(rotadesk, desk):
    closed = receive(desk, a_mail("The invoice is wrong.", subject="Invoice"))
    waiting = receive(desk, a_mail("An invoice again.", subject="Invoice again"))
    rotadesk("close", closed, "--category", "abuse", "--link", an_article(desk))

    assert [one["uid"] for one in rotadesk("list", "invoice").objects] == [waiting]
    assert [one["uid"] for one in rotadesk("list", "status:closed").objects] == [closed]
    assert {one["uid"] for one in rotadesk("list", "is:any").objects} == {closed, waiting}
    assert {one["uid"] for one in rotadesk("search", "invoice").objects} == {closed, waiting}


def test_a_query_may_begin_with_a_dash(rotadesk, desk):
    mine = receive(desk, a_mail(subject="Mine"))
    receive(desk, a_mail(subject="Other", sender=an_address("kim@acme.example", "Kim")))

    assert [one["uid"] for one in rotadesk("list", "-from:kim").objects] == [mine]


def test_a_mistake_in_a_query_names_the_nearest_word(rotadesk):
    told = rotadesk("search", "invoice", "frm:kim")

    assert told.status == 2
    assert told.errors[0]["nearest"] == "from"
    assert told.errors[0]["position"] == 8


def test_a_search_for_nothing_is_a_mistake(rotadesk):
    assert rotadesk("search").status == 2
