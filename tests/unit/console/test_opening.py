"""How the console opens on a desk that others hold."""

import json
from dataclasses import replace

import pytest

from console.cli.frame import Run
from console.cli.opening import setup_for
from console.config import Config
from storage.db.locks import RoleLock
from storage.errors import DeskUnavailableError, UsageError
from storage.records.account import Account, Security, ServerAddress
from storage.records.desk import EngineStatus
from storage.records.local import EngineSaid
from storage.records.mail import Address

HERE = ServerAddress("127.0.0.1", 143, Security.NONE)
ACCOUNT = Account(
    address="support@desk.example", username="support", imap=HERE, smtp=HERE, my_name="Ana"
)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("")
    return Config(path=path, me=Address("Ana", "ana@desk.example"), account=ACCOUNT)


@pytest.fixture
def engine_in(desk):
    """Return a function that lets an engine of some mode run on the desk."""
    locks = []

    def run(mode):
        status = EngineStatus(mode=mode, state="idle")
        said = {name: getattr(status, name) for name in status.__dataclass_fields__}
        desk.write(EngineSaid(status=json.dumps(said)))
        locks.append(RoleLock(desk.folder, "sync.lock"))
        assert locks[-1].take()

    yield run
    for lock in locks:
        lock.release()


def test_the_first_console_starts_an_engine_and_decides(desk, config):
    setup = setup_for(Run(), config, desk.folder, is_first=True)

    assert setup.engine is not None
    assert not setup.readonly


def test_a_second_console_only_reads_and_says_so(desk, config):
    setup = setup_for(Run(), config, desk.folder, is_first=False)

    assert setup.readonly
    assert setup.engine is None
    assert "Another console has this desk open" in setup.notices[0]


def test_without_an_account_no_engine_is_started(desk, config):
    setup = setup_for(Run(), replace(config, account=None), desk.folder, is_first=True)

    assert setup.engine is None


def test_a_console_that_only_reads_is_refused_beside_an_engine_that_sends(desk, config, engine_in):
    engine_in("full")

    with pytest.raises(DeskUnavailableError, match="--readonly would promise"):
        setup_for(Run(readonly=True), config, desk.folder, is_first=True)


def test_a_console_beside_an_engine_that_only_reads_says_so(desk, config, engine_in):
    engine_in("readonly")

    setup = setup_for(Run(), config, desk.folder, is_first=True)

    assert "nothing is sent" in setup.notices[0]


def test_a_mistake_in_the_keys_names_the_file(desk, config):
    wrong = replace(config, keys={"inbox.close_tiket": ("x",)})

    with pytest.raises(UsageError, match=r"config.toml.*inbox.close_ticket"):
        setup_for(Run(), wrong, desk.folder, is_first=True)
