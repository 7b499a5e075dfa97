"""What the first list must not wait for."""

import subprocess
import sys

HEAVY = (
    "sqlalchemy",
    "imapclient",
    "smtplib",
    "tomlkit",
    "rapidfuzz",
    "selectolax",
    "keyring",
    "markdown_it",
)


def modules_after(code):
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return {one.partition(".")[0] for one in done.stdout.split()}


def test_the_first_list_needs_no_sqlalchemy():
    loaded = modules_after(
        "import console.app, console.cli.opening, console.panes.inbox, console.panes.ticket"
    )

    assert loaded.isdisjoint(HEAVY)


def test_the_command_line_itself_needs_neither_textual_nor_sqlalchemy():
    loaded = modules_after("import console.cli.main, console.cli.frame, console.cli.table")

    assert loaded.isdisjoint({*HEAVY, "textual", "rich"})


def test_the_entry_is_standard_library_until_it_knows_what_is_asked():
    loaded = modules_after("import console.__main__")

    assert loaded.isdisjoint({*HEAVY, "textual", "rich", "click", "storage"})


def test_the_key_table_and_the_configuration_need_no_textual():
    loaded = modules_after("import console.keys, console.config, console.docs")

    assert loaded.isdisjoint({*HEAVY, "textual", "rich", "click"})
