"""Names and links that strangers chose: nothing is written, read, run or opened but what was meant."""

import os
import sys
from pathlib import Path

import pytest
from hostile.desks import CONFIG, a_plain_desk
from hostile.terminal import ROTADESK, Terminal, environment, run

from console import opening_files
from storage.db.blobs import Blobs
from storage.errors import DeskError
from storage.records.ticket import AttachmentRow
from storage.store import Desk
from tests.factories import an_article

NAMES = (
    "../../.ssh/authorized_keys", "/etc/passwd", "C:\\Windows\\x", "..\\..\\x", "1234/../../1234.txt",
    "php://foo", "a\nb.pdf", "x\x00.pdf", ".bashrc", "", ".", "..", "x" * 300, "é" * 300 + ".pdf",
    "CON", "aux.txt", "a.", "a:stream", "-rf", "invoice\u202egpj.exe", "~root", "$(touch pwned)",
)  # fmt: skip
LINKS = (
    "--flag", "%action--x", "javascript:alert(1)", "data:text/html,x",
    "file:///etc/passwd", "ssh://host", "vscode://x", "\\\\host\\share", "smb://evil/x", "../../x",
    "http://", "https://-flag", "http://a/\x1b]0;x", "mailto:-oX@b.example", "http://a b/",
)  # fmt: skip
EVIL = "open({!r}, 'a').write(__name__ + '\\n')\n"


@pytest.fixture
def attachment(tmp_path):
    digest = Blobs(tmp_path / "desk").put(b"content")
    return lambda name: AttachmentRow(id=1, filename=name, mime="text/plain", size=7, sha256=digest)


@pytest.mark.parametrize("name", NAMES)
def test_f1_an_attachment_is_saved_in_the_chosen_folder_and_nowhere_else(
    tmp_path, attachment, name
):
    chosen = tmp_path / "deep" / "down" / "chosen"
    before = {one for one in tmp_path.rglob("*") if one.is_file()}

    saved = opening_files.saved(chosen, attachment(name), tmp_path / "desk")

    assert {one for one in tmp_path.rglob("*") if one.is_file()} - before == {saved}
    assert saved.parent == chosen
    assert saved.name[0] not in ".-~"
    assert len(os.fsencode(saved.name)) <= 200
    assert saved.stat().st_mode & 0o777 == 0o600
    assert saved.read_bytes() == b"content"


def test_f2_f3_what_lies_there_is_neither_replaced_nor_followed(tmp_path, attachment):
    chosen, victim = tmp_path / "chosen", tmp_path / "victim"
    chosen.mkdir()
    victim.write_text("mine")
    (chosen / "a.txt").symlink_to(victim)
    (chosen / "a (1).txt").symlink_to(tmp_path / "not there yet")

    saved = [opening_files.saved(chosen, attachment("a.txt"), tmp_path / "desk") for _ in range(2)]

    assert [one.name for one in saved] == ["a (2).txt", "a (3).txt"]
    assert victim.read_text() == "mine"
    assert not (tmp_path / "not there yet").exists()


