"""The command line beside an open desk."""

import pytest

from tests import cli


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(cli.CONFIG)
    path.chmod(0o600)
    return path


@pytest.fixture
def rotadesk(desk, config, capsys):
    return cli.CommandLine(desk.folder, config, capsys)
