"""Where things lie: the option, else the environment, else the platform's own place."""

import os
from pathlib import Path

from storage.errors import DeskUnavailableError

CONFIG_NAME = "config.toml"
LOG_NAME = "rotadesk.log"


def config_file(given: Path | None = None) -> Path:
    """Return the path of `config.toml`, whether or not it is there."""
    if named := given or os.environ.get("ROTADESK_CONFIG"):
        return Path(named).expanduser()
    import platformdirs  # noqa: PLC0415 - not asked where the environment says it

    return platformdirs.user_config_path("rotadesk") / CONFIG_NAME


def desk_folder(given: Path | None = None) -> Path:
    """Return the desk's folder, whether or not it is there."""
    if named := given or os.environ.get("ROTADESK_DESK"):
        return Path(named).expanduser()
    import platformdirs  # noqa: PLC0415 - not asked where the environment says it

    return platformdirs.user_data_path("rotadesk") / "desk"


def make_private_folder(folder: Path) -> Path:
    """Make `folder`, readable by its owner alone; what lies above it keeps its own mode.

    Raises:
        DeskUnavailableError: it cannot be made, or belongs to somebody else.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise DeskUnavailableError(
            f"The folder {folder} cannot be used: {error.strerror}."
        ) from None
    return folder
