"""`docs/schema.md` and `docs/facts.md`: tables and columns, kinds of changes and keys of facts."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Final

from storage import changes
from storage.changes import desk as desk_changes
from storage.db import describe
from storage.records import keys
from storage.rules import wording

_SCHEMA: Final = (
    "# The desk's tables",
    "{head}",
    "",
    "One SQLite file, `desk.db`. Times are INTEGER milliseconds UTC, ids are text and never",
    "reused. A column's meaning never changes: a new meaning is a new column. Read it with any",
    "SQLite client; write through `rotadesk` alone, or the read model and the journal part ways.",
)
_FACTS: Final = (
    "# Changes and facts",
    "{head}",
    "",
    "Every decision of an engineer is a change. It leaves facts in the journal: what an entity's",
    "cell holds from then on. Kinds and keys stand there for ever: they are added, never renamed.",
)


def schema_page(head: str) -> str:
    """Return `docs/schema.md`."""
    lines = [line.format(head=head) for line in _SCHEMA]
    section = ""
    for table in describe.tables():
        if table.section != section:
            section = table.section
            lines += ["", f"## {section}"]
        lines += ["", f"### {table.name}", ""]
        lines += [f"- {remark}" for remark in table.remarks]
        lines += [""] * bool(table.remarks)
        lines += ["| column | type | may be null | without a value |", "|---|---|---|---|"]
        for one in table.columns:
            null = "yes" if one.may_be_null else "no"
            default = f"`{one.default}`" if one.default else ""
            lines.append(f"| `{one.name}` | {one.type or 'text'} | {null} | {default} |")
    return "\n".join(lines) + "\n"


def facts_page(head: str) -> str:
    """Return `docs/facts.md`."""
    lines = [line.format(head=head) for line in _FACTS]
    lines += ["", "## Changes", "", "| kind | called | is |", "|---|---|---|"]
    lines += [f"| `{kind}` | {called} | {told} |" for kind, called, told in sorted(_kinds())]
    lines += ["", "## Keys", "", "| key | means |", "|---|---|"]
    lines += [f"| `{key}{'…' if key.endswith(':') else ''}` | {told} |" for key, told in _keys()]
    lines += ["", "## Settings of the desk", "", "Facts of the entity `desk`.", ""]
    lines += [f"- `{one}`" for one in sorted(desk_changes.KEYS)]
    lines += [f"- `{keys.ENGINEER}ADDRESS`"]
    return "\n".join(lines) + "\n"


def _kinds() -> Iterator[tuple[str, str, str]]:
    """Yield kind, what it is called on the screen, and the first line about it."""
    for module in pkgutil.iter_modules(changes.__path__):
        found = importlib.import_module(f"storage.changes.{module.name}")
        for name, one in inspect.getmembers(found, inspect.isclass):
            kind = one.__dict__.get("kind")
            if isinstance(kind, str) and one.__module__ == found.__name__:
                doc = (one.__doc__ or "").partition("\n")[0]
                told = "" if doc.startswith(f"{name}(") else doc
                yield kind, wording.title_of([kind], things=1), told


def _keys() -> Iterator[tuple[str, str]]:
    """Yield every key of a fact with what the source says of it."""
    body = ast.parse(inspect.getsource(keys)).body
    for at, node in enumerate(body):
        match node:
            case ast.Assign(value=ast.Constant(value=str(key))) if key != keys.DESK:
                after = body[at + 1] if at + 1 < len(body) else None
                match after:
                    case ast.Expr(value=ast.Constant(value=str(told))):
                        yield key, told
                    case _:
                        yield key, ""
            case _:
                continue
