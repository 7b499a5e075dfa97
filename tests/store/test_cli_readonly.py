"""--readonly on the command line: every verb that would decide is refused, in words."""

import pytest

from console.cli import main
from tests.factories import a_mail, receive

READS = {
    *("doctor", "list", "show", "search", "mail parse", "sync", "demo", "export", "offline"),
    *("bug list", "bug show", "feature list", "feature show", "outbox list", "outbox show"),
    *("kb list", "kb show", "kb suggest", "kb eval", "kb export", "team show", "team key show"),
}
"What decides nothing."
SAID = {
    "bug state": ["x", "confirmed"],
    "category": ["x", "usability"],
    "feature new": ["--title", "x"],
    "feature state": ["x", "planned"],
    "kb state": ["x", "published"],
    "priority": ["x", "high"],
    "status": ["x", "open"],
}
"Arguments that must be words of ours; any will do elsewhere."


def verbs(path, command):
    """Yield every verb below a command with its path, as the command line itself knows them."""
    if not hasattr(command, "list_commands"):
        yield path, command
        return
    for name in command.list_commands(None):
        yield from verbs(f"{path} {name}".strip(), command.get_command(None, name))


WRITING = sorted((path, verb) for path, verb in verbs("", main.root()) if path not in READS)


def arguments(path, verb):
    needed = [one for one in verb.params if one.param_type_name == "argument" and one.required]
    return SAID.get(path, ["x"] * len(needed))


def everything(desk):
    with desk.writing() as conn:
        tables = conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'").all()
        return {name: conn.exec_driver_sql(f'SELECT * FROM "{name}"').all() for (name,) in tables}


@pytest.mark.parametrize(("path", "verb"), WRITING, ids=[path for path, _ in WRITING])
def test_a_verb_that_would_decide_is_refused_and_writes_nothing(rotadesk, desk, path, verb):
    receive(desk, a_mail())
    before = everything(desk)

    told = rotadesk("--readonly", *path.split(), *arguments(path, verb))

    assert (told.status, told.errors[-1]["error"]) == (4, "refused")
    assert everything(desk) == before


def test_what_reads_works(rotadesk, desk):
    uid = receive(desk, a_mail())

    assert rotadesk("--readonly", "list").status == 0
    assert rotadesk("--readonly", "show", uid[:8]).status == 0
    assert rotadesk("--readonly", "doctor", "--offline").status == 0
