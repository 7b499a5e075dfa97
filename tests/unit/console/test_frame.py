"""How a command fails and prints."""

import errno
import json

import click
import pytest

from console.cli import frame, main, table
from storage import errors
from storage.records.words import CloseRequirement

MISSING = frozenset({CloseRequirement.CATEGORY, CloseRequirement.KB_LINK})


@pytest.fixture
def run_verb(monkeypatch):
    """Return a function that runs one verb through the whole command line."""

    def run(body, *arguments, cls=frame.Verb, params=()):
        command = cls("probe", callback=click.pass_obj(body), params=list(params))
        monkeypatch.setattr(main.Rotadesk, "get_command", lambda *_: command)
        return main.run(arguments)

    return run


def raising(error):
    def body(_):
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UsageError("No."), 2),
        (errors.NotFoundError("No."), 3),
        (errors.AmbiguousError("No.", ["7KQ2", "7KQ3"]), 3),
        (errors.RuleBrokenError("No."), 4),
        (errors.CloseBlockedError("7KQ2", MISSING), 4),
        (errors.ServerError("No."), 5),
        (errors.LoginRefusedError("No."), 5),
        (errors.DeskUnavailableError("No."), 6),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_kind_of_error_has_its_exit_status(run_verb, error, status):
    assert run_verb(raising(error), "probe") == status


@pytest.mark.parametrize("arguments", [("--json", "probe"), ("probe", "--json")])
def test_an_error_is_one_json_object_on_standard_error(run_verb, capsys, arguments):
    run_verb(raising(errors.CloseBlockedError("7KQ2", MISSING)), *arguments)

    told = capsys.readouterr()
    assert told.out == ""
    assert json.loads(told.err) == {
        "error": "close_blocked",
        "message": "Ticket 7KQ2 cannot be closed: no category and no KB link.",
        "ticket": "7KQ2",
        "missing": ["category", "kb_link"],
    }


def test_an_ambiguous_name_lists_its_candidates(run_verb, capsys):
    run_verb(raising(errors.AmbiguousError("Two tickets.", ["7KQ2", "7KQ3"])), "probe", "--json")

    assert json.loads(capsys.readouterr().err)["candidates"] == ["7KQ2", "7KQ3"]


def test_a_refused_close_names_the_options_that_mend_it(run_verb, capsys):
    run_verb(raising(errors.CloseBlockedError("7KQ2", MISSING)), "probe")

    assert "--category NAME and --link ARTICLE|URL" in capsys.readouterr().err


def test_a_fault_of_ours_tells_no_value_and_no_traceback(run_verb, capsys, tmp_path):
    secret = "customer@example.com wrote hunter2"

    status = run_verb(raising(ValueError(secret)), "--desk", str(tmp_path), "probe")

    told = capsys.readouterr()
    log = tmp_path / "rotadesk.log"
    assert status == 1
    assert str(log) in told.err
    assert len(told.err.splitlines()) == 1
    assert "hunter2" not in told.err + log.read_text()
    assert "builtins.ValueError" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_is_no_fault_of_ours(run_verb, capsys):
    full = OSError(errno.ENOSPC, "No space left on device", "/desk/team.key")

    status = run_verb(raising(full), "probe", "--json")

    assert status == 6
    assert json.loads(capsys.readouterr().err)["error"] == "desk_unavailable"


def test_of_several_things_each_is_done_and_the_highest_status_wins(run_verb):
    done = []

    def body(run):
        for error in (errors.NotFoundError("No."), errors.RuleBrokenError("No."), None):
            with run.attempt():
                if error:
                    raise error
                done.append("the last one")

    assert run_verb(body, "probe") == 4
    assert done == ["the last one"]


@pytest.mark.parametrize(
    "arguments", [("--as", "ana@x.org", "probe"), ("probe", "--as", "ana@x.org")]
)
def test_global_options_stand_before_or_after_the_command(run_verb, arguments):
    seen = []

    run_verb(lambda run: seen.append(run.as_email), *arguments)

    assert seen == ["ana@x.org"]


def test_a_query_may_begin_with_a_dash(run_verb):
    seen = []
    words = click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)

    run_verb(
        lambda _, words: seen.append(words),
        "probe",
        "-from:kim",
        "is:open",
        "--json",
        cls=frame.Query,
        params=[words],
    )

    assert seen == [("-from:kim", "is:open")]


def test_a_mistyped_long_option_is_no_query(run_verb, capsys):
    words = click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)

    status = run_verb(lambda *_: None, "probe", "--limt", cls=frame.Query, params=[words])

    assert status == 2
    assert "--limt" in capsys.readouterr().err


def test_an_unknown_command_is_a_mistake_in_usage(capsys):
    assert main.run(["lissst"]) == 2
    assert "no command 'lissst'" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("bug",), ("bug", "--json")])
def test_a_noun_alone_names_its_verbs(arguments, capsys):
    assert main.run(arguments) == 2
    assert "needs a verb: assign, edit, list" in capsys.readouterr().err


def test_every_command_of_the_table_is_there():
    root = main.root()
    context = click.Context(root)

    found = [root.get_command(context, name).name for name in root.list_commands(context)]

    assert found == root.list_commands(context)


def test_what_a_terminal_would_obey_is_not_printed():
    assert frame.printable("a\x1b]0;title\x07b\nc") == "a\ufffd]0;title\ufffdb\nc"


def test_a_table_cuts_the_column_that_gives_way_to_the_terminal():
    columns = [table.Column("ID"), table.Column("SUBJECT", gives_way=True)]

    lines = table.lines(columns, [["7KQ2", "Webhooks stopped arriving 日本語"]], width=24)

    assert lines == ["ID    SUBJECT", "7KQ2  Webhooks stopped."]


def test_a_table_leaves_columns_out_before_a_line_is_cut():
    columns = [
        table.Column("ID"),
        table.Column("SUBJECT", gives_way=True, at_least=12),
        table.Column("DUE", may_go=True),
        table.Column("ASSIGNEE", may_go=True),
    ]
    rows = [["7KQ2", "Webhooks stopped arriving", "in 3h", "Ana"]]

    assert table.lines(columns, rows, width=30)[1] == "7KQ2  Webhooks stopped.  in 3h"
    assert table.lines(columns, rows, width=20)[1] == "7KQ2  Webhooks stop."
    assert table.lines(columns, rows, width=10)[1] == "7KQ2  Web."


def test_a_table_counts_wide_letters_as_two_cells():
    columns = [table.Column("A"), table.Column("B")]

    lines = table.lines(columns, [["日本", "x"], ["ab", "y"]], width=None)

    assert lines == ["A     B", "日本  x", "ab    y"]
