"""A few named values as one TOML document in $EDITOR: a bug, the team's settings."""

import tomllib
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from console.cli import texts
from storage.errors import UsageError

Value: TypeAlias = "str | bool | list[str] | Mapping[str, Value]"
_MULTILINE: Final = "'''"


def edited(values: Mapping[str, Value], *, head: str) -> dict[str, Any]:
    """Return what an engineer makes of `values` in $EDITOR.

    Args:
        values: What the document says at first; tables after plain values.
        head: What it is about, as a comment above it.

    Raises:
        UsageError: no terminal, the editor failed, or it is no TOML any more.
    """
    return read(texts.wanted(None, None, start=written(values, head=head), suffix=".toml"))


def read(document: str) -> dict[str, Any]:
    """Return what a document says.

    Raises:
        UsageError: it is no TOML; with the line.
    """
    try:
        return tomllib.loads(document)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"That is not TOML: {error}. Nothing was changed.") from None


def written(values: Mapping[str, Value], *, head: str = "") -> str:
    """Return `values` as a TOML document."""
    import tomlkit  # noqa: PLC0415 - 40 ms that only writing needs

    document = tomlkit.document()
    for line in head.splitlines():
        document.add(tomlkit.comment(line))
    for name, value in values.items():
        if isinstance(value, Mapping):
            table = tomlkit.table()
            for key, inner in value.items():
                table.add(key, _item(inner))
            document.add(name, table)
        else:
            document.add(name, _item(value))
    return tomlkit.dumps(document)


def _item(value: Value) -> Any:  # noqa: ANN401 - tomlkit's items have no common type
    import tomlkit  # noqa: PLC0415 - 40 ms that only writing needs

    if isinstance(value, str) and "\n" in value and _MULTILINE not in value:
        return tomlkit.string(f"\n{value}", multiline=True, literal=True)
    return tomlkit.item(value)
