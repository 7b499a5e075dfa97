"""Everything out of a desk, and the same desk out of everything."""

import csv
import hashlib
import io
import json
import mailbox
import os
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from console.demo import mails, story
from storage.changes.article import SaveArticle, SetArticleState
from storage.changes.message import MoveMessage, SplitMessage
from storage.changes.ticket import (
    AddNote,
    AssignTicket,
    CloseTicket,
    DismissTicket,
    LinkBug,
    SetTag,
)
from storage.changes.work import FileBug
from storage.db.blobs import Blobs
from storage.intake import bodies, folders
from storage.mail.headers import parse_headers
from storage.mail.parse import parse_body
from storage.portable.folder import OutFolder
from storage.records.ids import BugId, NoteId, TicketId, random_uid
from storage.records.local import DraftSaved
from storage.records.ticket import KbLink
from storage.records.words import ArticleState, Category, FolderRole
from storage.records.work import BugForm
from storage.store import Desk
from tests.cli import CommandLine
from tests.factories import ANA, BEN, NOW, an_article, never_ours
from tests.portable_ground import a_raw, dump, receive, with_a_file

HOUR = timedelta(hours=1)


@pytest.fixture
def lived_in(desk, rotadesk, tmp_path):
    """Fill a desk with one of everything that can be on one."""
    first, file = a_raw("first", "=cmd|' /C calc'!A0"), with_a_file("file", at=NOW + HOUR)
    closed, dismissed = receive(desk, first), receive(desk, file)
    receive(
        desk,
        a_raw("ours", sender="support@desk.example", to="zoe@acme.example", answers=["first"]),
        folder="Sent",
        role=FolderRole.SENT,
    )
    bare = a_raw("bare", "Only its header is here", at=NOW + 2 * HOUR)
    receive(desk, bare, with_body=False)
    split = receive(desk, a_raw("odd", text="From me\r\n>From you\r\n", more="X-Odd: \xe9\r\n"))
    (tmp_path / "in.eml").write_bytes(a_raw("file2", text="Hello\r\n\r\nFrom here on\r\n"))
    rotadesk("import", "eml", tmp_path / "in.eml")
    (tmp_path / "twin.eml").write_bytes(first.replace(b"Monday", b"Tuesday"))
    rotadesk("import", "eml", tmp_path / "twin.eml")
    article, bug = an_article(desk), BugId(random_uid())
    desk.commit(
        SaveArticle(
            article_id=article,
            title="t",
            text="Use the event id, and drop what repeats it.",
            parents=(),
        ),
        actor=BEN,
    )
    desk.commit(SetArticleState(article_id=article, state=ArticleState.PUBLISHED), actor=ANA)
    desk.commit(FileBug(bug_id=bug, form=BugForm(title="Twice", area="webhooks")), actor=ANA)
    links = (KbLink(target=article),)
    desk.commit(
        AddNote(ticket_id=closed, note_id=NoteId(random_uid()), text="Not\nfor them"),
        SetTag(ticket_id=closed, tag="vip"),
        LinkBug(ticket_id=closed, bug_id=bug),
        CloseTicket(ticket_id=closed, category=Category.USABILITY, kb_links=links),
        DismissTicket(ticket_id=dismissed),
        actor=ANA,
    )
    key = parse_headers(a_raw("odd")).key
    desk.commit(MoveMessage(key=key, ticket_id=closed), actor=BEN)
    desk.commit(SplitMessage(key=key, ticket_id=TicketId(random_uid())), actor=BEN)
    desk.commit(AssignTicket(ticket_id=split, engineer=BEN), actor=ANA)
    desk.write(DraftSaved(ticket_uid=closed, is_note=False, text="Dear", to=(), cc=(), saved_ms=5))
    return desk


@pytest.fixture
def out(lived_in, rotadesk):
    return exported(rotadesk, lived_in.folder.parent / "out")


@pytest.fixture
def other(tmp_path, config, capsys):
    """The command line on a desk that does not exist yet."""
    return CommandLine(tmp_path / "other", config, capsys)


