"""`rotadesk mail parse`, as scripts use it."""

import io
import json
import sys
from types import SimpleNamespace

import pytest

from console.cli.main import run

RAW = (
    b"From: Ana Ruiz <ana@example.com>\nTo: Support <support@desk.example>, b@desk.example\n"
    b"Subject: =?utf-8?q?caf=C3=A9?=\nDate: Mon, 3 Mar 2025 10:12:00 +0100\n"
    b"Message-ID: <a@b.example>\nContent-Type: multipart/mixed; boundary=xx\n\n"
    b"--xx\nContent-Type: text/plain; charset=utf-8\n\nIt fails.\x1b[2J\n"
    b"--xx\nContent-Type: application/pdf; name=a.pdf\n\nabcd\n--xx--\n"
)


@pytest.fixture
def eml(tmp_path):
    path = tmp_path / "one.eml"
    path.write_bytes(RAW)
    return path


def test_a_mail_is_one_line_of_json(eml, capsys):
    status = run(["mail", "parse", "--json", str(eml)])

    assert status == 0
    assert json.loads(capsys.readouterr().out) == {
        "file": str(eml),
        "from": "ana@example.com",
        "from_name": "Ana Ruiz",
        "to": ["support@desk.example", "b@desk.example"],
        "cc": [],
        "subject": "café",
        "date": "2025-03-03T09:12:00Z",
        "message_id": "a@b.example",
        "text": "It fails.",
        "attachments": [{"filename": "a.pdf", "mime": "application/pdf", "size": 4}],
        "auto": False,
        "defects": [],
    }


def test_what_is_absent_is_null(tmp_path, capsys):
    path = tmp_path / "empty.eml"
    path.write_bytes(b"")

    run(["mail", "parse", "--json", str(path)])

    row = json.loads(capsys.readouterr().out)
    assert (row["from"], row["from_name"], row["date"], row["message_id"]) == (None,) * 4


def test_only_an_unreadable_file_has_an_error_and_the_run_goes_on(eml, tmp_path, capsys):
    missing = str(tmp_path / "none.eml")

    status = run(["mail", "parse", "--json", missing, str(eml)])

    told = capsys.readouterr()
    first, second = map(json.loads, told.out.splitlines())
    assert status == 3
    assert (first["file"], first["error"]) == (missing, "not_found")
    assert "error" not in second
    assert json.loads(told.err)["error"] == "not_found"


def test_a_dash_reads_paths_and_answers_each_before_the_next(eml, capsys, monkeypatch):
    answered = []

    class Paths(io.BytesIO):
        def readline(self, *args):
            answered.append(capsys.readouterr().out.count("\n"))
            return super().readline(*args)

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Paths(f"{eml}\n{eml}\n".encode())))

    run(["mail", "parse", "--json", "-"])

    assert answered == [0, 1, 1]


def test_people_get_text_without_anything_a_terminal_obeys(eml, capsys):
    run(["mail", "parse", str(eml)])

    said = capsys.readouterr().out
    assert "From:    Ana Ruiz <ana@example.com>" in said
    assert "Attached: a.pdf (application/pdf, 4 bytes)" in said
    assert "It fails.\n" in said
    assert "\x1b" not in said


def test_without_a_file_the_usage_is_told(capsys):
    assert run(["mail", "parse"]) == 2
    assert "mail parse --help" in capsys.readouterr().err
