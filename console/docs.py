"""Pages of `docs/` that come from the code: keys, configuration, commands, tables, facts.

`python -m console.docs` writes them; a test says when they are out of date.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from console import config_keys, keys
from console.keymap.key import Context

_HEAD: Final = "<!-- Written by `python -m console.docs`; change the code, not this page. -->"


def keys_page() -> str:
    """Return `docs/keys.md`."""
    lines = [
        "# Keys",
        _HEAD,
        "",
        "Every key can be another one: `[keys]` in `config.toml` takes the name in the last column.",
        "",
        "```toml",
        "[keys]",
        '"inbox.close_ticket" = "x"',
        '"global.search" = ["slash", "ctrl+f"]',
        "```",
        "",
        "A key that would do two things in one place, and one that terminals swallow, is refused.",
    ]
    for context in keys.CONTEXTS.values():
        lines += ["", f"## {context.title}", "", *_context_rows(context)]
    return "\n".join(lines) + "\n"


def _context_rows(context: Context) -> list[str]:
    above = [keys.CONTEXTS[one].title for one in context.inherits]
    told = [f"Keys of *{'* and *'.join(above)}* work here too.", ""] if above else []
    rows = [
        f"| {' '.join(_code(key) for key in one.keys)} | {one.help} | `{one.id}` |"
        for one in context.keys
    ]
    return [*told, "| key | does | name |", "|---|---|---|", *rows]


def _code(key: str) -> str:
    fence = "``" if keys.shown(key) == "`" else "`"
    return f"{fence}{keys.shown(key)}{fence}".replace("|", "\\|")


def config_page() -> str:
    """Return `docs/config.md`."""
    lines = [
        "# config.toml",
        _HEAD,
        "",
        "It lies where the platform keeps configuration, or where `--config` or `ROTADESK_CONFIG`",
        "say. It holds no password: a command, an environment variable or the keyring does.",
        "The file is 0600 and the desk's folder 0700; a laxer mode is mended and said.",
    ]
    for table in config_keys.TABLES:
        lines += [
            "",
            f"## [{table}]",
            "",
            "| key | takes | without it | means |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| `{one.name.rpartition('.')[2]}` | {one.allowed} | {_default(one)} | {one.help} |"
            for one in config_keys.CONFIG_KEYS
            if one.name.rpartition(".")[0] == table
        ]
    lines += ["", f"## [{config_keys.KEYS_TABLE}]", "", "The names and keys of [keys.md](keys.md)."]
    return "\n".join(lines) + "\n"


def _default(key: config_keys.ConfigKey) -> str:
    if key.default is None:
        return "required"
    if isinstance(key.default, tuple):
        return ", ".join(f'`"{one}"`' for one in key.default) or "empty"
    return f"`{key.default}`" if key.default != "" else "empty"


def cli_page() -> str:
    """Return `docs/cli.md`."""
    from console import docs_cli  # noqa: PLC0415 - every command, where keys need none

    return docs_cli.page(_HEAD)


def schema_page() -> str:
    """Return `docs/schema.md`."""
    from console import docs_schema  # noqa: PLC0415 - SQLAlchemy

    return docs_schema.schema_page(_HEAD)


def facts_page() -> str:
    """Return `docs/facts.md`."""
    from console import docs_schema  # noqa: PLC0415 - SQLAlchemy

    return docs_schema.facts_page(_HEAD)


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "keys.md": keys_page,
    "config.md": config_page,
    "cli.md": cli_page,
    "schema.md": schema_page,
    "facts.md": facts_page,
}


def write(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
