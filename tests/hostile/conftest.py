import pytest
from hostile.desks import write_config
from hostile.terminal import ROTADESK, Terminal


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path)


@pytest.fixture
def console(tmp_path, config):
    """Start consoles on the desk in `tmp_path`; each ends with the test."""
    running = []

    def start(*words, desk=tmp_path / "desk", **how):
        argv = (*ROTADESK, "--config", str(config), "--desk", str(desk), *words)
        running.append(Terminal(*argv, **({"cwd": tmp_path} | how)))
        return running[-1]

    yield start
    for one in running:
        one.end()
