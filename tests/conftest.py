"""Fixtures of the whole suite: a desk on a real SQLite file, told the time."""

import pytest

from storage.changes.desk import SetDesk
from storage.store import Desk
from tests.factories import ANA, SUPPORT, Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def desk(tmp_path, clock):
    with Desk(tmp_path / "desk", clock=clock) as opened:
        opened.commit(
            SetDesk(key="address", value=SUPPORT),
            SetDesk(key="areas", value=["general", "webhooks"]),
            SetDesk(key="engineer:ana@desk.example", value="Ana"),
            SetDesk(key="engineer:ben@desk.example", value="Ben"),
            actor=ANA,
        )
        yield opened
