"""Notes, replies and the outbox from the command line; undo and redo."""

import io
import sys
from datetime import datetime
from email import message_from_bytes, policy
from types import SimpleNamespace

import pytest

from storage import journal
from storage.changes.desk import SetDesk
from storage.changes.ticket import SetCategory
from storage.mail.ids import proven_ticket
from storage.records.local import DraftSaved, OutboxMoved
from storage.records.mail import Address
from storage.records.words import Category, OutboxState
from tests.factories import ANA, SUPPORT, a_mail, receive

OUTBOX_KEYS = ["id", "ticket", "to", "subject", "state", "not_before", "tries", "error", "then"]


def sent_bytes(desk):
    with desk.writing() as conn:
        raw = conn.exec_driver_sql("SELECT mime FROM outbox ORDER BY queued_ms, id").scalars().all()
    return [message_from_bytes(one, policy=policy.default) for one in raw]


def test_a_note_is_kept_from_an_option_a_file_and_standard_input(
    rotadesk, desk, tmp_path, monkeypatch
):
    uid = receive(desk, a_mail())
    (tmp_path / "note.md").write_text("From a file.")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"From stdin.")))

    rotadesk("note", uid, "--text", "From an option.\x1b[31m")
    rotadesk("note", uid, "--text-file", tmp_path / "note.md")
    rotadesk("note", uid, "--text-file", "-")

    said = [one for one in rotadesk("show", uid).one["conversation"] if one["type"] == "note"]
    assert {one["text"] for one in said} == {"From an option.", "From a file.", "From stdin."}
    assert said[0]["author"] == {"name": "Ana", "email": ANA}


def test_a_reply_is_queued_to_all_in_its_final_bytes(rotadesk, desk):
    uid = receive(
        desk,
        a_mail(
            subject="Login loops",
            message_id="first@acme.example",
            cc=(Address("Boss", "boss@acme.example"),),
        ),
    )

    told = rotadesk("reply", uid, "--text", "Try again.", "--close")

    assert (told.status, told.one["reply_waiting"], told.one["status"]) == (0, True, "new")
    (row,) = rotadesk("outbox").objects
    assert list(row) == OUTBOX_KEYS
    assert (row["ticket"], row["to"], row["state"], row["then"]) == (
        uid[:8],
        ["zoe@acme.example"],
        "queued",
        "close",
    )
    (mail,) = sent_bytes(desk)
    assert mail["From"].addresses[0].addr_spec == SUPPORT
    assert mail["From"].addresses[0].display_name == "Ana"
    assert mail["Cc"].addresses[0].addr_spec == "boss@acme.example"
    assert mail["Subject"] == "Re: Login loops"
    assert mail["In-Reply-To"] == "<first@acme.example>"
    key = (desk.folder / "team.key").read_bytes().strip()
    assert proven_ticket(mail["Message-ID"], key=key) == uid
    assert (desk.folder / "team.key").stat().st_mode & 0o777 == 0o600


def test_a_reply_that_shall_close_says_what_would_keep_the_ticket_open(rotadesk, desk):
    uid = receive(desk, a_mail())

    told = rotadesk.people("reply", uid, "--text", "Try again.", "--close")

    assert "It stays open then, unless it has a category and kb link by that time." in told.err


def test_a_reply_waits_its_undo_time_unless_now(rotadesk, desk):
    uid = receive(desk, a_mail())

    rotadesk("reply", uid, "--text", "One.")
    rotadesk("reply", uid, "--text", "Two.", "--now")

    now, later = rotadesk("outbox", "list").objects
    waits = datetime.fromisoformat(later["not_before"]) - datetime.fromisoformat(now["not_before"])
    assert 8 < waits.total_seconds() <= 10


def test_a_reply_to_the_sender_alone_leaves_the_others_out(rotadesk, desk):
    uid = receive(desk, a_mail(cc=(Address("", "boss@acme.example"),)))

    rotadesk("reply", uid, "--to-sender", "--text", "Just you.")

    (mail,) = sent_bytes(desk)
    assert mail["Cc"] is None


def test_a_file_goes_along_with_a_reply(rotadesk, desk, tmp_path):
    uid = receive(desk, a_mail())
    (tmp_path / "fix.png").write_bytes(b"\x89PNG")

    rotadesk("reply", uid, "--text", "See the picture.", "--attach", tmp_path / "fix.png")

    (mail,) = sent_bytes(desk)
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        "fix.png",
        "image/png",
        b"\x89PNG",
    )


def test_the_token_stands_at_the_end_of_the_subject_when_it_is_on(rotadesk, desk):
    uid = receive(desk, a_mail(subject="Login loops"))
    desk.commit(SetDesk(key="token_in_subject", value=True), actor=ANA)

    rotadesk("reply", uid, "--text", "Try again.")

    assert rotadesk("outbox").one["subject"] == f"Re: Login loops [#{uid[:4]}]"


