"""Mail out of files, without a server."""

import gzip
import os

import pytest

from storage.changes.desk import SetDesk
from storage.db.locks import RoleLock
from storage.mail.parse import parse_mail
from tests.cli import CommandLine
from tests.factories import ANA, NOW, a_mail, receive

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


def test_bytes_that_are_no_mail_are_refused_in_words(rotadesk, box):
    (box / "noise.eml").write_bytes(os.urandom(4000))
    (box / "notes.mbox").write_text("Dear diary")

    told = [
        rotadesk("import", "eml", box / "noise.eml"),
        rotadesk("import", "mbox", box / "notes.mbox"),
    ]

    assert [one.status for one in told] == [2, 2]
    assert "is no mail" in told[0].errors[0]["message"]
    assert "is no mbox" in told[1].errors[0]["message"]
    assert rotadesk("list", "is:any").out == ""


def test_a_damaged_mail_is_kept_and_says_what_is_wrong_with_it(rotadesk, box):
    (box / "odd.eml").write_bytes(b"From: zoe@acme.example\nDate: never\n\n\xff\xfe broken")

    told = rotadesk("import", "eml", box / "odd.eml")

    assert told.status == 0
    assert rotadesk("show", told.one["id"]).one["conversation"][0]["defects"]


def an_mbox(folder, *mails, name="old.mbox"):
    path = folder / name
    marked = [f"From x@y Mon Jan  5 10:00:00 2015\n{mail}\n" for mail in mails]
    path.write_text("".join(marked))
    return path


def a_letter(
    name="first",
    subject="Login loops",
    *,
    sender="Zoe <zoe@acme.example>",
    more="",
    to="support@desk.example",
    hour=10,
):
    text = EML.format(name=name, subject=subject, more=more and more + "\n")
    text = text.replace("Zoe <zoe@acme.example>", sender).replace(
        "To: support@desk.example", f"To: {to}"
    )
    return text.replace("10:00:00", f"{hour}:00:00")


def an_answer(name="answer", sender="Support <support@desk.example>"):
    more = "In-Reply-To: <first@acme.example>"
    return a_letter(
        name, "Re: Login loops", sender=sender, to="zoe@acme.example", more=more, hour=11
    )


@pytest.mark.parametrize("name", ["Sent", "Sent.mbox.gz", "Gesendet.mbox", ".Sent/cur/1.host:2,S"])
def test_what_lay_in_sent_is_our_answer(rotadesk, box, name):
    path = box / name
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = "eml" if "cur" in name else "mbox"
    raw = (an_answer() if kind == "eml" else an_mbox(box, an_answer()).read_text()).encode()
    path.write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    rotadesk("import", "eml", an_eml(box))

    told = rotadesk("import", kind, path)

    assert (told.status, told.one["messages"]) == (0, 2)
    assert told.one["first_response_at"] == "2015-01-05T11:00:00.000Z"
    assert told.one["due_at"] is None


def test_a_stranger_who_writes_in_our_name_is_no_answer_of_ours(rotadesk, box):
    told = rotadesk("import", "mbox", an_mbox(box, a_letter(), an_answer()))

    assert told.one["first_response_at"] is None


def test_in_a_file_that_holds_both_only_what_came_from_us_is_ours(rotadesk, box):
    told = rotadesk("import", "mbox", "--sent", an_mbox(box, a_letter(), an_answer()))

    assert (told.one["requester"]["email"], told.one["messages"]) == ("zoe@acme.example", 2)
    assert told.one["first_response_at"] == "2015-01-05T11:00:00.000Z"


def test_other_words_under_the_same_headers_are_another_mail(rotadesk, box):
    other = a_letter().replace("since Monday", "since Tuesday")

    rotadesk("import", "mbox", an_mbox(box, a_letter()))
    told = rotadesk("import", "mbox", an_mbox(box, a_letter(), other))
    again = rotadesk("import", "mbox", an_mbox(box, a_letter(), other))

    assert told.one["messages"] == 2
    assert again.out == ""


def test_old_mail_does_not_wake_what_was_decided(rotadesk, box):
    uid = rotadesk("import", "eml", an_eml(box)).one["id"]
    rotadesk("dismiss", uid)
    more = "References: <first@acme.example>"

    told = rotadesk("import", "mbox", an_mbox(box, a_letter("later", "Re: it", more=more, hour=12)))

    assert (told.one["messages"], told.one["status"]) == (2, "dismissed")


def test_mail_that_is_younger_than_the_decision_wakes_it(rotadesk, box):
    uid = rotadesk("import", "eml", an_eml(box)).one["id"]
    rotadesk("dismiss", uid)
    late = a_letter("later", "Re: it", more="References: <first@acme.example>")

    told = rotadesk("import", "mbox", an_mbox(box, late.replace("5 Jan 2015", "5 Jan 2099")))

    assert told.one["status"] == "open"
    assert told.one["last_activity_at"] < "2099"


