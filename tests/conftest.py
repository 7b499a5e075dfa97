"""Fixtures of the whole suite: a desk on a real SQLite file, told the time.

Coroutine tests run to their end in an event loop of their own. This file also puts `tests/`
on the path, so that every test imports the same factories.
"""

import asyncio
import inspect
import os

import pytest

from storage.changes.desk import SetDesk
from storage.store import Desk
from tests.factories import ANA, SUPPORT, Clock
from tests.imap import dovecot


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


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


def pytest_unconfigure(config):
    """Say as the last line what was left out for want of a mail server."""
    if hasattr(config, "workerinput") or os.environ.get("CI") == "true" or os.getuid() == 0:
        return  # there its absence is a failure, in tests/imap
    if lacking := dovecot.lacking():
        print(f"Not run: tests/imap. {lacking}")  # noqa: T201 - read by a person
