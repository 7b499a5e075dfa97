"""Writing `config.toml`: a new one with its explanations, an old one with its comments."""

import os
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from console.config_keys import CONFIG_KEYS, ConfigKey
from console.paths import make_private_folder

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Setting = str | int | date | tuple[str, ...]


def write(path: Path, settings: Mapping[str, Setting]) -> None:
    """Set these dotted keys in `path`; everything else in it stays as it was.

    The file is replaced at once, so that a crash leaves the old one, and is readable by its
    owner alone.
    """
    import tomlkit  # noqa: PLC0415 - only writing needs it

    make_private_folder(path.parent)
    document = tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
    for one in CONFIG_KEYS:
        if one.name in settings:
            _set(document, one, settings[one.name])
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".config-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(tomlkit.dumps(document))
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)


def _set(document: "TOMLDocument", key: ConfigKey, value: Setting) -> None:
    import tomlkit  # noqa: PLC0415 - only writing needs it
    from tomlkit.container import Container  # noqa: PLC0415 - only writing needs it
    from tomlkit.items import Table  # noqa: PLC0415 - only writing needs it

    *tables, name = key.name.split(".")
    here: Container | Table | TOMLDocument = document
    for table in tables:
        if table not in here:
            here[table] = tomlkit.table()
        inner = here[table]
        if not isinstance(inner, Container | Table):
            raise TypeError(key.name)
        here = inner
    item = tomlkit.item(list(value) if isinstance(value, tuple) else value)
    if name not in here:
        item.comment(key.help)
    here[name] = item