def exported(rotadesk, folder):
    told = rotadesk("export", folder)
    assert told.status == 0, told.err
    return folder


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def sums(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    return {name: one["sha256"] for name, one in manifest["files"].items()}


def changed(folder, name, edit):
    """Change a file of an export and its sum, as somebody would who means harm."""
    path, manifest = folder / name, folder / "manifest.json"
    path.write_bytes(edit(path.read_bytes()))
    told = json.loads(manifest.read_text())
    raw = path.read_bytes()
    told["files"][name] = {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    manifest.write_text(json.dumps(told))


def test_what_comes_out_of_a_desk_makes_the_same_desk(lived_in, rotadesk, other, tmp_path):
    one = exported(rotadesk, tmp_path / "one")

    told = other("import", "desk", one)

    assert (told.status, told.one["same"]) == (0, True)
    with Desk(tmp_path / "other") as made:
        assert set(dump(made)) ^ set(dump(lived_in)) == set()
        before = dump(made)
        made.rebuild()
        assert dump(made) == before
    two = exported(other, tmp_path / "two")
    mine = {"drafts.jsonl", "unsent.jsonl"}
    assert {k: v for k, v in sums(one).items() if k not in mine} == {
        k: v for k, v in sums(two).items() if k not in mine
    }


def test_the_practice_desk_goes_out_and_comes_back(tmp_path, config, capsys, other):
    begun = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with Desk(tmp_path / "desk") as desk:
        story.tell(desk, begun=begun, key_of=lambda raw: parse_headers(raw).key)
        here = [one for one in mails.practice_mails(begun) if not one.comes_after]
        for folder, role in (("INBOX", FolderRole.INTAKE), ("Sent", FolderRole.SENT)):
            raws = [one.raw for one in here if one.folder == folder]
            receive(desk, *raws, folder=folder, role=role)
        practice = CommandLine(desk.folder, config, capsys)
        out = exported(practice, tmp_path / "out")
        told = other("import", "desk", out)

        assert (told.status, told.one["same"]) == (0, True), told.err
        with Desk(tmp_path / "other") as made:
            assert set(dump(made)) ^ set(dump(desk)) == set()


def test_other_programs_read_the_mails(out):
    boxes = [mailbox.mbox(path) for path in sorted((out / "mail").glob("*.mbox"))]
    found = {mail["Message-ID"]: mail for box in boxes for mail in box}

    assert len(boxes[0]) == 7
    assert found["<bare@acme.example>"]["Subject"] == "Only its header is here"
    parts = found["<file@acme.example>"].get_payload()
    assert "See this,\u00e9" in parts[0].get_payload(decode=True).decode()
    assert (parts[1].get_filename(), parts[1].get_payload(decode=True)) == ("bill.pdf", b"PDF here")


def test_what_was_imported_leaves_as_it_came(out):
    raw = (out / "mail" / "2026.mbox").read_bytes()

    expected = a_raw("file2", text="Hello\r\n\r\nFrom here on\r\n").replace(b"\r\n", b"\n")
    assert expected.replace(b"\nFrom here", b"\n>From here") in raw


def test_a_plain_import_of_an_exports_mails_finds_them_all(out, lived_in, rotadesk):
    before = len(dump(lived_in))

    told = rotadesk("import", "mbox", out / "mail")

    assert (told.status, told.out) == (0, "")
    assert len(dump(lived_in)) == before


def test_a_spreadsheet_gets_no_formula(out):
    text = (out / "tickets.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))

    assert "'=cmd|' /C calc'!A0" in {row["subject"] for row in rows}
    assert {row["status"] for row in rows} == {"closed", "dismissed", "new", "open"}


def test_nobody_else_reads_an_export_and_no_secret_is_in_it(out, lived_in):
    (lived_in.folder / "team.key").write_bytes(b"SECRETSECRETSECRET")

    everything = [out, *out.rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in everything if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in everything if path.is_file()} == {0o600}
    assert not any(b"SECRETSECRET" in path.read_bytes() for path in everything if path.is_file())
    assert {path.name for path in (out / "files").rglob("*.pdf")} == {"bill.pdf"}


@pytest.mark.parametrize("what", ["a file in it", "a link", "a file"])
@pytest.mark.usefixtures("lived_in")
def test_a_name_that_is_taken_is_refused(rotadesk, tmp_path, what):
    target = tmp_path / "out"
    if what == "a link":
        target.symlink_to(tmp_path)
    elif what == "a file":
        target.touch()
    else:
        target.mkdir()
        (target / "mine").touch()
    before = sorted(tmp_path.rglob("*"))

    told = rotadesk("export", target)

    assert told.status == 4
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.usefixtures("lived_in")
def test_an_empty_folder_is_filled_even_in_a_trial(rotadesk, tmp_path):
    (tmp_path / "out").mkdir()

    told = rotadesk("--readonly", "export", tmp_path / "out")

    assert (told.status, told.one["mails"], told.one["exact"]) == (0, 7, 2)
    assert told.one["without_text"] == 1


def test_an_export_that_fails_leaves_nothing_behind(lived_in, rotadesk, tmp_path):
    (tmp_path / "there").mkdir()
    with sqlite3.connect(lived_in.path) as conn:
        conn.execute("UPDATE message SET header=x'00' WHERE subject LIKE 'Only%'")

    told = rotadesk("export", tmp_path / "there" / "out")

    assert told.status != 0
    assert list((tmp_path / "there").iterdir()) == []


def test_an_export_comes_only_into_an_empty_desk(out, other, tmp_path):
    (tmp_path / "more.eml").write_bytes(a_raw("stranger"))
    other("import", "eml", tmp_path / "more.eml")

    told = other("import", "desk", out)

    assert told.status == 4
    assert len(other("list", "is:any").objects) == 1


def test_a_run_that_was_interrupted_is_repeated(out, other):
    changed(out, "facts.jsonl", lambda raw: raw)
    other("import", "desk", out)

    told = other("import", "desk", out)

    assert (told.status, told.one["same"]) == (0, True)


def without(key):
    """Take away every decision about that key, and with it what a close needs."""

    def edit(raw):
        kept = [
            line for line in raw.splitlines(keepends=True) if f'"key":"{key}'.encode() not in line
        ]
        return b"".join(kept)

    return edit


@pytest.mark.parametrize("key", ["category", "kb:"])
def test_a_closed_ticket_that_lost_what_a_close_needs_comes_back_open(out, other, key):
    changed(out, "facts.jsonl", without(key))

    told = other("import", "desk", out)

    assert (told.status, told.one["same"]) == (0, False)
    assert [one["status"] for one in other("list", "tag:vip").objects] == ["open"]
    assert other("list", "status:closed").out == ""


def replaced(old, new):
    def edit(raw):
        assert old in raw
        return raw.replace(old, new, 1)

    return edit


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("facts.jsonl", replaced(b'"key"', b'"kee"')),
        ("facts.jsonl", replaced(b'"actor"', b'"more":1,"actor"')),
        ("facts.jsonl", replaced(b'"entity":"', b'"entity":"../')),
        ("facts.jsonl", replaced(b'"kb:', b'"kb:javascript:alert(1)//')),
        ("facts.jsonl", replaced(b'"kind":"', b'"kind":"$(id)')),
        ("facts.jsonl", replaced(b'"id":"0', b'"id":"f')),
        ("facts.jsonl", replaced(b'"value":"', b'"value":1.5,"x":"')),
        ("facts.jsonl", lambda raw: raw + b'{"id":' + b"[" * 100_000),
        ("facts.jsonl", lambda raw: raw + b"x" * 17_000_000),
        ("facts.jsonl", lambda raw: raw + b"\xff\xfe\n"),
        ("mail/mails.jsonl", replaced(b'"file":"mail/2026.mbox"', b'"file":"../desk.db"')),
        ("mail/mails.jsonl", replaced(b'"file":"mail/2026.mbox"', b'"file":"/etc/passwd"')),
        ("mail/mails.jsonl", replaced(b'"arrived_at":"', b'"arrived_at":"x')),
        ("mail/mails.jsonl", replaced(b'"id":', b'"id":-')),
        ("mail/mails.jsonl", replaced(b'"has_body":true', b'"has_body":"yes"')),
        ("mail/mails.jsonl", replaced(b'"key":"', b'"key":"zz')),
    ],
)
def test_what_no_rotadesk_writes_is_refused_before_anything_comes_in(out, other, name, edit):
    changed(out, name, edit)

    told = other("import", "desk", out)

    assert (told.status, told.out) == (2, "")
    assert told.errors[0]["message"].startswith("This export cannot be taken in: ")
    assert other("list", "is:any").out == ""


def test_a_file_that_is_not_as_it_was_written_is_refused(out, other):
    path = out / "mail" / "2026.mbox"
    path.write_bytes(path.read_bytes().replace(b"Monday", b"Sunday"))

    told = other("import", "desk", out)

    assert told.status == 2
    assert "mail/2026.mbox is not as it was written" in told.errors[0]["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 2),
        ("format", "other"),
        ("more", 1),
        ("files", {"../x": {"bytes": 0, "sha256": ""}}),
    ],
)
def test_a_manifest_of_another_kind_is_refused(out, other, name, value):
    manifest = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps(manifest | {name: value}))

    assert other("import", "desk", out).status == 2