def test_history_ends_whole_however_many_batches_its_threads_span(rotadesk, box):
    letters = [a_letter(), an_answer()]
    for number in range(250):
        more = "References: <first@acme.example>" if number % 2 else ""
        letters.append(a_letter(f"n{number}", f"s{number}", more=more))

    told = rotadesk("import", "mbox", "--sent", "--dismissed", an_mbox(box, *letters))

    assert told.status == 0
    assert {one["status"] for one in told.objects} == {"dismissed"}
    assert max(one["messages"] for one in told.objects) == 127
    assert rotadesk("list").out == ""


def test_history_leaves_alone_what_somebody_worked_on(rotadesk, box):
    uid = rotadesk("import", "eml", an_eml(box)).one["id"]
    rotadesk("take", uid)

    rotadesk("import", "eml", an_eml(box), "--dismissed")

    assert rotadesk("list").one["id"] == uid


def test_an_older_mail_does_not_make_a_ticket_late(rotadesk, desk, box):
    mail = a_mail(
        subject="Again", message_id="second@acme.example", answers=("first@acme.example",)
    )
    receive(desk, mail)

    told = rotadesk("import", "eml", an_eml(box))

    assert (told.one["messages"], told.one["created_at"][:4]) == (2, "2015")
    assert told.one["due_at"] > NOW.isoformat()


def test_a_trial_counts_and_takes_nothing_in(rotadesk, box):
    path = an_mbox(box, a_letter(), a_letter(), a_letter("second"))

    told = rotadesk("--readonly", "import", "mbox", "--dry-run", path)

    assert told.one == {"mails": 3, "new": 2, "passed": 0, "refused": 0}
    assert rotadesk("list", "is:any").out == ""


def test_a_file_made_to_explode_is_refused(rotadesk, box):
    with gzip.open(box / "bomb.mbox.gz", "wb") as file:
        file.write(f"From x@y Mon Jan  5 10:00:00 2015\n{a_letter()}\n".encode())
        for _ in range(150):
            file.write(b"\0" * 1_000_000)

    told = rotadesk("import", "mbox", box / "bomb.mbox.gz")

    assert told.status == 2
    assert "beyond all measure" in told.errors[0]["message"]


def test_a_sync_finds_what_was_imported_and_adds_only_places(rotadesk, desk, box):
    rotadesk("import", "eml", an_eml(box))
    raw = (box / "first.eml").read_bytes().replace(b"\n", b"\r\n")

    receive(desk, parse_mail(raw))

    assert rotadesk("list", "is:any").one["messages"] == 1


def test_the_text_of_a_mail_that_the_server_has_not_given_yet_comes_with_the_import(
    rotadesk, desk, box
):
    raw = an_eml(box).read_bytes().replace(b"\n", b"\r\n")
    receive(desk, parse_mail(raw), with_body=False)

    told = rotadesk("import", "eml", box / "first.eml")

    assert told.one["messages"] == 1
    assert "since Monday" in rotadesk("show", told.one["id"]).one["conversation"][0]["text"]


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


def of_gmail(labels, letter):
    return f"X-GM-THRID: 1499\nX-Gmail-Labels: {labels}\n{letter}"


def takeout(box):
    """Write a shared Gmail as Takeout gives it."""
    return an_mbox(
        box,
        of_gmail('Inbox,Important,"Support/Billing, EU",Vip', a_letter()),
        of_gmail("=?UTF-8?Q?Gesendet,Ge=C3=B6ffnet?=", an_answer()),
        of_gmail("Archived,Category Updates,Opened", a_letter("done", "Done long ago")),
        of_gmail("Spam", a_letter("spam", "Buy")),
        of_gmail("Trash,Vip", a_letter("trash", "Thrown away")),
        of_gmail("Drafts", an_answer("draft", "Support <support@desk.example>")),
    )


def test_a_shared_gmail_comes_in_with_its_labels_and_without_its_spam(rotadesk, box):
    told = rotadesk("import", "mbox", takeout(box))

    found = {one["subject"]: one for one in told.objects}
    assert set(found) == {"Login loops", "Done long ago"}
    assert sorted(found["Login loops"]["tags"]) == ["support/billing,-eu", "vip"]
    assert found["Login loops"]["messages"] == 2
    assert found["Login loops"]["first_response_at"] == "2015-01-05T11:00:00.000Z"
    assert found["Done long ago"]["tags"] == []


def test_of_a_shared_gmail_what_was_archived_may_be_history(rotadesk, box):
    told = rotadesk("import", "mbox", "--open", "inbox", takeout(box))
    again = rotadesk("import", "mbox", "--open", "Posteingang", takeout(box))

    statuses = {one["subject"]: one["status"] for one in told.objects}
    assert statuses == {"Login loops": "open", "Done long ago": "dismissed"}
    assert again.out == ""


def test_labels_that_a_sender_claims_count_for_nothing(rotadesk, box):
    claimed = a_letter(more="X-GM-THRID: 1\nX-Gmail-Labels: Trash,Sent,vip")

    told = rotadesk("import", "mbox", an_mbox(box, claimed))

    assert (told.one["tags"], told.one["status"]) == ([], "open")