@pytest.mark.parametrize("url", LINKS)
def test_u1_u2_only_a_web_link_ever_reaches_a_browser(tmp_path, monkeypatch, url):
    told = tmp_path / "told"
    script = tmp_path / "xdg-open"
    script.write_text(f'#!/bin/sh\necho "$@" > "{told}"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")

    with pytest.raises(DeskError, match="not opened"):
        opening_files.open_link(url)

    assert opening_files.links(f"see {url} now") in ([], [url.split()[0]])
    assert not told.exists()


def test_m6_articles_are_exported_into_the_folder_whatever_their_titles(tmp_path, config):
    titles = ["../../x", "/etc/passwd", ".bashrc", "a\nb", "x" * 250, "..", "-rf", "$(touch pwned)"]
    with Desk(a_plain_desk(tmp_path / "desk")) as desk:
        for title in titles:
            an_article(desk, title=title)
    here = ("--config", config, "--desk", tmp_path / "desk")

    told = run(*here, "kb", "export", tmp_path / "out", cwd=tmp_path)

    written = list((tmp_path / "out").iterdir())
    assert told.returncode == 0
    assert len(written) == len(titles)
    assert {one.suffix for one in written} == {".md"}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["config.toml", "desk", "out"]


def test_an_export_follows_no_link_that_lies_in_its_folder(tmp_path, config):
    with Desk(a_plain_desk(tmp_path / "desk")) as desk:
        an_article(desk)
    export = ("--config", config, "--desk", tmp_path / "desk", "kb", "export", tmp_path / "out")
    run(*export)
    (written,) = (tmp_path / "out").iterdir()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    written.unlink()
    written.symlink_to(victim)

    told = run(*export)

    assert told.returncode == 2
    assert b"cannot be written" in told.stderr
    assert victim.read_text() == "mine"


def test_odd_files_are_left_out_of_an_import_one_sentence_each(tmp_path, config):
    a_plain_desk(tmp_path / "desk")
    odd, secret = tmp_path / "odd", tmp_path / "secret.md"
    secret.write_text("secret")
    odd.mkdir()
    os.mkfifo(odd / "fifo.md")
    (odd / "loop.md").symlink_to(odd / "loop.md")
    (odd / "outside.md").symlink_to(secret)
    (odd / "folder.md").mkdir()
    (odd / "bytes.md").write_bytes(bytes(range(256)))
    (odd / "large.md").write_text("x" * 2_500_000)
    (odd / "id.md").write_text("---\nid: ../../x\n---\nwords")
    (odd / "good.md").write_text("# Good\n\nwords")

    told = run("--config", config, "--desk", tmp_path / "desk", "kb", "import", odd)

    assert told.returncode == 2
    assert b"Good" in told.stdout
    assert len(told.stdout.splitlines()) == 2
    assert len(told.stderr.splitlines()) == 4, told.stderr
    assert b"Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("editor", "status", "said"),
    [
        ("/not/there x", 2, "could not be run"),
        ("false", 2, "ended with status 1; nothing was changed"),
        ("true", 2, "The note is empty"),
        ("'", 2, "is no command"),
        ("true; touch pwned", 2, "could not be run"),
        ("{folder}/my\\ editor 'two words'", 0, "one"),
    ],
)
def test_u9_an_editor_is_run_without_a_shell(tmp_path, config, editor, status, said):
    a_plain_desk(tmp_path / "desk", "one")
    here = ("--config", str(config), "--desk", str(tmp_path / "desk"))
    script = tmp_path / "my editor"
    script.write_text('#!/bin/sh\necho "$1" > "$2"\n')
    script.chmod(0o755)
    handle = run(*here, "list").stdout.splitlines()[1].split()[0].decode()

    argv = (*ROTADESK, *here, "note", handle)
    environ = {"EDITOR": editor.format(folder=tmp_path)}
    with Terminal(*argv, cwd=tmp_path, environ=environ, columns=200) as terminal:
        assert terminal.status() == status, terminal.text
        assert said in terminal.text

    assert not (tmp_path / "pwned").exists()
    if not status:
        assert b"two words" in run(*here, "show", handle).stdout


def test_nothing_in_the_working_directory_is_imported_by_console_or_engine(tmp_path):
    evil, told = tmp_path / "evil", tmp_path / "told"
    for name in ("storage", "console", "widgets", "themes", "textual", "click", "imapclient"):
        (evil / name).mkdir(parents=True)
        (evil / name / "__init__.py").write_text(EVIL.format(str(told)))
    for name in ("sitecustomize", "usercustomize", "tomllib", "json", "sqlite3", "keyring"):
        (evil / f"{name}.py").write_text(EVIL.format(str(told)))
    a_plain_desk(tmp_path / "desk", "one")
    config = tmp_path / "config.toml"
    config.write_text(CONFIG + ACCOUNT)
    rotadesk = str(Path(sys.executable).with_name("rotadesk"))
    argv = (rotadesk, "--config", str(config), "--desk", str(tmp_path / "desk"))

    with Terminal(*argv, cwd=evil, environ=environment(PW="x")) as terminal:
        terminal.wait_for("Cannot reach localhost:1")

    assert not told.exists()


ACCOUNT = """
[account]
address = "support@desk.example"
username = "support"
password_env = "PW"
[account.imap]
host = "localhost"
port = 1
security = "none"
[account.smtp]
host = "localhost"
port = 1
security = "none"
"""