def test_a_reply_from_the_command_line_keeps_the_draft_of_the_composer(rotadesk, desk):
    uid = receive(desk, a_mail())
    desk.write(DraftSaved(ticket_uid=uid, is_note=False, text="Half a thought", saved_ms=1))

    rotadesk("reply", uid, "--text", "Try again.")

    with desk.writing() as conn:
        assert conn.exec_driver_sql("SELECT text FROM draft").scalar() == "Half a thought"


def test_a_parked_reply_is_a_draft_and_a_discarded_one_is_gone(rotadesk, desk):
    uid = receive(desk, a_mail())
    rotadesk("reply", uid, "--text", "Park me.")
    parked = rotadesk("outbox", "park", rotadesk("outbox").one["id"])
    rotadesk("reply", uid, "--text", "Discard me.")
    discarded = rotadesk("outbox", "discard", rotadesk("outbox").one["id"][:4].lower())

    assert parked.one["reply_waiting"] is False
    assert discarded.one["reply_waiting"] is False
    assert rotadesk("outbox").out == ""
    with desk.writing() as conn:
        assert conn.exec_driver_sql("SELECT text FROM draft").scalar() == "Park me."


def test_a_failed_reply_can_be_retried_and_one_that_leaves_cannot_be_touched(rotadesk, desk):
    uid = receive(desk, a_mail())
    rotadesk("reply", uid, "--text", "Hello.")
    with desk.writing() as conn:
        row_id = conn.exec_driver_sql("SELECT id FROM outbox").scalar()
    desk.write(
        OutboxMoved(id=row_id, ticket_uid=uid, state=OutboxState.FAILED, error="No such user")
    )

    assert rotadesk("outbox", "show", row_id[:8]).one["error"] == "No such user"
    assert rotadesk("outbox", "retry", row_id[:8]).status == 0
    assert rotadesk("outbox").one["state"] == "queued"
    desk.write(OutboxMoved(id=row_id, ticket_uid=uid, state=OutboxState.SENDING))
    told = rotadesk("outbox", "discard", row_id[:8])
    assert (told.status, told.errors[0]["error"]) == (4, "refused")


def test_undo_takes_back_a_bulk_as_one_and_redo_makes_it_again(rotadesk, desk):
    first, second = receive(desk, a_mail()), receive(desk, a_mail(subject="Other"))
    rotadesk("category", first, second, "abuse")

    undone = rotadesk("undo")
    redone = rotadesk("redo")

    assert [one["category"] for one in undone.objects] == [None, None]
    assert [one["category"] for one in redone.objects] == ["abuse", "abuse"]


def test_undo_takes_a_queued_reply_back(rotadesk, desk):
    uid = receive(desk, a_mail())
    rotadesk("reply", uid, "--text", "Too fast.")

    told = rotadesk("undo")

    assert told.one["reply_waiting"] is False


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("note", "UID", "--text", "  "), 2),
        (("note", "UID"), 2),
        (("note", "UID", "--text", "a", "--text-file", "b"), 2),
        (("note", "UID", "--text-file", "/nowhere/at/all"), 2),
        (("note", "ZZZZ", "--text", "a"), 3),
        (("reply", "UID", "--text", ""), 2),
        (("reply", "UID", "--text", "a", "--close", "--wait"), 2),
        (("reply", "UID", "--text", "a", "--attach", "/nowhere/at/all"), 2),
        (("reply", "ZZZZ", "--text", "a"), 3),
        (("--readonly", "reply", "UID", "--text", "a"), 4),
        (("outbox", "show", "ZZZZ"), 3),
        (("outbox", "discard", "ZZZZ"), 3),
        (("outbox", "forget", "ZZZZ"), 2),
        (("redo",), 4),
    ],
)
def test_bad_input_queues_nothing(rotadesk, desk, arguments, status):
    uid = receive(desk, a_mail())

    told = rotadesk(*[uid if one == "UID" else one for one in arguments])

    assert (told.status, told.out, len(told.errors)) == (status, "", 1)
    assert rotadesk("outbox").out == ""


def test_steps_on_one_cell_are_taken_back_and_made_again_one_by_one(rotadesk, desk):
    uid = receive(desk, a_mail())
    rotadesk("category", uid, "abuse")
    rotadesk("category", uid, "usability")

    back = [rotadesk("undo").one["category"] for _ in range(2)]
    again = [rotadesk("redo").one["category"] for _ in range(2)]
    and_back = [rotadesk("undo").one["category"] for _ in range(2)]

    assert back == ["abuse", None]
    assert again == ["abuse", "usability"]
    assert and_back == ["abuse", None]
    assert rotadesk("redo").one["category"] == "abuse"


def test_what_a_colleague_has_set_since_is_left_alone(rotadesk, desk):
    uid = receive(desk, a_mail())
    rotadesk("category", uid, "abuse")
    rotadesk("category", uid, "usability")
    with desk.writing() as conn:
        theirs = SetCategory(ticket_id=uid, category=Category.OUTREACH)
        journal.commit(conn, [theirs], actor="ben@desk.example", now_ms=desk.now_ms())

    told = rotadesk("undo")

    assert (told.status, told.errors[0]["error"]) == (4, "refused")
    assert rotadesk("list").one["category"] == "outreach"
