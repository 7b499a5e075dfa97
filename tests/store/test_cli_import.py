"""Mail out of files, without a server."""

import os

import pytest

from storage.changes.desk import SetDesk
from storage.db.locks import RoleLock
from tests.cli import CommandLine
from tests.factories import ANA

EML = """From: Zoe <zoe@acme.example>
To: support@desk.example
Subject: {subject}
Date: Mon, 5 Jan 2015 10:00:00 +0000
Message-ID: <{name}@acme.example>
{more}
It is broken since Monday. \u00e9
"""


def an_eml(folder, name="first", subject="Login loops", more=""):
    path = folder / f"{name}.eml"
    path.write_text(EML.format(name=name, subject=subject, more=more and more + "\n"))
    return path


@pytest.fixture
def box(tmp_path):
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


def test_a_mail_becomes_a_ticket_that_is_open_and_not_late(rotadesk, box):
    told = rotadesk("import", "eml", an_eml(box))

    assert (told.status, told.one["subject"], told.one["status"]) == (0, "Login loops", "open")
    assert told.one["created_at"] == "2015-01-05T10:00:00.000Z"
    assert told.one["breached"] is False
    assert told.one["messages"] == 1
    assert (
        rotadesk("show", told.one["id"]).one["conversation"][0]["text"].startswith("It is broken")
    )


def test_a_mail_from_before_the_desk_is_open_all_the_same(rotadesk, desk, box):
    desk.commit(SetDesk(key="since", value="2026-01-01"), actor=ANA)

    assert rotadesk("import", "eml", an_eml(box)).one["status"] == "open"


def test_a_second_import_of_the_same_mail_changes_nothing(rotadesk, box):
    rotadesk("import", "eml", an_eml(box))

    told = rotadesk("import", "eml", an_eml(box))

    assert (told.status, told.out) == (0, "")
    assert len(rotadesk("list", "is:any").objects) == 1


def test_a_folder_comes_in_with_its_threads_and_as_history(rotadesk, box):
    an_eml(box)
    an_eml(box, "second", "Re: Login loops", "In-Reply-To: <first@acme.example>")
    (box / "below").mkdir()
    an_eml(box / "below", "third", "Other")
    (box / "notes.txt").write_text("no mail")

    told = rotadesk("import", "eml", box, "--dismissed")

    assert sorted((one["subject"], one["messages"], one["status"]) for one in told.objects) == [
        ("Login loops", 2, "dismissed"),
        ("Other", 1, "dismissed"),
    ]
    assert rotadesk("list").out == ""


def test_an_mbox_comes_in(rotadesk, box):
    first, second = an_eml(box), an_eml(box, "second", "Other")
    whole = "".join(
        f"From zoe@acme.example Mon Jan  5 10:00:00 2015\n{path.read_text()}\n"
        for path in (first, second)
    )
    (box / "old.mbox").write_text(whole)

    told = rotadesk("import", "mbox", box / "old.mbox")

    assert sorted(one["subject"] for one in told.objects) == ["Login loops", "Other"]


def test_an_import_makes_the_desk_and_gives_it_its_address(config, tmp_path, box, capsys):
    rotadesk = CommandLine(tmp_path / "new", config, capsys)

    assert rotadesk("import", "eml", an_eml(box)).status == 0
    assert rotadesk("team", "show").one["address"] == "support@desk.example"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "desk.db").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_read_is_told_and_the_rest_comes_in(rotadesk, box):
    good, missing = an_eml(box), box / "missing.eml"

    told = rotadesk("import", "eml", missing, good)

    assert (told.status, [one["subject"] for one in told.objects]) == (3, ["Login loops"])
    assert told.errors[0]["thing"] == os.fspath(missing)


def test_bytes_that_are_no_mail_become_a_ticket_that_says_so(rotadesk, box):
    (box / "noise.eml").write_bytes(os.urandom(4000))

    told = rotadesk("import", "eml", box / "noise.eml")

    assert told.status == 0
    assert rotadesk("show", told.one["id"]).one["conversation"][0]["defects"]


@pytest.mark.parametrize("name", ["console.lock", "sync.lock"])
def test_a_desk_that_somebody_holds_is_left_alone(rotadesk, desk, box, name):
    lock = RoleLock(desk.folder, name)
    lock.take()

    told = rotadesk("import", "eml", an_eml(box))
    lock.release()

    assert (told.status, told.out) == (6, "")
    assert rotadesk("list", "is:any").out == ""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("import",), 2),
        (("import", "eml"), 2),
        (("import", "eml", "/nowhere/at/all"), 3),
        (("import", "mbox", "/nowhere/at/all"), 3),
        (("--readonly", "import", "eml", "/nowhere/at/all"), 4),
    ],
)
def test_bad_input_takes_nothing_in(rotadesk, arguments, status):
    told = rotadesk(*arguments)

    assert (told.status, told.out, len(told.errors)) == (status, "", 1)
