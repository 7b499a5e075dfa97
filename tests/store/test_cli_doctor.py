"""What doctor finds, and the read model folded again."""

import json
from dataclasses import replace

import pytest

from storage.db.blobs import Blobs
from storage.db.locks import RoleLock
from storage.intake import folders
from storage.records.local import EngineSaid
from storage.records.mail import MailPart
from storage.rules import skipping
from tests.cli import CommandLine
from tests.factories import a_mail, an_article, receive

READ_MODEL = ("ticket", "ticket_link", "note", "bug", "feature", "article", "setting", "alias")


def states(told):
    return {check["name"]: check["state"] for check in told.one["checks"]}


def rows(desk):
    with desk.writing() as conn:
        return {
            table: sorted(
                str({name: value for name, value in row._mapping.items() if name != "id"})
                for row in conn.exec_driver_sql(f"SELECT * FROM {table}")
            )
            for table in READ_MODEL
        }


def test_a_desk_in_good_health_passes(rotadesk, desk):
    receive(desk, a_mail())

    told = rotadesk("doctor", "--offline")

    assert (told.status, told.one["ok"]) == (0, True)
    assert list(told.one) == ["ok", "checks", "provider", "folders", "skipped", "engine"]
    assert set(states(told)) >= {"installation", "config", "versions", "desk", "gate", "engine"}
    assert told.one["folders"] == [
        {
            "name": "INBOX",
            "role": "intake",
            "server": 0,
            "imported": 1,
            "skipped": 0,
            "skipped_why": [],
        }
    ]


def test_each_skipped_mail_is_explained_with_what_to_do(rotadesk, desk):
    receive(desk, a_mail())
    with desk.writing() as conn:
        for uid in range(1, 24):
            folders.skip(conn, 1, uid, f"{skipping.REFUSED}: it does not say why")
        folders.skip(conn, 1, 24, f"{skipping.OUR_FAULT} (KeyError, 1.0).")

    people, told = rotadesk.people("doctor", "--offline").out, rotadesk("doctor", "--offline").one

    assert "INBOX, UID 1: The server does not give its headers: it does not say why" in people
    assert "Open it with another mail program." in people
    assert "4 more: rotadesk doctor --json lists them all." in people
    assert [one["uid"] for one in told["skipped"]] == list(range(1, 25))
    assert told["skipped"][23] == {
        "folder": "INBOX",
        "uid": 24,
        "why": "It could not be taken in, a fault of ours (KeyError, 1.0).",
        "advice": skipping.what_to_do(skipping.OUR_FAULT),
    }


def test_what_only_a_person_can_say_about_the_mailbox_is_asked(rotadesk, desk):
    status = {"state": "idle", "junk": 14, "question": "Which folder is for sent mail? Say it."}
    desk.write(EngineSaid(status=json.dumps(status)))

    checks = {one["name"]: one for one in rotadesk("doctor", "--offline").one["checks"]}

    assert checks["folders"]["message"] == "Which folder is for sent mail? Say it."
    assert checks["folders"]["state"] == "warning"
    assert checks["junk"]["message"].startswith("14 mails, not read here.")


def test_a_server_that_does_not_answer_is_status_5(rotadesk, config, monkeypatch):
    monkeypatch.setenv("NO_PASSWORD_IS_NEEDED_HERE", "secret")
    text = config.read_text().replace(
        '"imap.desk.example"', '"localhost"\nport = 1\nsecurity = "none"'
    )
    config.write_text(
        text.replace('"smtp.desk.example"', '"localhost"\nport = 1\nsecurity = "none"')
    )

    told = rotadesk("doctor")

    assert (told.status, told.one["ok"]) == (5, False)
    assert (states(told)["imap"], states(told)["smtp"]) == ("failed", "failed")


def test_a_password_that_cannot_be_had_is_status_2(rotadesk):
    told = rotadesk("doctor")

    assert (told.status, states(told)["password"]) == (2, "failed")


def test_a_configuration_with_a_mistake_is_told_and_the_rest_is_checked(rotadesk, config):
    config.write_text(config.read_text().replace("[me]", "[mee]"))

    told = rotadesk("doctor")

    assert told.status == 2
    assert (states(told)["config"], states(told)["desk"]) == ("failed", "ok")


def test_a_damaged_desk_is_status_6(config, tmp_path, capsys):
    (tmp_path / "desk.db").write_bytes(b"no database at all" * 100)

    told = CommandLine(tmp_path, config, capsys)("doctor", "--offline")

    assert (told.status, states(told)["desk"]) == (6, "failed")


def test_a_rebuild_folds_to_identical_rows(rotadesk, desk):
    uid, other = receive(desk, a_mail()), receive(desk, a_mail(subject="Other"))
    rotadesk("close", uid, "--category", "abuse", "--link", an_article(desk))
    rotadesk("note", other, "--text", "Seen.")
    rotadesk("bug", "new", "--title", "Slow", "--ticket", other)
    rotadesk("tag", other, "vip")
    before = rows(desk)

    told = rotadesk("doctor", "--rebuild", "--offline")

    assert told.status == 0
    assert rows(desk) == before


@pytest.mark.parametrize("name", ["console.lock", "sync.lock"])
def test_a_rebuild_needs_the_desk_alone(rotadesk, desk, name):
    lock = RoleLock(desk.folder, name)
    lock.take()

    told = rotadesk("doctor", "--rebuild", "--offline")
    lock.release()

    assert (told.status, told.errors[0]["error"]) == (6, "desk_unavailable")


def test_a_desk_that_others_can_read_is_mended_and_said(rotadesk, desk):
    desk.path.chmod(0o644)
    desk.folder.chmod(0o755)

    assert states(rotadesk("doctor", "--offline"))["privacy"] == "warning"
    said = rotadesk.people("list").err

    assert "its mode is 0600 now" in said
    assert "its mode is 0700 now" in said
    assert desk.path.stat().st_mode & 0o777 == 0o600


def test_people_read_a_line_for_each_check(rotadesk):
    told = rotadesk.people("doctor", "--offline")

    assert told.out.splitlines()[0].startswith("ok    installation")


def test_files_that_are_missing_and_left_over_are_counted(rotadesk, desk):
    mail = a_mail()
    part = MailPart(part="2", filename="a.log", mime="text/plain", size=5, content=b"lines")
    receive(desk, replace(mail, body=replace(mail.body, parts=(part,))))
    blobs = Blobs(desk.folder)
    blobs.put(b"nobody's")
    (needed,) = [one.sha256 for one in blobs.every() if one.size == 5]

    assert _files(rotadesk)["state"] == "ok"
    assert "1 belong to no mail" in _files(rotadesk)["message"]

    blobs.remove(needed)

    assert _files(rotadesk)["state"] == "warning"
    assert "1 that mails need are missing" in _files(rotadesk)["message"]

    with desk.writing() as conn:
        conn.exec_driver_sql("UPDATE attachment SET kept=0")

    assert _files(rotadesk)["state"] == "ok"
    assert "1 more were put away" in _files(rotadesk)["message"]


def _files(rotadesk):
    checks = rotadesk("doctor", "--offline").one["checks"]
    return next(one for one in checks if one["name"] == "files")
