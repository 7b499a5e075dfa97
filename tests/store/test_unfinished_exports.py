"""An export that was killed leaves a hidden folder: the next one to the same place removes it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage.portable.folder import OutFolder
from storage.portable.unfinished import Unfinished
from tests.factories import a_mail, receive

ROOT = Path(__file__).parents[2]
WORKER = """
import sys
from pathlib import Path
from storage.portable.folder import OutFolder

with OutFolder(Path(sys.argv[1])) as out:
    out.file("mail/2026.mbox").write(b"From x")
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def there(tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


def writing(target):
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(target)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout.readline() == "writing\n"
    return worker


def hidden(folder):
    return [one for one in folder.iterdir() if one.name.startswith(".")]


def test_what_a_killed_export_left_is_removed_by_the_next(rotadesk, desk, there):
    receive(desk, a_mail())
    with writing(there / "one") as worker:
        os.kill(worker.pid, signal.SIGKILL)
    assert len(hidden(there)) == 1

    told = rotadesk.people("export", there / "two")

    assert told.status == 0
    assert [one.name for one in there.iterdir()] == ["two"]
    assert "cut off" in told.err


def test_an_export_that_still_writes_is_left_alone(there):
    with writing(there / "one") as worker:
        (before,) = hidden(there)

        with OutFolder(there / "two") as out:
            assert out.swept == 0
        assert (before / "mail" / "2026.mbox").exists()
        worker.communicate("")
    assert hidden(there) == []


def test_only_what_an_export_made_is_removed(there):
    for name in (".rotadesk-export-notes", ".rotadesk-exports", ".one-abcd1234"):
        (there / name).mkdir()
    (there / ".rotadesk-export-abcd1234").write_text("a file of somebody's")
    (there / "kept").mkdir()
    (there / "kept" / "letter.txt").write_text("x")
    (there / ".rotadesk-export-abcd5678").symlink_to(there / "kept")
    before = sorted(there.rglob("*"))

    with OutFolder(there / "two") as out:
        assert out.swept == 0

    assert sorted(there.rglob("*")) == before


def test_a_folder_that_is_swept_before_it_is_held_is_made_again(there, monkeypatch):
    made = []
    mkdir = os.mkdir

    def swept_at_once(path, *how, **more):
        mkdir(path, *how, **more)
        made.append(path)
        if len(made) == 1:
            Path(path).rmdir()

    monkeypatch.setattr(os, "mkdir", swept_at_once)

    one = Unfinished(there)

    assert [Path(path) for path in made][1:] == [one.path]
    assert one.path.is_dir()
    one.let_go()
