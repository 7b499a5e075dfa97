"""A stranger's text never acts on the terminal: T1-T14, seen from the terminal's side."""

import json

import pytest
from hostile.desks import ATTACKS, HOSTILE, LINES, a_hostile_desk
from hostile.grammar import violations
from hostile.terminal import run

from console.cli import main

ESCAPE, ENTER, TAB = "\x1b", "\r", "\t"
OURS = r"\x1b\]52;c;I[A-Za-z0-9=]{7,11}\x07|\x07"
"What `y` copies ('#' and a handle, in base64), and the bell of a key that does nothing here."
PASTE = "\x1b[200~{}\x1b[201~"
EVERYWHERE = (
    # the inbox, its views, its sheets
    *("j", "k", TAB, TAB, TAB, TAB, "?", ESCAPE, ":", ESCAPE),
    *("t", ESCAPE, "e", ESCAPE, "K", ESCAPE, "b", ESCAPE, "i", ESCAPE, "A", ESCAPE, "p", ESCAPE),
    *("S", ESCAPE, "o", ESCAPE, "O", ESCAPE, "\\", ESCAPE),
    # a ticket with everything on it, read to its end
    *(ENTER, "Q", "}", "}", "}", "{", "G", "g", "g", "]", "]", "[", "y"),
    # writing, up to the line that would send
    *("c", "note", ESCAPE, ESCAPE, "r", "words", ESCAPE, "v", "y", ESCAPE, "p", ESCAPE),
    # the other places
    *("3", "l", ENTER, ESCAPE, "e", ESCAPE, ESCAPE, "n", "3", "l", ENTER, ESCAPE, ESCAPE),
    *("4", ENTER, "j", ESCAPE, "e", ESCAPE, ESCAPE, "5", ENTER, ESCAPE, "2"),
)


@pytest.fixture(scope="module")
def hostile_desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "desk"
    return folder, a_hostile_desk(folder)


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (160, 50)])
def test_no_place_of_the_console_lets_an_attack_reach_the_terminal(
    console, hostile_desk, columns, lines
):
    terminal = console(desk=hostile_desk[0], columns=columns, lines=lines)
    terminal.wait_for("Inbox 14")

    terminal.press(*EVERYWHERE)
    shown = terminal.press("2")

    assert terminal.process.poll() is None, shown
    assert violations(terminal.drawn, more=OURS) == []


def test_what_is_pasted_acts_neither_on_the_terminal_nor_on_the_console(console, hostile_desk):
    terminal = console(desk=hostile_desk[0], columns=100, lines=30)
    terminal.wait_for("Inbox 14")

    for opened in ("/", "c", ":", "A"):
        terminal.press(
            opened, PASTE.format("\x9b2J\u202e [/bar] \x07 pasted"), ESCAPE, ESCAPE, ESCAPE
        )

    assert terminal.process.poll() is None, terminal.text
    assert violations(terminal.drawn) == []


@pytest.fixture
def printed(hostile_desk, config, capsys, tmp_path, monkeypatch):
    """Run the command line, for people and for scripts; return all that it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*words, as_json):
        capsys.readouterr()
        options = ("--config", config, "--desk", hostile_desk[0], *(("--json",) if as_json else ()))
        main.run([str(one) for one in (*options, *words)])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return (told.out + told.err).encode()

    return run


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["list", "is:any"],
        ["search", "safe"],
        ["outbox"],
        ["outbox", "list"],
        ["bug", "list"],
        ["feature", "list"],
        ["kb", "list"],
        ["team", "show"],
        ["list", HOSTILE],
        ["search", "\x1b]52;c;UFdORUQ=\x1b\\"],
        ["show", ATTACKS[1]],
        [f"li{ATTACKS[1]}"],
        ["--config", f"/nowhere/{ATTACKS[1]}", "list"],
        ["--desk", f"nowhere{ATTACKS[1]}", "list"],
        ["list", f"--{ATTACKS[2]}"],
        ["kb", "export", f"nowhere{ATTACKS[1]}/x"],
        ["kb", "import", f"nowhere{ATTACKS[1]}"],
        ["mail", "parse", f"nowhere{ATTACKS[1]}"],
    ],
    ids=repr,
)
@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_line_prints_nothing_that_a_terminal_obeys(printed, words, as_json):
    said = printed(*words, as_json=as_json)

    assert said
    assert violations(said) == []


@pytest.mark.parametrize("as_json", [False, True])
def test_a_thing_shown_by_name_prints_nothing_that_a_terminal_obeys(printed, hostile_desk, as_json):
    tickets = hostile_desk[1]

    def first(*words):
        return json.loads(printed(*words, as_json=True).splitlines()[0])["id"]

    shown = [["show", one] for one in tickets]
    shown += [[noun, "show", first(noun, "list")] for noun in ("bug", "feature", "kb")]
    shown += [["outbox", "show", first("outbox")], ["kb", "suggest", tickets[0]]]
    for words in shown:
        said = printed(*words, as_json=as_json)
        assert b'{"error"' not in said
        assert violations(said) == []


def test_json_says_what_was_written_though_no_terminal_obeys_it(printed, hostile_desk):
    told = json.loads(printed("show", hostile_desk[1][0], as_json=True))

    assert told["subject"] == HOSTILE


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_raw_mail_of_attacks_is_printed_harmlessly(tmp_path, more):
    evil = " ".join(one.replace("\x00", "") for one in ATTACKS).encode()
    raw = b'From: "%s" <zoe@acme.example>\r\nSubject: %s\r\n' % (evil, evil)
    raw += b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + LINES.encode()
    raw += b'\r\n--b\r\nContent-Type: x/y; name="%s"\r\n\r\nx\r\n--b--\r\n' % evil
    path = tmp_path / "\x1b[2Jmail.eml"
    path.write_bytes(raw)

    told = run("mail", "parse", path, *more)

    assert (told.returncode, told.stderr) == (0, b"")
    assert violations(told.stdout) == []
