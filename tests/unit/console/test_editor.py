"""The engineer's own editor."""

import sys

import pytest

from console import editor


def an_editor(tmp_path, body):
    script = tmp_path / "editor.py"
    script.write_text(f"import sys, pathlib\npath = pathlib.Path(sys.argv[-1])\n{body}\n")
    return {"EDITOR": f"{sys.executable} {script}"}


def test_what_the_editor_saved_comes_back(tmp_path):
    environ = an_editor(tmp_path, "path.write_text(path.read_text() + ' world')")

    assert editor.edit("hello", environ=environ) == "hello world"


def test_an_editor_that_fails_changes_nothing(tmp_path):
    with pytest.raises(editor.EditorError, match="status 1; nothing was changed"):
        editor.edit("hello", environ=an_editor(tmp_path, "sys.exit(1)"))


def test_an_editor_that_is_not_there_is_named():
    with pytest.raises(editor.EditorError, match="no-such-editor"):
        editor.edit("hello", environ={"VISUAL": "no-such-editor --wait"})


def test_the_editor_is_a_command_and_never_a_shell_line():
    assert editor.command({"EDITOR": "vim -c 'set tw=72'; rm -rf ~"}) == [
        "vim", "-c", "set tw=72;", "rm", "-rf", "~",
    ]  # fmt: skip


def test_visual_wins_over_editor_and_vi_is_the_last_resort():
    assert editor.command({"VISUAL": "emacs", "EDITOR": "nano"}) == ["emacs"]
    assert editor.command({}) == ["vi"]