def test_what_google_wrote_above_a_mail_is_no_part_of_it(rotadesk, box):
    rotadesk("import", "mbox", takeout(box))

    assert rotadesk("import", "mbox", an_mbox(box, a_letter())).out == ""


def a_file(box, name):
    """Write one mail as a program keeps it there; its subject is the file's name."""
    path = box / name
    path.parent.mkdir(parents=True, exist_ok=True)
    number = sum(1 for one in box.rglob("*") if one.is_file())
    letter = a_letter(f"n{number}", subject=name)
    is_one = path.suffix == ".eml" or path.parent.name in {"cur", "new"}
    path.write_text(letter if is_one else f"From x@y Mon Jan  5 10:00:00 2015\n{letter}\n")


THUNDERBIRD = (
    ["INBOX", "INBOX.sbd/Customers", "Spam reports", "Bins.mbox"],
    ["Trash", "Trash.sbd/Old", "INBOX.sbd/Junk", "[Gmail].sbd/Drafts", "Entwürfe", "Templates"],
)
APPLE = (
    ["INBOX.mbox/mbox", "Trashed ideas.mbox/mbox"],
    ["Deleted Messages.mbox/mbox", "Junk.mbox/mbox", "Corbeille.mbox/mbox"],
)
MAILDIR = (
    ["cur/1.host:2,", "cur/2.host:2,S", "new/3.host", ".Customers/cur/4.host:2,RSFP"],
    [
        *("cur/5.host:2,ST", "cur/6.host;2,D", ".Trash/cur/7.host:2,S", ".INBOX.Spam/new/8.host"),
        *(".Papierkorb.2019/cur/9.host:2,S", "Lixeira/cur/10.host:2,S"),
    ],
)
FOLDERS = (["a.eml", "Trash talk/b.eml", "Draft.eml"], ["Trash/c.eml", "x/Борзые/Черновики/d.eml"])


@pytest.mark.parametrize(
    ("kind", "wanted", "unwanted"),
    [("mbox", *THUNDERBIRD), ("mbox", *APPLE), ("eml", *MAILDIR), ("eml", *FOLDERS)],
)
def test_what_nobody_wanted_in_a_folder_is_passed_over(rotadesk, box, kind, wanted, unwanted):
    for name in (*wanted, *unwanted):
        a_file(box, name)

    told = rotadesk("import", kind, "--dry-run", box)
    taken = rotadesk("import", kind, box)
    all_of_it = rotadesk("import", kind, "--everything", box)

    assert (told.one["mails"], told.one["passed"]) == (len(wanted), len(unwanted))
    assert sorted(one["subject"] for one in taken.objects) == sorted(wanted)
    assert sorted(one["subject"] for one in all_of_it.objects) == sorted(unwanted)


def test_the_summary_says_where_what_was_passed_over_lies(rotadesk, box):
    for name in ("Trash/a.eml", "Trash/b.eml", "Junk E-Mail/c.eml", "d.eml"):
        a_file(box, name)

    told = rotadesk.people("import", "eml", box)

    assert "Passed over: 1 in Spam, 2 in Trash; --everything takes them." in told.err


def test_a_folder_that_is_asked_for_by_name_is_wanted(rotadesk, box):
    a_file(box, "Trash/a.eml")
    a_file(box, "Drafts")

    told = [rotadesk("import", "eml", box / "Trash"), rotadesk("import", "mbox", box / "Drafts")]

    assert [one.one["subject"] for one in told] == ["Trash/a.eml", "Drafts"]


@pytest.mark.parametrize(
    ("above", "passed"),
    [
        ("X-Mozilla-Status: 0009\nX-Mozilla-Status2: 00000000\n", 1),
        ("X-Account-Key: account1\nX-UIDL: 7\nX-Mozilla-Status: 0008\n", 1),
        ("X-Mozilla-Status: 0001\n", 0),
        ("X-Mozilla-Status: 0001\nX-Mozilla-Status: 0008\n", 0),
        ("Received: by mx.desk.example\nX-Mozilla-Status: 0008\n", 0),
    ],
)
def test_what_thunderbird_deleted_and_still_holds_is_passed_over(rotadesk, box, above, passed):
    path = an_mbox(box, above + a_letter())

    told = rotadesk("import", "mbox", "--dry-run", path)

    assert (told.one["mails"], told.one["passed"]) == (1 - passed, passed)


def test_noise_in_trash_is_no_fault(rotadesk, box):
    (box / "Trash").mkdir()
    (box / "Trash" / "noise.eml").write_bytes(b"\0\1\2")
    a_file(box, "a.eml")

    assert rotadesk("import", "eml", box).status == 0


def test_files_of_one_mail_in_a_folder_named_sent_are_our_answers(rotadesk, box):
    (box / "Sent Items").mkdir()
    (box / "Sent Items" / "answer.eml").write_text(an_answer())
    an_eml(box)

    told = rotadesk("import", "eml", box)

    assert told.one["first_response_at"] == "2015-01-05T11:00:00.000Z"