def test_a_link_in_an_export_is_not_followed(out, other, tmp_path):
    (out / "facts.jsonl").rename(tmp_path / "facts.jsonl")
    (out / "facts.jsonl").symlink_to(tmp_path / "facts.jsonl")

    assert other("import", "desk", out).status == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"value":"closed"', b'"value":["closed"]'),
        (b'"kind":"ticket.close","value":[', b'"kind":"ticket.close","value":[["a"],'),
        (b'"key":"seen"', b'"key":"snoozed_until"'),
        (b'"value":"published"', b'"value":{"a":["b"]}'),
        (b'"value":"usability"', b'"value":9007199254740991'),
        (b'"value":"webhooks"', b'"value":[[]]'),
        (
            b'"key":"ticket","kind":"message.move","value":"',
            b'"key":"ticket","kind":"message.move","value":"x',
        ),
        (b'"parents":[', b'"parents":[1'),
    ],
)
def test_a_decision_that_says_what_none_can_is_refused(out, other, old, new):
    changed(out, "facts.jsonl", replaced(old, new))

    told = other("import", "desk", out)

    assert (told.status, "says what no decision can" in told.errors[0]["message"]) == (2, True)
    assert other("list", "is:any").out == ""


def test_the_original_takes_the_place_of_a_mail_that_was_put_together_again(out, other, tmp_path):
    other("import", "mbox", out / "mail")
    before = len(other("list", "is:any").objects)

    with Desk(tmp_path / "other") as made:
        raw = with_a_file("file", at=NOW + HOUR)
        receive(made, raw, with_body=False)
        head, gap, text = raw.partition(b"\r\n\r\n")
        with made.writing() as conn:
            box = folders.folders(conn)[0]
            body = parse_body(head + gap, text)
            bodies.compare(conn, box.id, 1, body, prove=never_ours, blobs=Blobs(made.folder))
            files = conn.exec_driver_sql("SELECT part, filename FROM attachment").fetchall()

    assert len(other("list", "is:any").objects) == before
    assert [tuple(one) for one in files] == [("2", "bill.pdf")]


def test_texts_of_an_export_are_made_safe(out, other, tmp_path):
    changed(out, "facts.jsonl", replaced(b"Not\\nfor them", b"\\u001b]0;owned\\u0007x\\u202e"))

    other("import", "desk", out)

    with Desk(tmp_path / "other") as made, made.writing() as conn:
        (body,) = conn.exec_driver_sql("SELECT body FROM note").fetchone()
    assert body.isprintable()


def test_an_export_that_the_disk_does_not_take_leaves_nothing_behind(tmp_path):
    with pytest.raises(OSError, match="full"):
        fill_the_disk(tmp_path / "export")

    assert list(tmp_path.iterdir()) == []


def fill_the_disk(folder):
    with OutFolder(folder) as out:
        begun = out.file("mail/2026.mbox")
        begun.write(b"x")
        os.close(begun.file.fileno())  # what waits in its buffer cannot be written
        raise OSError("full")
